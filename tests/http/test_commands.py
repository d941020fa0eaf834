"""Commands over HTTP: recorded, refused, ignored, lost the race; and repeated by a flaky client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.access import Role
from domain.commands import COMMANDS
from domain.errors import LostTheRace
from tests.http.world import World, pointers, problem

BODIES: dict[str, dict[str, Any]] = {
    "triage": {"category": "fees", "severity": "high", "admissible": True, "complex": True},
    "acknowledge": {},
    "assign": {"assignee": "handler-7"},
    "investigate": {},
    "record-step": {"kind": "other", "summary": "Looked."},
    "send-update": {"text": "Still at it."},
    "escalate": {"reason": "Large."},
    "de-escalate": {},
    "resolve": {"outcome": "upheld", "reasons": "It was late."},
    "close": {},
    "reopen": {"reason": "New evidence."},
    "withdraw": {"reason": "As asked."},
    "note": {"text": "Called back."},
}


def test_a_complaint_lives_its_whole_life(either: World):
    """Every command is one POST; each answer holds the ETag for the next."""
    handler = either.token(Role.HANDLER)
    id = either.received()
    version, seen = 3, list[str]()
    for name in (
        "acknowledge",
        "triage",
        "assign",
        "investigate",
        "record-step",
        "send-update",
        "escalate",
        "de-escalate",
        "resolve",
        "close",
        "reopen",
        "note",
        "withdraw",
    ):
        either.later(hours=1)
        answer = either.ask(id, name, handler, BODIES[name], version=version)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body == {
            "id": id,
            "reference": body["reference"],
            "version": body["version"],
            "position": f"00:{either.plaint.store.last()}",
        }
        assert answer.headers["etag"] == f'"{body["version"]}"'
        assert body["version"] > version
        version = body["version"]
        seen.append(either.get(f"/v1/complaints/{id}", handler).json()["status"])

    assert set(BODIES) == {command.NAME for command in COMMANDS}
    assert seen == ["acknowledged"] * 3 + ["investigating"] * 5 + [
        "resolved",
        "closed",
        "investigating",
        "investigating",
        "withdrawn",
    ]


@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_command_needs_a_token_a_right_a_visible_case_and_a_version(
    world: World, handler: dict[str, str], stranger: dict[str, str], admin: dict[str, str], name: str
):
    id, body = world.received(), BODIES[name]

    assert problem(world.ask(id, name, {}, body, version=3), "unauthenticated", 401)
    assert problem(world.ask(id, name, admin, body, version=3), "forbidden", 403)
    foreign = problem(world.ask(id, name, stranger, body, version=3), "not-found", 404)
    absent = problem(world.ask("0" * 32, name, stranger, body, version=3), "not-found", 404)
    assert foreign == absent
    assert problem(world.ask(id, name, handler, body), "version-required", 428)
    stale = world.ask(id, name, handler, body, version=2)
    assert problem(stale, "stale-version", 412)["version"] == 3
    assert stale.headers["etag"] == '"3"'
    unknown = world.ask(id, name, handler, body | {"colour": "red"}, version=3)
    assert pointers(unknown) == ["/colour"]


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"3"', 200),
        ('"1", "3"', 200),
        ("*", 200),
        ('W/"3"', 412),
        ('"03"', 412),
        ('"other"', 412),
        ("3", 400),
        ('"3', 400),
        ("", 400),
    ],
)
def test_if_match_takes_strong_tags_alone(world: World, handler: dict[str, str], tag: str, status: int):
    id = world.received()

    assert world.ask(id, "investigate", handler, tag=tag).status_code == status


def test_of_two_handlers_on_one_case_the_second_is_told_the_current_version(either: World):
    one, two = either.token(Role.HANDLER), either.token(Role.HANDLER)
    id = either.received()

    won = either.ask(id, "investigate", one, version=3)
    lost = either.ask(id, "acknowledge", two, version=3)
    again = either.ask(id, "acknowledge", two, version=problem(lost, "stale-version", 412)["version"])

    assert (won.status_code, again.status_code) == (200, 200)


def test_a_race_lost_at_the_very_end_is_stale_too(
    world: World, handler: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    id = world.received()

    def lose(*_: object, **__: object) -> None:
        raise LostTheRace

    monkeypatch.setattr(world.plaint.store, "append", lose)

    assert problem(world.ask(id, "investigate", handler, version=3), "stale-version", 412)["version"] == 3


def test_a_repeated_command_lands_once_also_across_a_restart(either: World, tmp_path: Path):
    """The first answer comes again although the version has moved on; another body is refused."""
    handler = either.token(Role.HANDLER)
    id = either.received()
    first = either.ask(id, "note", handler, {"text": "Once."}, version=3, key="n")
    either.ask(id, "investigate", handler, version=4)
    again = World(tmp_path, either.settings.database_url)
    again.now = either.now

    repeated = again.ask(id, "note", handler, {"text": "Once."}, version=3, key="n")
    without = again.ask(id, "note", handler, {"text": "Once."}, key="n")
    other = again.ask(id, "note", handler, {"text": "Twice."}, version=5, key="n")
    elsewhere = again.ask(id, "send-update", handler, {"text": "Once."}, version=5, key="n")

    for answer in (repeated, without):
        assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, first.json(), '"4"')
    assert problem(other, "key-reused", 422)
    assert problem(elsewhere, "key-reused", 422)
    notes = [e for e in again.plaint.store.everything() if e[1].TOPIC == "complaint.noted"]
    assert len(notes) == 1
    again.close()


def test_what_is_no_news_changes_nothing(world: World, handler: dict[str, str]):
    id = world.received()
    first = world.ask(id, "investigate", handler, version=3).json()

    assert world.ask(id, "investigate", handler, version=4).json() == first


@pytest.mark.parametrize(
    ("name", "body", "kind", "status", "where"),
    [
        ("close", {}, "conflict", 409, None),
        ("record-step", BODIES["record-step"], "conflict", 409, None),
        ("assign", {}, "rule", 422, "/team"),
        ("assign", {"team": "nobody"}, "rule", 422, "/team"),
        ("triage", {"category": "weather", "severity": "low", "admissible": True}, "rule", 422, "/category"),
        ("triage", {"category": "fees", "severity": "low", "admissible": False}, "rule", 422, "/reason"),
        ("acknowledge", {"sent_at": "2030-01-01T00:00:00Z"}, "rule", 422, "/sent_at"),
        ("acknowledge", {"occurred_at": "2030-01-01T00:00:00Z"}, "rule", 422, "/occurred_at"),
        ("investigate", {"occurred_at": "2001-01-01T00:00:00Z"}, "rule", 422, "/occurred_at"),
        ("acknowledge", {"notice": {"text": "Dear"}}, "invalid", 422, "/notice"),
        ("resolve", {"outcome": "upheld", "reasons": "x", "notice": 1}, "invalid", 422, "/notice"),
        ("escalate", {"reason": "x", "level": 4}, "invalid", 422, "/level"),
        ("escalate", {"reason": "x", "level": "2"}, "invalid", 422, "/level"),
        ("escalate", {"reason": "x", "level": 10**400}, "invalid", 422, "/level"),
        ("resolve", {"outcome": "lost", "reasons": "x"}, "invalid", 422, "/outcome"),
        ("note", {"text": ""}, "invalid", 422, "/text"),
        ("note", {"text": "x", "actor": "somebody else"}, "invalid", 422, "/actor"),
        ("note", [], "invalid", 422, ""),
    ],
)
def test_a_refused_command_says_why_and_where(
    world: World, handler: dict[str, str], *, name: str, body: Any, kind: str, status: int, where: str | None
):
    id, before = world.received(), world.plaint.store.last()

    answer = world.ask(id, name, handler, body, version=3)

    assert problem(answer, kind, status)["detail"]
    assert answer.json().get("errors", [{}])[0].get("pointer") == where
    assert world.plaint.store.last() == before


def test_a_case_goes_to_any_team_that_there_is_and_then_out_of_sight(world: World, handler: dict[str, str]):
    stranger = world.token(Role.HANDLER, "payments")
    id = world.received()

    assert world.ask(id, "assign", handler, {"team": "payments"}, version=3).status_code == 200
    assert problem(world.get(f"/v1/complaints/{id}", handler), "not-found", 404)
    assert world.get(f"/v1/complaints/{id}", stranger).json()["team"] == "payments"


def test_a_command_takes_a_reference_and_no_other_parameter(world: World, handler: dict[str, str]):
    reference = world.send().json()["reference"]
    world.settle()

    assert world.ask(reference.lower(), "investigate", handler, version=3).status_code == 200
    assert pointers(world.ask(reference, "investigate?dry_run=1", handler, version=4)) == ["dry_run"]
