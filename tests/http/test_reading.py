"""Reading cases: in full, as they were, in lists, and after one's own write."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from adapters.http import cases
from domain.access import Role
from domain.ids import reference as reference_of
from tests.http.world import World, pointers, problem

PATIENCE = 60.0
"""Seconds for which a read may wait here: only one that nobody tells would wait them out."""

READS = [
    "/v1/complaints/{id}",
    "/v1/complaints/{id}/history",
    "/v1/complaints/{id}/clocks",
    "/v1/complaints/{id}/clocks/{clock}/explain",
    "/v1/complaints",
    "/v1/queues/complaints",
    "/v1/dashboards/sla",
]


def acknowledgement(world: World, id: str, who: dict[str, str]) -> dict[str, Any]:
    return world.get(f"/v1/complaints/{id}/clocks", who).json()["items"][0]


NOTHING_YET = (
    "steps",
    "findings",
    "redress",
    "referrals",
    "corrections",
    "holds",
    "complained_of",
    "issues",
    "representatives",
    "possible_duplicates",
)


def test_a_case_is_shown_whole(either: World):
    supervisor = either.token(Role.SUPERVISOR)
    sent = either.send()
    either.settle()
    id = sent.json()["id"]

    answer = either.get(f"/v1/complaints/{id}", supervisor)

    case = answer.json()
    clocks, file = case.pop("clocks"), case.pop("submission")
    assert answer.headers["etag"] == '"3"'
    begun = {name: fact for name, fact in sent.json().items() if name not in {"sent", "upload"}}
    assert case == begun | {
        "kind": "complaint",
        "status": "received",
        "open": True,
        "escalated": False,
        "level": 0,
        "received_at": "2026-05-22T16:00:00Z",
        "category": "withdrawal",
        "severity": None,
        "team": "complaints",
        "assignee": None,
        "channel": "web",
        "language": "en",
        "legal_entity": "main",
        "regimes": ["house"],
        "sensitivity": "normal",
        "overdue": False,
        "due_before": "2026-05-27T22:00:00Z",
        "next_promise": {
            "clock_id": clocks[0]["id"],
            "regime": "house",
            "milestone": "acknowledgement",
            "legal": False,
            "due_date": "2026-05-27",
            "due_before": "2026-05-27T22:00:00Z",
            "state": "running",
            "excused": False,
            "taken_from": None,
            "counted_there": False,
        },
        "merged_into": None,
        "links": [],
        "merged": [],
        "split_into": [],
        "split_from": None,
        "next_legal": None,
        "next_house": case["next_promise"],
        "admissible": None,
        "complex": False,
        "acknowledged_at": None,
        "escalation_reason": None,
        "escalated_by": None,
        "decision": None,
        "proposal": None,
        "rating": None,
        **{name: [] for name in NOTHING_YET},
        "admissibility": None,
        "special_care": False,
        "vulnerability": None,
        "redirected_to": None,
        "origin": None,
        "closed_at": None,
    }
    assert [(clock["milestone"], clock["due_date"]) for clock in clocks] == [
        ("acknowledgement", "2026-05-27"),
        ("decision", "2026-06-03"),
    ]
    assert file["full_name"] == "Someone Somewhere"
    assert either.get(f"/v1/complaints/{case['reference']}", supervisor).json()["id"] == id


def test_a_clock_says_how_it_was_counted(world: World, supervisor: dict[str, str]):
    id = world.received()
    clock = acknowledgement(world, id, supervisor)

    explained = world.get(f"/v1/complaints/{id}/clocks/{clock['id']}/explain", supervisor).json()

    assert {name: explained[name] for name in clock} == clock
    assert clock == {
        "id": clock["id"],
        "regime": "house",
        "version": "2026-01",
        "calendar": "FR",
        "calendar_version": clock["calendar_version"],
        "milestone": "acknowledgement",
        "number": 1,
        "legal": False,
        "started_at": "2026-05-22T16:00:00Z",
        "due_date": "2026-05-27",
        "due_before": "2026-05-27T22:00:00Z",
        "status": "running",
        "stopped_at": None,
        "noticed_at": None,
        "excused": False,
        "late_evidence": False,
        "generation": 1,
        "counted": ["2026-05-26", "2026-05-27"],
        "segments": [],
        "skipped": clock["skipped"],
        "rolled_from": None,
        "paused": [],
        "explanation": clock["explanation"],
    }
    assert [each["date"] for each in clock["skipped"]] == ["2026-05-23", "2026-05-24", "2026-05-25"]


def test_an_acknowledgement_meets_its_clock(world: World, handler: dict[str, str]):
    id = world.received()
    world.later(days=1)

    world.ask(id, "acknowledge", handler, {"sent_at": "2026-05-23T09:00:00+02:00"}, version=3)

    clock = acknowledgement(world, id, handler)
    assert (clock["status"], clock["stopped_at"]) == ("met", "2026-05-23T07:00:00Z")


def test_history_tells_every_event_with_its_place(world: World, handler: dict[str, str]):
    id = world.received()
    world.later(hours=2)
    world.ask(id, "note", handler, {"text": "Called.", "occurred_at": "2026-05-22T17:00:00Z"}, version=3)

    items = world.get(f"/v1/complaints/{id}/history", handler).json()["items"]

    last = world.plaint.store.count()
    assert [item["topic"] for item in items] == [
        "complaint.received",
        "clock.started",
        "clock.started",
        "complaint.noted",
    ]
    assert items[-1] == {
        "case": id,
        "version": 4,
        "position": f"00:{last}",
        "topic": "complaint.noted",
        "recorded_at": "2026-05-22T18:00:00Z",
        "occurred_at": "2026-05-22T17:00:00Z",
        "occurred_at_known": True,
        "actor": items[-1]["actor"],
        "correlation_id": items[-1]["correlation_id"],
        "causation_id": None,
        "in_error": False,
        "facts": {"text": "Called.", "visibility": "internal"},
    }


def test_a_case_can_be_read_as_it_was_and_as_it_was_known(world: World, handler: dict[str, str]):
    """A letter sent on Friday and recorded on Tuesday had happened on Friday and was not known then."""
    id = world.received()
    world.later(days=4)
    world.ask(id, "acknowledge", handler, {"sent_at": "2026-05-22T17:00:00Z"}, version=3)
    path = f"/v1/complaints/{id}"

    happened = world.get(path, handler, as_of="2026-05-22T18:00:00Z")
    known = world.get(path, handler, known_at="2026-05-22T18:00:00Z")

    assert (happened.json()["status"], happened.json()["acknowledged_at"]) == (
        "acknowledged",
        "2026-05-22T17:00:00Z",
    )
    assert (known.json()["status"], known.json()["version"]) == ("received", 3)
    assert known.json()["clocks"][0]["status"] == "running"
    assert "etag" not in known.headers
    assert problem(world.get(path, handler, as_of="2026-05-01T00:00:00Z"), "not-found", 404)
    assert pointers(world.get(path, handler, as_of="2027-01-01T00:00:00Z")) == ["as_of"]
    assert pointers(world.get(path, handler, as_of="1779465600", known_at="2026-05-22T18:00:00")) == [
        "as_of",
        "known_at",
    ]


@pytest.mark.parametrize("path", READS)
def test_every_read_obeys_roles_and_teams(
    world: World, handler: dict[str, str], stranger: dict[str, str], admin: dict[str, str], path: str
):
    id = world.received()
    clock = acknowledgement(world, id, handler)["id"]
    path = path.format(id=id, clock=clock)

    assert world.get(path, handler).status_code == 200
    assert problem(world.get(path), "unauthenticated", 401)
    assert problem(world.get(path, admin), "forbidden", 403)
    foreign = world.get(path, stranger)
    if path in {"/v1/complaints", "/v1/dashboards/sla"}:
        assert foreign.status_code == 200
        assert foreign.json().get("items", []) == []
        assert foreign.json().get("received", 0) == 0
    else:
        assert problem(foreign, "not-found", 404)


@pytest.mark.parametrize("path", READS)
def test_a_read_waits_for_the_position_it_asks_for_or_says_when_to_come_back(
    world: World, handler: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.http.cases.PATIENCE", 0.1)
    id = world.received()
    path = path.format(id=id, clock=acknowledgement(world, id, handler)["id"])

    reached = world.get(path, handler, after=f"00:{world.plaint.store.count()}")
    beyond = world.get(path, handler, after="00:999999")

    assert reached.status_code == 200
    assert problem(beyond, "not-yet", 503)
    assert beyond.headers["retry-after"] == "1"
    for wrong in ("1", "00:", "01:1", "zz:1", "00:-1", "00:" + "9" * 30):
        assert pointers(world.get(path, handler, after=wrong)) == ["after"]


def test_a_reference_waits_alike_whether_it_is_there_hidden_or_not(
    world: World, handler: dict[str, str], stranger: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """While the lists are behind, how long an answer takes tells nobody that there is a case."""
    reference = world.get(f"/v1/complaints/{world.received()}", handler).json()["reference"]
    waited: list[float] = []

    def wait(_places: object, seconds: float, _names: object) -> bool:
        waited.append(seconds)
        return False

    monkeypatch.setattr(world.plaint.views, "wait_for", wait)
    asked = ((reference, handler), (reference, stranger), (reference_of(UUID(int=1), "C"), handler))
    found = [(world.get(f"/v1/complaints/{name}", who).status_code, len(waited)) for name, who in asked]

    assert found == [(200, 1), (404, 2), (404, 3)]
    assert len(set(waited)) == 1


@pytest.fixture
def unaided(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A desk whose read models nobody moves but who is tested, and whose readers wait as long as that takes."""
    world.moves = False
    monkeypatch.setattr(cases, "PATIENCE", PATIENCE)
    return world


