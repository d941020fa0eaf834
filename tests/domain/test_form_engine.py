"""A form that was filled in: every kind of answer, read well and refused with its remedy."""

from typing import get_args

import pytest

from domain.forms import Kind, Submission
from tests.domain.a_form import ANSWERS, KINDS, checked, form, mistakes, of_all_kinds

ALL = of_all_kinds()
CHOOSE = "Choose from the list."
EMAIL = "Enter an e-mail address such as name@example.org."
DATE = "Enter a date such as 2026-05-22."
MOMENT = "Enter a date and a time such as 2026-05-22T14:30."
WHEN = (
    "Enter a month (2026-05), a date (2026-05-22) or an instant with its offset "
    "(2026-05-22T14:30:00+02:00), not in the future."
)
PHONE = "Enter a phone number with its country code, such as +33 1 23 45 67 89."
FILE = "Name a file that you send with the form: JPG, JPEG, PNG or PDF."
PARENT = "Enter the number of the request or complaint, such as T-7MRBV3C4XK*."


def test_the_form_of_this_test_has_every_kind_of_field():
    assert {field.kind for field in ALL.fields.values()} == set(get_args(Kind))


def test_answers_in_order_are_kept_as_they_were_given():
    assert checked(ALL, ANSWERS) == Submission(ALL, "en", ANSWERS)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("a_line", " ABC ", "ABC"),
        ("a_text", "a\r\nb", "a\nb"),
        ("some_lines", ["one", " "], ["one"]),
        ("an_estimate", "2026-05", "2026-05"),
        ("an_estimate", "2026-05-23", "2026-05-23"),
        ("a_datetime", "2026-05-24T14:30", "2026-05-24T14:30:00"),
        ("a_datetime", "2026-05-24T14:30:00+09:00", "2026-05-24T14:30:00+09:00"),
        ("a_phone", "+33 (1) 23-45.67 89", "+33123456789"),
        ("a_number", 12.5, "12.5"),
        ("a_number", -5, "-5"),
        ("an_amount", 1e-5, "0.00001"),
        ("a_parent", "t-0000000000-0", "T-00000000000"),
        ("some_records", [{"name": "Ann", "share": None}], [{"name": "Ann"}]),
    ],
)
def test_an_answer_is_kept_in_one_spelling(name: str, given: object, kept: object):
    assert checked(ALL, {name: given}) == Submission(ALL, "en", {name: kept})


@pytest.mark.parametrize("kind", ["text", "tick", "lines"])
@pytest.mark.parametrize("empty", ["", None, [], False])
def test_an_empty_answer_is_none(kind: str, empty: object):
    asked = form({"one": f'kind = "{kind}"'})

    assert checked(asked, {"one": empty}) == Submission(asked, "en", {})


def test_blanks_are_no_answer():
    asked = form({"one": 'kind = "text"\nrequired = true'})

    assert mistakes(asked, {"one": "   "}) == [("/fields/one", "missing", "This is required.")]


REFUSED: list[tuple[str, object, str, str]] = [
    ("a_line", "A\nB", "line", "Write it on one line, without control characters."),
    ("a_line", 5, "line", "Write it on one line, without control characters."),
    ("a_line", "A\ud800", "line", "Write it on one line, without control characters."),
    ("a_line", "A" * 11, "too_long", "Write at most 10 characters."),
    (
        "a_line",
        "abc",
        "pattern",
        "This does not have the form that is asked for; see the help of the field.",
    ),
    ("an_email", "name@example", "email", EMAIL),
    ("an_email", ["name@example.org"], "email", EMAIL),
    ("a_text", "x" * 21, "too_long", "Write at most 20 characters."),
    ("a_text", "a\x00b", "text", "Write it as text."),
    ("some_lines", "one", "list", "Give a list."),
    ("some_lines", ["1", "2", "3"], "too_many", "Give at most 2."),
    ("some_lines", ["a\nb"], "line", "Write it on one line, without control characters."),
    ("a_choice", "green", "choice", CHOOSE),
    ("a_choice", {"code": "red"}, "choice", CHOOSE),
    ("a_country_by_list", "XX", "choice", CHOOSE),
    ("some_choices", ["green"], "choice", CHOOSE),
    ("some_choices", ["red", "red"], "twice", "Choose each one once."),
    ("a_tick", "yes", "tick", "Give true or false."),
    ("a_checklist", ["red"], "checklist", "Tick every item; it cannot be sent before."),
    ("an_estimate", "2026-05-25", "when", WHEN),
    ("an_estimate", "2026-05-22T22:30:01Z", "when", WHEN),
    ("an_estimate", {"from": "2026-05", "to": "2026-04"}, "when", WHEN),
    ("an_estimate", {"to": "2026-04"}, "when", WHEN),
    ("a_date", "22/05/2026", "date", DATE),
    ("a_date", "2026-02-30", "date", DATE),
    ("a_datetime", "2026-05-22", "datetime", MOMENT),
    ("a_datetime", "2026-05-22T25:00", "datetime", MOMENT),
    ("a_zone", "CET+1", "zone", "Choose a time zone by its name, such as Europe/Paris."),
    ("a_phone", "01 23 45 67 89", "phone", PHONE),
    ("a_country", "XX", "country", "Choose a country from the list."),
    ("a_number", "twelve", "number", "Enter a number."),
    ("a_number", True, "number", "Enter a number."),
    ("a_number", "NaN", "number", "Enter a number."),
    ("a_number", "1e999999", "number", "Enter a number."),
    ("a_number", "1.005", "decimals", "Enter at most 2 decimals."),
    ("a_number", "-5.01", "too_small", "Enter -5 or more."),
    ("a_number", 101, "too_large", "Enter 100 or less."),
    ("an_amount", "0", "amount", "Enter an amount above zero, such as 0.05."),
    ("an_integer", 1.5, "integer", "Enter a whole number."),
    ("an_integer", "7", "integer", "Enter a whole number."),
    ("an_integer", 8, "too_large", "Enter 7 or less."),
    ("a_rating", 6, "rating", "Choose a rating from 1 to 5."),
    ("a_rating", "5", "rating", "Choose a rating from 1 to 5."),
    ("a_parent", "T-0000000000A", "parent", PARENT),
    ("a_file", "letter.exe", "file", FILE),
    ("a_file", "../letter.pdf", "file", FILE),
    ("some_records", {"name": "Ann"}, "list", "Give a list."),
    ("some_records", [{"name": "A"}] * 3, "too_many", "Give at most 2."),
]


