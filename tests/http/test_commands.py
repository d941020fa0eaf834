"""Commands over HTTP: recorded, refused, ignored, lost the race; and repeated by a flaky client."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.access import Role
from domain.clocks import clock_id
from domain.commands import COMMANDS
from domain.errors import LostTheRace
from tests.http.world import World, pointers, problem

BODIES: dict[str, dict[str, Any]] = {
    "triage": {"category": "fees", "severity": "high", "admissible": True, "complex": True},
    "acknowledge": {},
    "assign": {"assignee": "handler-7"},
    "hand-over": {"assignee": "handler-8", "reason_code": "other", "reason": "He moves house."},
    "investigate": {},
    "record-step": {"kind": "other", "summary": "Looked."},
    "request-information": {"text": "Which address?"},
    "supply-information": {"text": "That one."},
    "send-update": {"text": "Still at it.", "parts": ["next_steps"]},
    "complete-investigation": {},
    "escalate": {"reason": "Large."},
    "de-escalate": {},
    "resolve": {"outcome": "upheld", "reasons": "It was late."},
    "accept": {},
    "close": {},
    "reopen": {"reason": "New evidence."},
    "withdraw": {"reason": "As asked."},
    "redirect": {"reason": "A question."},
    "note": {"text": "Called back."},
    "pause-clock": {"reason": "Travelling."},
    "resume-clock": {},
    "retarget": {"cause": "calendar"},
    "extend": {"parts": ["reasons"]},
    "excuse-miss": {"reason_code": "third_party"},
    "set-sensitivity": {"sensitivity": "restricted", "reason": "A colleague is named."},
    "add-representative": {"name": "A. Lawyer", "power_of_attorney": "Deed 7"},
    "remove-representative": {"number": 1},
    "flag-vulnerability": {"how_known": "Said so.", "driver": "health"},
    "lift-vulnerability": {"reason": "Well again."},
    "answer-consultation": {"consultation": "019e5048-3f00-812e-9c35-d4be2c62a1f0", "text": "It was held."},
    "record-finding": {"point": "fee", "finding": "substantiated", "summary": "It was charged twice."},
    "propose-resolution": {"outcome": "upheld", "reasons": "It was late."},
    "approve-resolution": {},
    "return-resolution": {"reason": "The interest is missing."},
    "pay-redress": {"redress": 1},
    "name-person-complained-of": {"user": "handler-7"},
    "refer-externally": {"body": "AMF"},
    "record-external-outcome": {"body": "AMF", "outcome": "firm_upheld"},
    "correct": {"what": "country", "value": "FR", "reason": "Misread."},
    "rate": {"score": 4},
    "place-hold": {"kind": "legal", "reason": "A claim was lodged."},
    "lift-hold": {"reason": "The claim was settled."},
}
OF_OTHERS = {
    "excuse-miss",
    "set-sensitivity",
    "approve-resolution",
    "return-resolution",
    "place-hold",
    "lift-hold",
}
"""What a handler may not ask."""
OF_CLOCKS = ("pause-clock", "resume-clock", "retarget", "extend", "excuse-miss")


NO_CLOCK = str(UUID(int=1))


def clock_of(id: str, milestone: str = "acknowledgement") -> str:
    return str(clock_id(UUID(id), "house", milestone, 1))


def body_of(name: str, id: str) -> dict[str, Any]:
    return BODIES[name] | ({"clock": clock_of(id)} if name in OF_CLOCKS else {})


def test_a_complaint_lives_its_whole_life(either: World):
    """Every command is one POST; each answer holds the ETag for the next."""
    handler = either.token(Role.HANDLER)
    id = either.received()
    version, seen = 3, list[str]()
    for name in (
        "acknowledge",
        "triage",
        "assign",
        "hand-over",
        "investigate",
        "record-step",
        "request-information",
        "supply-information",
        "send-update",
        "complete-investigation",
        "escalate",
        "de-escalate",
        "resolve",
        "accept",
        "close",
        "reopen",
        "add-representative",
        "remove-representative",
        "flag-vulnerability",
        "lift-vulnerability",
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
            "position": either.plaint.store.position_of(UUID(id)),
        }
        assert answer.headers["etag"] == f'"{body["version"]}"'
        assert body["version"] > version
        version = body["version"]
        seen.append(either.get(f"/v1/complaints/{id}", handler).json()["status"])

    assert set(BODIES) == {command.NAME for command in COMMANDS}
    assert seen == ["acknowledged"] * 4 + ["investigating"] * 8 + [
        "resolved",
        "resolved",
        "closed",
        *["investigating"] * 6,
        "withdrawn",
    ]


@pytest.mark.parametrize("name", sorted(BODIES.keys() - OF_OTHERS))
def test_every_command_needs_a_token_a_right_a_visible_case_and_a_version(
    world: World, handler: dict[str, str], stranger: dict[str, str], admin: dict[str, str], name: str
):
    id = world.received()
    body = body_of(name, id)

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

    monkeypatch.setattr(world.plaint.store, "put", lose)

    assert problem(world.ask(id, "investigate", handler, version=3), "stale-version", 412)["version"] == 3


def test_a_repeated_command_lands_once_also_across_a_restart(either: World, tmp_path: Path):
    """The first answer comes again although the version has moved on; another body is refused.

    The same key on another path is another request.
    """
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
    assert (elsewhere.status_code, elsewhere.headers["etag"]) == (200, '"6"')
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
        ("send-update", {"text": "x", "parts": "reasons"}, "invalid", 422, "/parts"),
        ("send-update", {"text": "x", "parts": ["x"] * 51}, "invalid", 422, "/parts"),
        ("complete-investigation", {}, "conflict", 409, None),
        ("request-information", {}, "invalid", 422, "/text"),
        ("pause-clock", {"clock": "acknowledgement", "reason": "x"}, "invalid", 422, "/clock"),
        ("pause-clock", {"clock": NO_CLOCK, "reason": "x"}, "rule", 422, "/clock"),
        ("resume-clock", {"clock": NO_CLOCK}, "rule", 422, "/clock"),
        ("extend", {"clock": NO_CLOCK}, "rule", 422, "/clock"),
        ("retarget", {"clock": NO_CLOCK, "cause": "x"}, "rule", 422, "/clock"),
        ("retarget", {"cause": "x", "started_at": "2026-05-21T00:00:00Z"}, "rule", 422, "/clock"),
        ("retarget", {"cause": "x", "version": "1999"}, "rule", 422, "/version"),
        ("retarget", {"cause": "x", "calendar_version": "1999"}, "rule", 422, "/calendar_version"),
        ("retarget", {}, "invalid", 422, "/cause"),
    ],
)
def test_a_refused_command_says_why_and_where(
    world: World, handler: dict[str, str], *, name: str, body: Any, kind: str, status: int, where: str | None
):
    id, before = world.received(), world.plaint.store.count()

    answer = world.ask(id, name, handler, body, version=3)

    assert problem(answer, kind, status)["detail"]
    assert answer.json().get("errors", [{}])[0].get("pointer") == where
    assert world.plaint.store.count() == before


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


@pytest.mark.parametrize(
    ("name", "more", "kind", "status", "where"),
    [
        ("pause-clock", {}, "conflict", 409, None),
        ("resume-clock", {}, "conflict", 409, None),
        ("extend", {}, "conflict", 409, None),
        ("retarget", {"started_at": "2030-01-01T00:00:00Z"}, "rule", 422, "/started_at"),
        ("retarget", {"occurred_at": "2030-01-01T00:00:00Z"}, "rule", 422, "/occurred_at"),
    ],
)
def test_a_clock_that_cannot_be_changed_so_says_why_and_where(
    world: World,
    handler: dict[str, str],
    *,
    name: str,
    more: dict[str, Any],
    kind: str,
    status: int,
    where: str | None,
):
    """The acknowledgement of the house may neither stand still nor be extended."""
    id = world.received()

    answer = world.ask(id, name, handler, body_of(name, id) | more, version=3)

    assert problem(answer, kind, status)["detail"]
    assert answer.json().get("errors", [{}])[0].get("pointer") == where


def test_a_clock_moves_to_a_corrected_start(world: World, handler: dict[str, str]):
    """What it was, what it is, why and by whom stands in the history."""
    id = world.received()
    body = body_of("retarget", id) | {"cause": "start_corrected", "started_at": "2026-05-21T16:00:00Z"}

    assert world.ask(id, "retarget", handler, body, version=3).status_code == 200

    moved = world.get(f"/v1/complaints/{id}/history", handler).json()["items"][-1]
    assert moved["topic"] == "clock.retargeted"
    told = ("cause", "old_due_before", "due_before", "started_at")
    assert [moved["facts"][name] for name in told] == [
        "start_corrected",
        "2026-05-27T22:00:00Z",
        "2026-05-26T22:00:00Z",
        "2026-05-21T16:00:00Z",
    ]
    (clock,) = (
        each
        for each in world.get(f"/v1/complaints/{id}/clocks", handler).json()["items"]
        if each["id"] == clock_of(id)
    )
    assert clock["due_before"] == "2026-05-26T22:00:00Z"


class TestExcuse:
    """Two supervisors excuse a miss; a handler may not, nor may one supervisor alone."""

    def missed(self, world: World) -> tuple[str, int]:
        id = world.received()
        world.later(days=6)
        version = world.ask(id, "investigate", world.token(Role.HANDLER), version=3).json()["version"]
        return id, version

    def test_it_takes_two(self, world: World, supervisor: dict[str, str]):
        id, version = self.missed(world)
        body = body_of("excuse-miss", id)

        proposed = world.ask(id, "excuse-miss", supervisor, body, version=version).json()["version"]
        again = world.ask(id, "excuse-miss", supervisor, body, version=proposed).json()["version"]
        agreed = world.ask(id, "excuse-miss", world.token(Role.SUPERVISOR), body, version=again)

        assert (proposed, again, agreed.json()["version"]) == (version + 1, version + 1, version + 2)
        (clock,) = (
            each
            for each in world.get(f"/v1/complaints/{id}/clocks", supervisor).json()["items"]
            if each["id"] == clock_of(id)
        )
        assert (clock["status"], clock["excused"]) == ("missed", True)
        (counted,) = (
            each
            for each in world.get("/v1/dashboards/sla", supervisor).json()["by_milestone"]
            if each["milestone"] == "acknowledgement"
        )
        assert (counted["missed"], counted["excused"]) == (1, 1)

    def test_only_a_supervisor_may(self, world: World, handler: dict[str, str], admin: dict[str, str]):
        """Whether the case is there or not."""
        id, version = self.missed(world)
        body = body_of("excuse-miss", id)

        assert problem(world.ask(id, "excuse-miss", {}, body, version=version), "unauthenticated", 401)
        for who in (handler, admin):
            for case in (id, "0" * 32):
                assert problem(world.ask(case, "excuse-miss", who, body, version=version), "forbidden", 403)

    def test_what_was_not_missed_is_a_conflict(self, world: World, supervisor: dict[str, str]):
        id = world.received()
        body = body_of("excuse-miss", id)

        assert problem(world.ask(id, "excuse-miss", supervisor, body, version=3), "conflict", 409)
        absent = body | {"clock": NO_CLOCK}
        assert pointers(world.ask(id, "excuse-miss", supervisor, absent, version=3)) == ["/clock"]
        odd = body | {"reason_code": "bad_luck"}
        assert pointers(world.ask(id, "excuse-miss", supervisor, odd, version=3)) == ["/reason_code"]
        assert problem(world.ask(id, "excuse-miss", supervisor, body), "version-required", 428)