def test_a_handler_sees_their_own_write_in_a_list(handler: dict[str, str], unaided: World):
    world = unaided
    world.plaint.start(["worker"])
    try:
        for number in range(1, 6):
            position = world.send().json()["position"]
            assert len(world.get("/v1/complaints", handler, after=position).json()["items"]) == number
    finally:
        world.plaint.worker.stop()
        world.plaint._running.clear()


def test_a_read_sees_what_another_process_has_folded(handler: dict[str, str], unaided: World):
    """The cursor is looked at again and again, not at the end alone: nobody in this process says that it moved."""
    from threading import Timer

    from adapters.views.engine import ViewEngine

    world = unaided
    position = world.send().json()["position"]
    other = ViewEngine(world.plaint.views_database, world.plaint.store)
    folded: list[float] = []

    def fold() -> None:
        other.catch_up()
        folded.append(time.monotonic())

    timer = Timer(0.2, fold)
    timer.start()
    began = time.monotonic()

    answer = world.get("/v1/complaints", handler, after=position)

    answered = time.monotonic()

    timer.join()
    assert len(answer.json()["items"]) == 1
    # What the other process takes to fold is its own; from then on the read does not wait out its patience.
    assert answered - max(began, *folded) < PATIENCE / 3


def test_a_reference_is_found_as_soon_as_it_was_answered(handler: dict[str, str], unaided: World):
    world = unaided
    world.plaint.start(["worker"])
    try:
        reference = world.send().json()["reference"]
        assert world.get(f"/v1/complaints/{reference}", handler).status_code == 200
    finally:
        world.plaint.worker.stop()
        world.plaint._running.clear()


