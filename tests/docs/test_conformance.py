"""The published vectors: well formed, answered by the code that answers ``plaint policy try``, traps refuted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from domain import trial
from domain.policies import Regime

KIT = Path(__file__).parents[2] / "docs" / "conformance"
SCHEMA: dict[str, Any] = json.loads((KIT / "schema.json").read_text("utf-8"))
DOCUMENT: dict[str, Any] = json.loads((KIT / "vectors.json").read_text("utf-8"))
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
FRAME = {"regime": "vector", "version": "1", "effective_from": "2000-01-01", "calendar": "none"}
LATER = datetime(2040, 1, 1, tzinfo=UTC)
THROUGH_THE_COMMAND_LINE = (
    "fr-2-days-before-whit-monday",
    "business-hours-past-midnight",
    "reopened-as-a-new-clock",
    "extended-by-a-notice",
    "updates-start-when-marked-complex",
)

by_id = {vector["id"]: vector for vector in VECTORS}


def named(vector: dict[str, Any]) -> str:
    return vector["id"]


def policy(vector: dict[str, Any]) -> dict[str, Any]:
    calendar = {name: vector["calendar"][name] for name in ("zone", "weekend")}
    return FRAME | calendar | vector["policy"]


def case(vector: dict[str, Any]) -> dict[str, Any]:
    return {name: vector[name] for name in ("calendar", "events", "as_of")}


@cache
def answered(id: str) -> dict[tuple[str, int], dict[str, Any]]:
    vector = by_id[id]
    document = trial.TrialCase.model_validate(case(vector))
    regime, calendar = trial.with_calendar_of(document, Regime.model_validate(policy(vector)))
    assert calendar is not None
    views = trial.run(document, regime, calendar, now=LATER)
    return {(view.milestone, view.number): view.model_dump(mode="json", by_alias=True) for view in views}


def as_toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(as_toml, cast('list[object]', value)))}]"
        case dict():
            pairs = cast("dict[str, object]", value).items()
            return f"{{{', '.join(f'{key} = {as_toml(each)}' for key, each in pairs)}}}"
        case _:
            return json.dumps(value)


def policy_file(vector: dict[str, Any]) -> str:
    facts = policy(vector)
    terms = facts.pop("terms")
    lines = [f"{key} = {each if key == 'effective_from' else as_toml(each)}" for key, each in facts.items()]
    for term in terms:
        lines += ["", "[[terms]]", *(f"{key} = {as_toml(each)}" for key, each in term.items())]
    return "\n".join(lines) + "\n"


def test_the_schema_is_one():
    jsonschema_rs.meta.validate(SCHEMA)


def test_the_vectors_are_as_the_schema_says():
    jsonschema_rs.validate(SCHEMA, DOCUMENT)


@pytest.mark.parametrize(
    ("key", "value"), [("due_before", "2026-01-01T00:00:00+01:00"), ("status", "late"), ("number", 0)]
)
def test_the_schema_refuses_what_is_wrong(key: str, value: object):
    vector = json.loads(json.dumps(VECTORS[0]))
    vector["expected"][0][key] = value

    assert not jsonschema_rs.is_valid(SCHEMA, DOCUMENT | {"vectors": [vector]})


def test_every_vector_has_a_name_of_its_own():
    assert len(by_id) == len(VECTORS) >= 90


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_the_clocks_are_the_expected_ones(vector: dict[str, Any]):
    found = answered(vector["id"])

    assert set(found) == {(clock["milestone"], clock["number"]) for clock in vector["expected"]}
    for clock in vector["expected"]:
        answer = found[clock["milestone"], clock["number"]]
        assert {name: answer[name] for name in clock} == clock


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_every_trap_is_refuted(vector: dict[str, Any]):
    for trap in vector["traps"]:
        answer = answered(vector["id"])[trap["milestone"], trap["number"]]
        wrong = {name: trap[name] for name in ("due_before", "status") if name in trap}
        assert wrong
        assert not wrong.items() <= answer.items(), trap["mistake"]


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_a_due_date_is_the_local_date_of_the_last_instant(vector: dict[str, Any]):
    for clock in vector["expected"]:
        if "due_before" in clock:
            last = datetime.fromisoformat(clock["due_before"]) - timedelta(microseconds=1)
            assert (
                last.astimezone(ZoneInfo(vector["calendar"]["zone"])).date().isoformat() == clock["due_date"]
            )


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_counted_dates_are_business_days_as_many_as_promised(vector: dict[str, Any]):
    calendar, terms = vector["calendar"], {term["milestone"]: term for term in vector["policy"]["terms"]}
    weekdays = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for clock in vector["expected"]:
        counted = clock.get("counted", [])
        if counted:
            days = [datetime.fromisoformat(day) for day in counted]
            assert len(days) == terms[clock["milestone"]]["limit"]
            assert not {weekdays[day.weekday()] for day in days} & set(calendar["weekend"])
            assert not set(counted) & set(calendar["holidays"])
            assert counted == sorted(counted)


@pytest.mark.parametrize("id", THROUGH_THE_COMMAND_LINE)
def test_the_command_line_answers_the_same(id: str, tmp_path: Path):
    vector = by_id[id]
    (tmp_path / "policy.toml").write_text(policy_file(vector), "utf-8")
    (tmp_path / "case.json").write_text(json.dumps(case(vector)), "utf-8")

    files = [str(tmp_path / "policy.toml"), "--case", str(tmp_path / "case.json")]
    done = CliRunner().invoke(app, ["policy", "try", *files, "--json"])

    assert done.exit_code == 0, done.output
    clocks = json.loads(done.stdout)["clocks"]
    assert [(clock["milestone"], clock["number"]) for clock in clocks] == list(answered(id))
    for clock in clocks:
        answer = answered(id)[clock["milestone"], clock["number"]]
        assert {name: value for name, value in answer.items() if name != "id"} == clock
