"""A form's file as a whole: every mistake in it is named, with its line and its key."""

import pytest

from adapters.forms import shared
from domain.forms import problems
from tests.domain.a_form import HEAD

FILE = (
    HEAD
    + """
[[steps]]
id = "one"
title = { en = "One", fr = "Un" }
fields = ["account_email", "zone", "calls", "why"]

[fields.account_email]
kind = "email"
label = { en = "E-mail", fr = "Courriel" }

[fields.zone]
kind = "zone"
label = { en = "Zone", fr = "Fuseau" }

[fields.calls]
kind = "records"
label = { en = "Calls", fr = "Appels" }

[fields.calls.fields.at]
kind = "datetime"
label = { en = "At", fr = "À" }

[fields.why]
kind = "line"
label = { en = "Why", fr = "Pourquoi" }
show_when = { field = "calls", filled = true }

[[rules]]
id = "soon"
rule = "within_days"
fields = ["calls.at"]
zone = "zone"
last = 7
message = { en = "Soon.", fr = "Bientôt." }
"""
)


def test_a_sound_file_has_no_problems():
    assert problems(FILE, "f.toml", shared()) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "all-kinds"', "id = ", "f.toml is no TOML: Invalid value (at line 2, column 6)."),
        (
            'fr = "Fuseau"',
            'de = "Zone"',
            'line 20: fields.zone.label: the text is missing in fr; add fr = "…".',
        ),
        (', fr = "Bientôt."', "", 'line 41: rules[1].message: the text is missing in fr; add fr = "…".'),
        (
            'field = "calls"',
            'field = "call"',
            "line 33: fields.why.show_when: there is no field call to look at; use one of: account_email, ",
        ),
        (
            '"calls.at"',
            '"calls.on"',
            "line 38: rules[1].fields: there is no field calls.on; use one of: account_email, calls, calls.at, ",
        ),
        (
            '["calls.at"]',
            '["why"]',
            "line 38: rules[1].fields: within_days cannot judge why; it judges when, date, datetime.",
        ),
        ('zone = "zone"', 'zone = "why"', "line 39: rules[1].zone: there is no field why of the kind zone."),
        (
            'kind = "email"',
            'kind = "line"',
            "line 15: fields.account_email.kind: account_email means the same on every form; its kind is email.",
        ),
        (
            "last = 7",
            "first = 8\nlast = 7",
            "line 35: rules[1]: last cannot lie before first; exchange them.",
        ),
        (
            'kind = "zone"',
            'kind = "zone"\nchoices = "x"',
            "fields.zone: a choice or checklist, and nothing else, has options.",
        ),
        (
            'kind = "zone"',
            'kind = "zone"\nmin = 1',
            "fields.zone: min and max belong to numbers and lists; use length for text.",
        ),
        ('kind = "line"', 'kind = "line"\npattern = "("', "fields.why: the pattern is no regular expression"),
        ('category = "other"', "", "f.toml: a ticket's form names its category."),
        (
            'team = "support"',
            'team = "support"\ncolour = 1',
            "line 5: colour: the key is unknown; remove it, ",
        ),
        (
            "show_when = {",
            "show_when = { is = 'x',",
            "line 33: fields.why.show_when: a condition is one field with one of is, one_of, filled, below, ",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(old: str, new: str, told: str):
    found = problems(FILE.replace(old, new, 1), "f.toml", shared())

    assert len(found) == 1
    assert told in found[0]


def test_every_problem_of_a_file_is_told():
    text = FILE.replace(', fr = "Fuseau"', "").replace('"calls.at"', '"calls.on"').replace(', fr = "Un"', "")

    assert [each.partition(":")[0] for each in problems(text, "f.toml", shared())] == [
        "f.toml, line 38",
        "f.toml, line 11",
        "f.toml, line 20",
    ]