@pytest.mark.parametrize(
    "id", ["C-0000000000A", "x", "0" * 36, "T-" + "0" * 11, "%00", "C-" + "é" * 11, "9" * 400]
)
def test_what_is_no_case_is_not_found(world: World, handler: dict[str, str], id: str):
    assert problem(world.get(f"/v1/complaints/{id}", handler), "not-found", 404)


def test_configuration_is_no_case(world: World, supervisor: dict[str, str]):
    from domain.configuration import Rules

    assert problem(world.get(f"/v1/complaints/{Rules.ID}", supervisor), "not-found", 404)
    assert problem(world.ask(str(Rules.ID), "investigate", supervisor, version=1), "not-found", 404)


def test_the_dashboard_agrees_with_the_list_behind_it(world: World, supervisor: dict[str, str]):
    for category in ("fees", "fees", "deposit"):
        world.received(category=category)
    position = f"00:{world.plaint.store.count()}"

    assert world.get("/v1/dashboards/sla", supervisor).json() == {
        "as_of": "2026-05-22T16:00:00Z",
        "position": position,
        "received": 3,
        "open": 3,
        "overdue": 0,
        "due_today": 0,
        "due_in_2_business_days": 3,
        "by_milestone": [],
        "by_category": [
            {"category": "deposit", "received": 1, "open": 1, "overdue": 0},
            {"category": "fees", "received": 2, "open": 2, "overdue": 0},
        ],
        "by_team": [{"team": "complaints", "received": 3, "open": 3, "overdue": 0}],
        "by_channel": [{"channel": "web", "received": 3, "open": 3, "overdue": 0}],
        "by_status": [{"status": "received", "received": 3, "open": 3, "overdue": 0}],
    }
    assert len(world.get("/v1/complaints", supervisor, category="fees").json()["items"]) == 2
