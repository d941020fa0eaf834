"""Forms in the log: each version once, the last one in force, and no text changed under its version."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from adapters.forms import shared, shipped_texts
from domain.forms import Form, parse, problems
from domain.forms.loading import Forms, FormTextChanged
from domain.testing import Given, by, paris
from tests.domain.a_form import HEAD

BY = by(paris("2026-05-22T18:00"))
TEXT = HEAD + "fields = {}\nsteps = []\n"
LATER = TEXT.replace('version = "3"', 'version = "4"')


def a_form(text: str) -> Form:
    return parse(text, "all-kinds.toml", shared())


def load(text: str, common: str = "1") -> Callable[[Forms], bool]:
    return lambda forms: forms.load(a_form(text), text, common, BY)


def loaded(version: str, text: str, common: str = "1") -> list[tuple[str, dict[str, object]]]:
    facts: dict[str, object] = {
        "form": "all-kinds",
        "version": version,
        "kind": "ticket",
        "languages": ("en", "fr"),
        "privacy_notice": "1",
        "shared": common,
        "text": text,
        "sha256": sha256(text.encode()).hexdigest(),
    }
    return [("FormLoaded", facts)]


def test_a_form_is_recorded_with_its_text_and_what_it_shares():
    assert Given(Forms()).when(load(TEXT)) == loaded("3", TEXT)


def test_the_form_in_force_is_no_news():
    given = Given(Forms(), load(TEXT))

    assert given.when(load(TEXT)) == []


def test_another_text_under_the_same_version_is_refused():
    given = Given(Forms(), load(TEXT))

    with pytest.raises(FormTextChanged):
        given.when(load(TEXT.replace("Everything", "Anything")))


def test_an_earlier_version_comes_into_force_again():
    given = Given(Forms(), load(TEXT))

    assert given.when(load(LATER)) == loaded("4", LATER)
    assert given.when(load(TEXT)) == loaded("3", TEXT)


def test_a_form_is_recorded_anew_with_other_shared_texts():
    given = Given(Forms(), load(TEXT))

    assert given.when(load(TEXT, "2")) == loaded("3", TEXT, "2")


def test_the_shared_texts_are_recorded_once():
    given, text = Given(Forms()), shipped_texts()["shared"]

    facts: dict[str, object] = {
        "form": "shared",
        "version": "1",
        "kind": "shared",
        "languages": (),
        "privacy_notice": "1",
        "shared": None,
        "text": text,
        "sha256": sha256(text.encode()).hexdigest(),
    }

    def load_shared(forms: Forms) -> bool:
        return forms.load_shared(shared(), text, BY)

    assert given.when(load_shared) == [("FormLoaded", facts)]
    assert given.when(load_shared) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'id = "complaint"',
            'id = "complaints"',
            "the form complaint is the one of complaints, and the only one",
        ),
        ("account_id", "account_number", "a complaint has no such field; take it away"),
        ("full_name", "name", "a complaint needs full_name; ask for it"),
    ],
)
def test_the_complaint_form_asks_what_a_complaint_holds(old: str, new: str, told: str):
    text = shipped_texts()["complaint"].replace(old, new)

    assert any(told in each for each in problems(text, "complaint.toml", shared()))
