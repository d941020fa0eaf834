"""A form as a whole: conditions, advice, and every rule across fields, kept and broken."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.forms import Condition, Form
from domain.forms.rules import Rule
from tests.domain.a_form import form, mistakes

LINES = {"one": 'kind = "line"', "two": 'kind = "line"'}
DATES = {"zone": 'kind = "zone"', "day": 'kind = "date"', "until": 'kind = "date"', "at": 'kind = "datetime"'}
CALLS = {
    "zone": 'kind = "zone"',
    "calls": 'kind = "records"\nfields.at = { kind = "datetime", label = { en = "At", fr = "À" } }',
}
OWNERS = {
    "owners": 'kind = "records"\nfields.share = { kind = "number", label = { en = "Share", fr = "Part" } }',
    "controls": 'kind = "line"',
}
TICKS = {"one": 'kind = "tick"', "two": 'kind = "tick"'}


def ruled(fields: dict[str, str], rule: str) -> Form:
    return form(fields, f'[[rules]]\nid = "r"\nmessage = {{ en = "Broken.", fr = "Enfreint." }}\n{rule}')


def owners(*shares: object) -> list[dict[str, object]]:
    return [{"share": share} for share in shares]


def calls(*moments: str) -> list[dict[str, str]]:
    return [{"at": moment} for moment in moments]


RULES: list[tuple[dict[str, str], str, dict[str, Any], dict[str, Any], str]] = [
    (
        DATES,
        'rule = "within_days"\nfields = ["day"]\nlast = 7',
        {"day": "2026-05-30"},
        {"day": "2026-05-31"},
        "day",
    ),
    (
        DATES,
        'rule = "within_days"\nfields = ["day"]\nlast = 7',
        {"day": "2026-05-23"},
        {"day": "2026-05-22"},
        "day",
    ),
    (
        CALLS,
        'rule = "within_days"\nfields = ["calls.at"]\nlast = 7\nzone = "zone"',
        {"zone": "America/New_York", "calls": calls("2026-05-22T18:45", "2026-05-30T01:00Z")},
        {"zone": "America/New_York", "calls": calls("2026-05-22T18:45", "2026-05-30T04:00Z")},
        "calls/1/at",
    ),
    (DATES, 'rule = "not_today"\nfields = ["day"]', {"day": "2026-05-22"}, {"day": "2026-05-23"}, "day"),
    (
        DATES,
        'rule = "not_today"\nfields = ["day"]\nzone = "zone"',
        {"day": "2026-05-23", "zone": "Europe/London"},
        {"day": "2026-05-22", "zone": "America/New_York"},
        "day",
    ),
    (
        DATES,
        'rule = "not_in_future"\nfields = ["day"]',
        {"day": "2026-05-23"},
        {"day": "2026-05-24"},
        "day",
    ),
    (
        DATES,
        'rule = "not_in_future"\nfields = ["at"]',
        {"at": "2026-05-23T00:30"},
        {"at": "2026-05-23T00:31"},
        "at",
    ),
    (
        DATES,
        'rule = "not_past"\nfields = ["at"]\nzone = "zone"',
        {"zone": "Asia/Tokyo", "at": "2026-05-23T07:30"},
        {"zone": "Asia/Tokyo", "at": "2026-05-23T07:29"},
        "at",
    ),
    (DATES, 'rule = "not_past"\nfields = ["day"]', {"day": "2026-05-23"}, {"day": "2026-05-22"}, "day"),
    (
        CALLS,
        'rule = "at_most_weekend"\nfields = ["calls.at"]',
        {"calls": calls("2026-05-23T10:00", "2026-05-25T10:00", "2026-05-26T10:00")},
        {"calls": calls("2026-05-23T10:00", "2026-05-25T10:00", "2026-05-24T10:00")},
        "calls/2/at",
    ),
    (
        DATES,
        'rule = "not_before"\nfields = ["until"]\nother = "day"',
        {"day": "2026-05-24", "until": "2026-05-24"},
        {"day": "2026-05-24", "until": "2026-05-23"},
        "until",
    ),
    (
        CALLS,
        'rule = "distinct"\nfields = ["calls.at"]',
        {"calls": calls("2026-05-25T10:00", "2026-05-26T10:00")},
        {"calls": calls("2026-05-25T10:00", "2026-05-25T16:00")},
        "calls/1/at",
    ),
    (
        CALLS,
        'rule = "distinct"\nfields = ["calls.at"]\nzone = "zone"',
        {"zone": "Asia/Tokyo", "calls": calls("2026-05-25T07:00+09:00", "2026-05-24T21:00+09:00")},
        {"zone": "Asia/Tokyo", "calls": calls("2026-05-25T07:00+09:00", "2026-05-25T21:00+09:00")},
        "calls/1/at",
    ),
    (
        LINES,
        'rule = "distinct"\nfields = ["one", "two"]',
        {"one": "old@example.org", "two": "new@example.org"},
        {"one": "old@example.org", "two": "Old@example.org"},
        "two",
    ),
    (
        OWNERS,
        'rule = "sum_at_most"\nfields = ["owners.share"]\nmost = 100',
        {"owners": owners("33.4", 66.6)},
        {"owners": owners("33.4", 66.6, "0.01")},
        "owners/2/share",
    ),
    (
        OWNERS,
        'rule = "some_at_least"\nfields = ["owners.share"]\nleast = 25\nor_filled = ["controls"]',
        {"owners": owners(10, 25)},
        {"owners": owners(10, "24.99")},
        "owners",
    ),
    (
        OWNERS,
        'rule = "some_at_least"\nfields = ["owners.share"]\nleast = 25\nor_filled = ["controls"]',
        {"owners": owners(10), "controls": "Ann"},
        {},
        "owners",
    ),
    (LINES, 'rule = "one_required"\nfields = ["one", "two"]', {"two": "x"}, {}, "one"),
    (
        LINES,
        'rule = "at_most_one"\nfields = ["one", "two"]',
        {"two": "x"},
        {"one": "x", "two": "y"},
        "two",
    ),
    (
        TICKS,
        'rule = "all_ticked"\nfields = ["one", "two"]',
        {"one": True, "two": True},
        {"one": True},
        "two",
    ),
]


@pytest.mark.parametrize(("fields", "rule", "kept", "breaks", "where"), RULES)
def test_a_rule_across_fields_is_kept_or_broken(
    fields: dict[str, str], rule: str, kept: dict[str, Any], breaks: dict[str, Any], where: str
):
    asked = ruled(fields, rule)

    assert mistakes(asked, kept) == []
    assert mistakes(asked, breaks) == [(f"/fields/{where}", asked.rules[0].rule, "Broken.")]


def test_every_rule_is_broken_somewhere_above():
    named = {ruled(fields, rule).rules[0].rule for fields, rule, *_ in RULES}
    mapping = TypeAdapter[Rule](Rule).json_schema()["discriminator"]["mapping"]

    assert named == set(mapping)


def test_a_rule_holds_only_when_its_condition_does():
    asked = ruled(LINES, 'rule = "one_required"\nfields = ["two"]\nwhen = { field = "one", is = "x" }')

    assert mistakes(asked, {"one": "y"}) == []
    assert mistakes(asked, {"one": "x"}, language="fr") == [("/fields/two", "one_required", "Enfreint.")]


def test_records_have_rules_of_their_own():
    asked = form(
        {
            "people": 'kind = "records"\n'
            'fields.mail = { kind = "email", label = { en = "Mail", fr = "Courriel" } }\n'
            'fields.phone = { kind = "phone", label = { en = "Phone", fr = "Téléphone" } }\n'
            'rules = [{ id = "r", rule = "one_required", fields = ["mail", "phone"], '
            'message = { en = "Mail or phone.", fr = "Courriel ou téléphone." } }]'
        }
    )

    assert mistakes(asked, {"people": [{"mail": "name@example.org"}, {}]}) == [
        ("/fields/people/1/mail", "one_required", "Mail or phone.")
    ]


def test_rules_are_judged_once_every_answer_is_in_order():
    asked = ruled(DATES, 'rule = "not_today"\nfields = ["day"]')

    assert mistakes(asked, {"day": "2026-05-23", "until": "soon"}) == [
        ("/fields/until", "date", "Enter a date such as 2026-05-22.")
    ]


@pytest.mark.parametrize(
    ("condition", "answers", "holds"),
    [
        ({"field": "a", "is": "x"}, {"a": "x"}, True),
        ({"field": "a", "is": "x"}, {"a": "y"}, False),
        ({"field": "a", "is": "x"}, {}, False),
        ({"field": "a", "is": "x"}, {"a": ["w", "x"]}, True),
        ({"field": "a", "is": True}, {"a": True}, True),
        ({"field": "a", "is": True}, {"a": 1}, False),
        ({"field": "a", "one_of": ["x", "y"]}, {"a": "y"}, True),
        ({"field": "a", "one_of": ["x", "y"]}, {"a": "z"}, False),
        ({"field": "a", "filled": True}, {"a": "z"}, True),
        ({"field": "a", "filled": True}, {"a": ""}, False),
        ({"field": "a", "filled": False}, {}, True),
        ({"field": "a", "below": 0.05}, {"a": "0.049"}, True),
        ({"field": "a", "below": 0.05}, {"a": "0.05"}, False),
        ({"field": "a", "below": 0.05}, {"a": "nothing"}, False),
        ({"field": "a", "at_least": 25}, {"a": 25}, True),
        ({"field": "a", "at_least": 25}, {"a": "24.9"}, False),
        ({"all": [{"field": "a", "is": "x"}, {"field": "b", "is": "y"}]}, {"a": "x", "b": "y"}, True),
        ({"all": [{"field": "a", "is": "x"}, {"field": "b", "is": "y"}]}, {"a": "x"}, False),
        ({"any": [{"field": "a", "is": "x"}, {"field": "b", "is": "y"}]}, {"a": "x"}, True),
        ({"any": [{"field": "a", "is": "x"}, {"field": "b", "is": "y"}]}, {}, False),
        ({"not": {"field": "a", "is": "x"}}, {}, True),
        ({"not": {"field": "a", "is": "x"}}, {"a": "x"}, False),
    ],
)
def test_a_condition_holds_or_does_not(condition: dict[str, Any], answers: dict[str, Any], holds: bool):
    assert Condition.model_validate(condition).holds(answers) is holds


SHOWN = {
    "factor": 'kind = "choice"\n{options}',
    "model": 'kind = "line"\nrequired = true\nshow_when = { field = "factor", is = "red" }',
    "why": 'kind = "line"\nrequire_when = { field = "factor", is = "blue" }',
}


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({}, []),
        ({"factor": "red", "model": "X"}, []),
        ({"factor": "red"}, [("/fields/model", "missing", "This is required.")]),
        ({"factor": "blue"}, [("/fields/why", "missing", "This is required.")]),
        ({"factor": "blue", "why": "Lost."}, []),
        (
            {"model": "X"},
            [
                (
                    "/fields/model",
                    "not_asked",
                    "This is not asked after what you answered before; leave it out.",
                )
            ],
        ),
    ],
)
def test_a_field_is_asked_and_required_by_what_was_answered_before(answers: dict[str, Any], wrong: Any):
    assert mistakes(form(SHOWN), answers) == wrong


def test_a_condition_within_a_record_looks_at_the_record_and_then_at_the_form():
    asked = form(
        {
            "kind": 'kind = "line"',
            "people": 'kind = "records"\n'
            'fields.role = { kind = "line", label = { en = "Role", fr = "Rôle" } }\n'
            'fields.name = { kind = "line", label = { en = "Name", fr = "Nom" }, '
            'require_when = { all = [{ field = "kind", is = "firm" }, { field = "role", is = "owner" }] } }',
        }
    )
    given = [{"role": "owner"}, {"role": "clerk"}]

    assert mistakes(asked, {"kind": "firm", "people": given}) == [
        ("/fields/people/0/name", "missing", "This is required.")
    ]
    assert mistakes(asked, {"kind": "person", "people": given}) == []


ADVISED = """
[[advice]]
id = "usual"
text = { en = "Usual.", fr = "Usuel." }

[[advice]]
id = "small"
text = { en = "Too small to arrive.", fr = "Trop petit." }
when = { field = "amount", below = 0.05 }
confirm = true

[[advice]]
id = "elsewhere"
text = { en = "Use the other form.", fr = "Utilisez l’autre formulaire." }
when = { field = "amount", at_least = 1000 }
stops = true
form = "large"
"""


@pytest.mark.parametrize(
    ("amount", "confirmed", "wrong"),
    [
        ("1", [], []),
        ("0.01", [], [("/confirmed", "unconfirmed", "Too small to arrive.")]),
        ("0.01", ["small"], []),
        ("1000", ["elsewhere"], [("/fields", "stopped", "Use the other form.")]),
    ],
)
def test_advice_may_have_to_be_confirmed_or_may_stop_a_form(
    amount: str, confirmed: list[str], wrong: list[tuple[str, str, str]]
):
    asked = form({"amount": 'kind = "amount"'}, ADVISED)

    assert mistakes(asked, {"amount": amount}, confirmed=confirmed) == wrong
