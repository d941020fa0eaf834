"""A form in one more language by a file beside it: whole, or told by key what it lacks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.forms import shared, shipped_forms
from domain.forms import (
    Form,
    FormError,
    Shared,
    parse,
    said,
    template,
    translated,
    translation_problems,
)
from domain.forms.loading import Forms, FormTextChanged, Translation
from domain.forms.soundness import unsound
from domain.testing import Given, by, paris

BY = by(paris("2026-05-22T18:00"))
FORM = """
id = "visit"
version = "2"
team = "support"
category = "other"
languages = ["en", "fr"]
title = { en = "Visit", fr = "Visite" }
never_asked = { en = "Never.", fr = "Jamais." }
privacy = { version = "1", text = { en = "Kept.", fr = "Gardé." } }
afterwards = [{ en = "We call.", fr = "Nous appelons." }]

[[steps]]
id = "one"
title = { en = "First", fr = "D’abord" }
fields = ["colour"]

[fields.colour]
kind = "choice"
label = { en = "Colour", fr = "Couleur" }
options = [{ code = "red", label = { en = "Red", fr = "Rouge" } }]

[[rules]]
id = "must"
rule = "one_required"
fields = ["colour"]
message = { en = "Choose.", fr = "Choisissez." }

[[advice]]
id = "early"
text = { en = "Come early.", fr = "Venez tôt." }
when = { all = [{ field = "colour", filled = true }] }
"""
GERMAN = """version = "1"
translates = "2"
title = "Besuch"
never_asked = "Nie."
privacy = "Aufbewahrt."
afterwards = ["Wir rufen an."]
advice.early = "Kommen Sie früh."
rules.must = "Wählen Sie."

[steps.one]
title = "Zuerst"

[fields.colour]
label = "Farbe"
options.red = "Rot"
"""


def form() -> Form:
    return parse(FORM, "visit.toml", shared())


def told(text: str) -> list[str]:
    return translation_problems(form(), text, "visit.de.toml", "de")


def test_a_translation_says_every_text_of_the_form():
    spoken = translated(form(), GERMAN, "visit.de.toml", "de")

    assert spoken.languages == ("en", "fr", "de")
    assert list(unsound(spoken)) == []
    assert [
        said(words, "de")
        for words in (
            spoken.title,
            spoken.never_asked,
            spoken.privacy.text,
            spoken.afterwards[0],
            spoken.steps[0].title,
            spoken.fields["colour"].label,
            spoken.fields["colour"].options[0].label,
            spoken.rules[0].message,
            spoken.advice[0].text,
        )
    ] == [
        *("Besuch", "Nie.", "Aufbewahrt.", "Wir rufen an.", "Zuerst", "Farbe", "Rot", "Wählen Sie."),
        "Kommen Sie früh.",
    ]
    assert said(spoken.title, "fr") == "Visite"


def test_a_submission_pins_the_translation_that_was_seen():
    spoken = translated(form(), GERMAN.replace('version = "1"', 'version = "7"'), "visit.de.toml", "de")

    assert [spoken.seen_in(language) for language in ("en", "fr", "de")] == ["2", "2", "2~de.7"]


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            ("options.red = ", "options.rot = "),
            [
                "visit.de.toml, line 13: fields.colour.options.red: the text is missing in de; say there: “Red”.",
                (
                    "visit.de.toml, line 15: fields.colour.options.rot: the form itself says no text of that name; "
                    "remove it, or see how it is spelt."
                ),
            ],
        ),
        (
            ('["Wir rufen an."]', "[]"),
            ["visit.de.toml, line 6: afterwards[1]: the text is missing in de; say there: “We call.”."],
        ),
        (
            ('"Besuch"', "5"),
            [
                "visit.de.toml, line 3: title: the text is missing in de; say there: “Visit”.",
                "visit.de.toml, line 3: title: this is no text; write it in quotation marks.",
            ],
        ),
        (
            ('translates = "2"', 'translates = "1"'),
            [
                (
                    "visit.de.toml, line 2: translates: the form is at version 2; "
                    "look at what has changed, then say so here."
                )
            ],
        ),
        (('version = "1"\n', ""), ["visit.de.toml: version: the key is missing; add it."]),
        (
            ("Wir rufen an.", "Tell us your password."),
            [
                (
                    "visit.de.toml, line 6: afterwards[1].de: this asks for a secret, and no text may; "
                    "say that it is never asked for."
                )
            ],
        ),
    ],
)
def test_what_a_translation_lacks_or_says_of_nothing_is_told_by_key(
    change: tuple[str, str], problems: list[str]
):
    text = GERMAN.replace(*change)

    assert told(text) == problems
    with pytest.raises(FormError):
        translated(form(), text, "visit.de.toml", "de")


def test_a_list_that_a_form_chooses_from_is_said_with_the_shared_texts():
    text = FORM.replace(
        'options = [{ code = "red", label = { en = "Red", fr = "Rouge" } }]', 'choices = "countries"'
    )
    of_countries = parse(text, "visit.toml", shared())

    assert translation_problems(
        of_countries, GERMAN.replace('options.red = "Rot"\n', ""), "visit.de.toml", "de"
    ) == [
        (
            "visit.de.toml, line 13: fields.colour.options: what is chosen from lacks de; "
            "add [lists.countries] to shared.de.toml."
        )
    ]


def filled(text: str, language: str) -> str:
    """Return a template with each of its texts filled in."""
    return text.replace('""', f'"In {language}"')


@pytest.mark.parametrize(
    "part", [shared(), *shipped_forms().values()], ids=lambda part: getattr(part, "id", "")
)
def test_a_template_filled_in_is_whole(part: Form | Shared):
    """Of every form that ships; the list of countries is said with the shared texts."""
    found = translation_problems(part, filled(template(part, "de"), "de"), "x.de.toml", "de")

    assert [each for each in found if "add [lists.countries] to shared.de.toml" not in each] == []


def translate(version: str, text: str, shared: str | None = None) -> Callable[[Forms], bool]:
    said = Translation(language="de", version=version, text=text, shared=shared)
    return lambda forms: forms.translate(form(), said, BY)


def test_a_translation_is_recorded_once_and_anew_with_another_version_or_other_shared_texts():
    given = Given(Forms(), lambda forms: forms.load(form(), FORM, "1", BY))
    facts = {"form": "visit", "form_version": "2", "language": "de", "version": "1", "shared": None}

    ((name, recorded),) = given.when(translate("1", GERMAN))

    assert (name, {key: recorded[key] for key in facts}, recorded["text"]) == (
        "FormTranslated",
        facts,
        GERMAN,
    )
    assert given.when(translate("1", GERMAN)) == []
    assert len(given.when(translate("2", GERMAN + "\n"))) == 1
    assert len(given.when(translate("2", GERMAN + "\n", "3"))) == 1
    with pytest.raises(FormTextChanged):
        given.when(translate("1", GERMAN + "#"))
