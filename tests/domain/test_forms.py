"""Forms as data: what a file must say, and what the shipped one does."""

from datetime import UTC, datetime

import pytest

from adapters.forms import choices, shipped_forms
from domain.complaint.codes import CATEGORIES
from domain.complaint.form import ComplaintForm
from domain.countries import COUNTRIES
from domain.forms import Form, FormError, Words, parse, said

SMALL = """
id = "small"
version = "1"
team = "support"
category = "other"
languages = ["en"]
afterwards = []
title.en = "Small"
never_asked.en = "Never."
privacy = { version = "1", text = { en = "Read by us." } }

[[steps]]
id = "only"
title.en = "Only"
fields = ["subject"]

[fields.subject]
kind = "line"
label.en = "Subject"
"""


def every_text(form: Form) -> list[Words]:
    """Everything that a form says which a reader of another language needs."""
    fields = form.fields.values()
    return [
        form.title,
        form.never_asked,
        form.privacy.text,
        *form.afterwards,
        *(step.title for step in form.steps),
        *(step.text for step in form.steps if step.text),
        *(
            text
            for field in fields
            for text in (field.label, field.help, field.missing, field.invalid)
            if text
        ),
        *(option.label for field in fields for option in field.options),
    ]


@pytest.mark.parametrize(("day", "wrong"), [("2026-05-23", []), ("2026-05-24", ["occurred_at"])])
def test_a_day_that_is_today_somewhere_on_earth_is_not_in_the_future(day: str, wrong: list[str]):
    """At half past midnight in Tokyo the day is another than in UTC."""
    said = {"account_email": "a@example.org", "account_id": "AB12", "full_name": "X", "country": "JP"}
    form = ComplaintForm.model_validate(
        said | {"category": "fees", "details": "d", "language": "ja", "occurred_at": day}
    )

    assert list(form.in_the_future(datetime(2026, 5, 22, 15, 30, tzinfo=UTC))) == wrong


def test_a_form_is_read_from_its_text():
    form = parse(SMALL)

    assert (form.id, form.version, form.team) == ("small", "1", "support")
    assert form.step("only").fields == ("subject",)
    assert form.fields["subject"].model_dump(exclude_defaults=True) == {
        "kind": "line",
        "label": {"en": "Subject"},
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "small"', "id = ", "small.toml is no TOML"),
        ('version = "1"\nteam', "team", "small.toml: version: the key is missing; add it."),
        ('kind = "line"', 'kind = "song"', "small.toml, line 18: fields.subject.kind: "),
        ('fields = ["subject"]', "fields = []", "each field stands in exactly one step"),
        ('fields = ["subject"]', 'fields = ["subject", "subject"]', "each field stands in exactly one step"),
        ('kind = "line"', 'kind = "choice"', "a choice or checklist, and nothing else, has options"),
        (
            'kind = "line"',
            'kind = "line"\nchoices = "countries"',
            "a choice or checklist, and nothing else, has options",
        ),
        ('kind = "line"', 'kind = "line"\ncolour = "red"', "fields.subject.colour"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_by_name(old: str, new: str, told: str):
    with pytest.raises(FormError, match=told.replace(".", r"\.")):
        parse(SMALL.replace(old, new), "small.toml")


def test_a_text_that_is_not_translated_is_said_in_english():
    assert [said({"en": "Yes", "fr": "Oui"}, language) for language in ("fr", "de")] == ["Oui", "Yes"]
    assert said({}, "fr") == ""


def test_the_complaint_form_has_the_six_steps_of_the_procedure():
    form = shipped_forms()["complaint"]

    assert [step.id for step in form.steps] == [
        "purpose",
        "account",
        "person",
        "subject",
        "details",
        "review",
    ]
    assert form.team == "complaints"
    assert "password" in form.never_asked["en"]
    assert [line["en"] for line in form.afterwards if "business days" in line["en"]] == [
        "Within 2 business days you receive an acknowledgement by e-mail.",
        "We aim to send you our decision within 7 business days.",
    ]


def test_the_complaint_form_asks_what_a_complaint_holds():
    form = shipped_forms()["complaint"]
    sent_otherwise = {"sent_at", "channel", "legal_entity", "privacy_notice"}
    required = {name for name, field in ComplaintForm.model_fields.items() if field.is_required()}

    assert set(form.fields) == set(ComplaintForm.model_fields) - sent_otherwise
    assert {name for name, field in form.fields.items() if field.required} == required


def test_its_choices_are_those_that_are_accepted():
    fields = shipped_forms()["complaint"].fields

    assert tuple(option.code for option in fields["category"].options) == CATEGORIES
    assert {option.code for option in choices("countries")} == COUNTRIES


@pytest.mark.parametrize("form", shipped_forms().values(), ids=lambda form: form.id)
def test_every_text_is_there_in_every_language_of_the_form(form: Form):
    assert [text for text in every_text(form) if set(text) != set(form.languages)] == []
