"""A form as JSON Schema: what it accepts is what the desk accepts, as far as a schema can tell."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.forms import Form
from domain.forms.schema import schema
from tests.domain.a_form import ANSWERS, form, mistakes, of_all_kinds
from tests.domain.test_form_engine import REFUSED
from tests.domain.test_form_engine_rules import SHOWN

ALL = of_all_kinds()
BEYOND_A_SCHEMA = {
    "twice",
    "too_large",
    "too_small",
    "decimals",
    "when",
    "amount",
    "zone",
    "number",
    "parent",
}
"""Mistakes that only the desk finds: numbers as text, calendars, names of zones, check symbols."""


def accepts(asked: Form, answers: dict[str, Any]) -> bool:
    validator: Any = Draft202012Validator(schema(asked, "en"))
    return validator.is_valid(answers)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(schema(ALL, "en"))


def test_answers_in_order_fit_the_schema():
    assert accepts(ALL, ANSWERS)


@pytest.mark.parametrize(("name", "given", "type", "message"), REFUSED)
def test_what_fits_no_schema_is_refused_by_the_desk(name: str, given: object, type: str, message: str):
    """The other way round a schema may accept what only the desk can judge, and nothing else."""
    del message
    shaped = type not in BEYOND_A_SCHEMA and name not in {"a_date", "a_datetime", "a_file"}
    control = type in {"line", "text", "email"} and isinstance(given, str | list)

    assert not accepts(ALL, {name: given}) or not shaped or control


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"factor": "red", "model": "X"},
        {"factor": "red"},
        {"factor": "blue"},
        {"model": "X"},
        {"other": 1},
    ],
)
def test_conditions_are_judged_alike_by_schema_and_desk(answers: dict[str, Any]):
    asked = form(SHOWN)

    assert accepts(asked, answers) == (mistakes(asked, answers) == [])


def test_the_schema_has_the_labels_of_its_language_and_the_rules_that_it_cannot_judge():
    asked = form(
        {"day": 'kind = "date"\nrequired = true\nhelp = { en = "Any day.", fr = "Un jour." }'},
        '[[rules]]\nid = "soon"\nrule = "within_days"\nfields = ["day"]\nlast = 7\n'
        'message = { en = "Within 7 days.", fr = "Dans les 7 jours." }',
    )

    assert schema(asked, "fr") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tout",
        "type": "object",
        "properties": {
            "day": {"title": "day", "description": "Un jour.", "type": "string", "format": "date"},
        },
        "additionalProperties": False,
        "required": ["day"],
        "x-rules": [
            {
                "id": "soon",
                "rule": "within_days",
                "fields": ["day"],
                "first": 0,
                "last": 7,
                "message": "Dans les 7 jours.",
            }
        ],
    }