@pytest.mark.parametrize(("name", "given", "type", "message"), REFUSED)
def test_an_answer_that_is_none_of_its_kind_is_refused_with_the_remedy(
    name: str, given: object, type: str, message: str
):
    assert mistakes(ALL, {name: given}) == [(f"/fields/{name}", type, message)]


def test_every_kind_is_refused_somewhere_above():
    assert {name for name, *_ in REFUSED} == set(KINDS)


def test_too_few_entries_are_refused():
    asked = form({"names": 'kind = "lines"\nmin = 2'})

    assert mistakes(asked, {"names": ["one"]}) == [("/fields/names", "too_few", "Give at least 2.")]


def test_a_mistake_within_a_record_is_pointed_at():
    given = [{"name": "Ann"}, {"share": "x", "age": 5}]

    assert mistakes(ALL, {"some_records": given}) == [
        ("/fields/some_records/1/age", "unknown", "The form has no such field; leave it out."),
        ("/fields/some_records/1/name", "missing", "This is required."),
        ("/fields/some_records/1/share", "number", "Enter a number."),
    ]


def test_a_record_that_is_none_is_refused():
    assert mistakes(ALL, {"some_records": ["Ann"]}) == [
        ("/fields/some_records/0", "record", "Give an object with the fields that are asked for.")
    ]


def test_an_unknown_field_is_refused_by_its_name():
    assert mistakes(ALL, {"a~/b": ""}) == [
        ("/fields/a~0~1b", "unknown", "The form has no such field; leave it out.")
    ]


def test_mistakes_are_said_in_the_language_asked_for():
    asked = form(
        {
            "name": 'kind = "line"\nrequired = true\nmissing = { en = "Say your name.", fr = "Votre nom ?" }',
            "age": 'kind = "integer"',
        }
    )

    assert mistakes(asked, {"age": "x"}, language="fr") == [
        ("/fields/name", "missing", "Votre nom ?"),
        ("/fields/age", "integer", "Indiquez un nombre entier."),
    ]


def test_a_field_has_words_of_its_own_for_what_is_invalid():
    asked = form({"age": 'kind = "integer"\ninvalid = { en = "Years, in figures.", fr = "En chiffres." }'})

    assert mistakes(asked, {"age": "x"}) == [("/fields/age", "integer", "Years, in figures.")]


def test_a_tick_that_is_required_has_to_be_ticked():
    asked = form({"agreed": 'kind = "tick"\nrequired = true'})

    assert mistakes(asked, {"agreed": False}) == [("/fields/agreed", "missing", "This is required.")]


def test_a_form_that_is_too_long_as_a_whole_is_refused():
    assert mistakes(ALL, {"a_text": "é" * 100_001}) == [
        ("/fields", "too_big", "The whole form is too long; send at most 200 KB.")
    ]


def test_a_form_that_asks_for_it_is_sent_by_nobody_who_is_not_signed_in():
    asked = form({"age": 'kind = "integer"'}).model_copy(update={"sign_in": True})

    assert mistakes(asked, {"age": 5}, signed_in=False) == [
        ("/form", "sign_in", "Sign in to send this form.")
    ]
    assert mistakes(asked, {"age": 5}) == []
