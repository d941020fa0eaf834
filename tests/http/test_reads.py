"""Who reads a case is on record, whichever route they read it by; auditors can ask for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping
from typing import Any
from uuid import UUID

import pytest

from adapters.http import auth, reads
from adapters.http.pages.router import pages
from adapters.reading.log import Asked
from adapters.reading.record import Readings
from domain.access import Principal, Role
from domain.reading import CaseRead, Part
from tests.http.filing import a_png
from tests.http.pages.conftest import Desk
from tests.http.rights import add_entity
from tests.http.test_tickets import ticket
from tests.http.world import World, problem

CASES = ("/v1/complaints/{", "/v1/tickets/{", "/complaints/{", "/tickets/{")
"""How the path of a route begins that has a case in it."""


def stored(world: World) -> list[CaseRead]:
    """Return every reading, in the order of the record."""
    world.plaint.readings.flush()
    found = world.plaint.readings.log.find(Asked(), limit=1_000)
    return [each.event for each in sorted(found, key=lambda each: each.number) if each.event is not None]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """A desk with pages, at which a supervisor is signed in."""
    made = Desk(tmp_path_factory.mktemp("reads"))
    yield made
    made.browser.close()
    made.close()


def opening(world: World) -> list[str]:
    """Return the path of every route that opens a case by name, pages included."""
    api = [path for path, operations in world.app.openapi()["paths"].items() if "get" in operations]
    routes: list[Any] = pages(world.plaint).routes
    return [path for path in [*api, *(route.path for route in routes)] if path.startswith(CASES)]


def a_file(world: World, kind: str, id: str, who: Mapping[str, str]) -> str:
    """Add a file to a case and have it looked at; return its id."""
    path, part = f"/v1/{kind}/{id}/attachments", ("evidence.png", a_png(), "image/png")
    answer = world.client.post(path, files={"file": part}, headers=dict(who))
    assert answer.status_code < 300, answer.text
    world.settle()
    world.plaint.attachments.workers[0].round()
    world.settle()
    return str(world.get(path, who).json()["items"][0]["id"])


def untraced(world: Desk) -> set[str]:
    """Open a case by every route; return the routes by which that left no trace."""
    ids = {"complaints": world.received(), "tickets": ticket(world)}
    supervisor = world.token(Role.SUPERVISOR)
    files = {kind: a_file(world, kind, id, supervisor) for kind, id in ids.items()}
    found: set[str] = set()
    for path in opening(world):
        kind = "complaints" if "complaints" in path else "tickets"
        clock = world.get(f"/v1/{kind}/{ids[kind]}/clocks", supervisor).json()["items"][0]["id"]
        before = len(stored(world))
        address = path.replace("{clock}", clock).replace("{id}", ids[kind]).replace("{name}", ids[kind])
        address = address.replace("{file}", files[kind])
        api = path.startswith("/v1/")
        answer = world.get(address, supervisor) if api else world.browser.get(address)
        assert answer.status_code == 200, path
        if [str(each.originator_id) for each in stored(world)[before:]] != [ids[kind]]:
            found.add(path)
    return found


def test_every_route_that_opens_a_case_records_it(desk: Desk):
    """Generated from the routes: a new one that does not go through `cases.Reading` is found here."""
    assert len(opening(desk)) >= 10
    assert untraced(desk) == set()


def test_a_route_that_forgets_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def forgets(*_args: object, **_facts: object) -> None:
        return None

    monkeypatch.setattr(Readings, "record", forgets)

    assert untraced(desk) == set(opening(desk))


def test_a_reading_tells_who_read_what_when(either: World):
    handler = either.token(Role.HANDLER)
    id = either.received()
    either.later(minutes=1)

    either.get(f"/v1/complaints/{id}/history", handler | {"X-Request-Id": "r-1"})

    reading = stored(either)[0]
    token = either.plaint.queries.tokens()[-1].principal.id
    assert reading.model_dump(exclude={"correlation_id"}) == {
        "originator_id": reading.originator_id,
        "originator_version": 1,
        "recorded_at": either.now,
        "occurred_at": either.now,
        "occurred_at_known": True,
        "actor": token,
        "causation_id": None,
        "part": Part.HISTORY,
        "principal": token,
        "behind": None,
        "request_id": "r-1",
        "purpose": None,
    }
    assert str(reading.originator_id) == id


def test_what_was_not_shown_was_not_read(
    world: World, handler: dict[str, str], stranger: dict[str, str], admin: dict[str, str]
):
    """A case of others, one that is not there, and lists, in which no case is opened."""
    id = world.received()

    world.get(f"/v1/complaints/{id}", stranger)
    world.get(f"/v1/complaints/{id}", admin)
    world.get("/v1/complaints/C-00000000000", handler)
    world.get("/v1/complaints", handler)
    world.get("/v1/queues/complaints", handler)

    assert stored(world) == []


def test_auditors_ask_for_readings_by_case_by_reader_and_by_time(either: World):
    auditor, handlers = either.token(Role.AUDITOR), [either.token(Role.HANDLER) for _ in range(2)]
    ids = [either.received(), either.received()]
    names = [row.principal.id for row in either.plaint.queries.tokens() if row.role is Role.HANDLER]
    for id in ids:
        for handler in handlers:
            either.later(minutes=1)
            either.get(f"/v1/complaints/{id}", handler)
    either.later(minutes=1)

    def asked(**query: Any) -> list[tuple[str, str]]:
        items = either.get("/v1/reads", auditor, **query).json()["items"]
        return [(item["case_id"], item["principal"]) for item in items]

    every = [(id, name) for id in ids for name in names]
    reference = either.get(f"/v1/complaints/{ids[1]}", handlers[0]).json()["reference"]
    assert asked() == every
    assert asked(case=ids[0]) == every[:2]
    assert asked(case=reference) == every[2:]
    assert asked(principal=names[1]) == [every[1], every[3]]
    assert asked(principal=names[1], case=ids[1]) == [every[3]]
    assert asked(**{"from": "2026-05-22T16:02:00Z", "to": "2026-05-22T16:04:00Z"}) == every[1:3]
    assert asked(principal="nobody") == []


def test_pages_of_readings_follow_one_another_to_an_end(world: World, handler: dict[str, str]):
    """Also where looking at them adds to the record itself."""
    auditor = world.token(Role.AUDITOR) | {"Purpose": "Whose purposes?"}
    id = world.received()
    for _ in range(3):
        world.get(f"/v1/complaints/{id}", handler)
    row = world.plaint.queries.case(UUID(id))
    who = Principal(id="auditor-7", role=Role.AUDITOR)
    assert row is not None
    world.plaint.readings.record(who, row, Part.DOCUMENT, "Audit of May")
    world.later(minutes=1)

    numbers: list[int] = []
    path: str | None = "/v1/reads?limit=1"
    while path:
        page = world.get(path, auditor).json()
        numbers += [item["number"] for item in page["items"]]
        path = page["next"]

    assert numbers == [1, 2, 3, 4]
    assert [each.part for each in stored(world)[4:]] == [Part.READS]


def test_a_purpose_is_shown_for_a_purpose_alone_and_that_is_recorded(either: World):
    auditor = either.token(Role.AUDITOR)
    id = either.received()
    row = either.plaint.queries.case(UUID(id))
    who = Principal(id="user:anna", role=Role.SUPERVISOR, behind="user:admin")
    assert row is not None
    either.plaint.readings.record(who, row, Part.DOCUMENT, "Asked by phone")
    either.later(minutes=1)

    without = either.get("/v1/reads", auditor).json()["items"]
    for_a_purpose = either.get("/v1/reads", auditor | {"Purpose": "Audit of May"}).json()["items"]

    assert without == [
        {
            "number": 1,
            "read_at": "2026-05-22T16:00:00Z",
            "case_id": id,
            "reference": row.reference,
            "part": "document",
            "principal": "user:anna",
            "behind": "user:admin",
            "request_id": None,
        }
    ]
    assert for_a_purpose == [without[0] | {"purpose": "Asked by phone"}]
    assert [(each.part, each.actor) for each in stored(either)] == [
        (Part.DOCUMENT, "user:anna by user:admin"),
        (Part.READS, either.plaint.queries.tokens()[0].principal.id),
    ]
    assert len(either.get("/v1/reads", auditor, principal="user:admin").json()["items"]) == 1


@pytest.mark.parametrize(
    "role", [Role.HANDLER, Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMIN, Role.COMPLAINANT]
)
@pytest.mark.parametrize("path", ["/v1/reads", "/v1/log"])
def test_auditors_alone_read_what_was_read_and_the_log(world: World, role: Role, path: str):
    problem(world.get(path, world.token(role)), "forbidden", 403)
    problem(world.get(path), "unauthenticated", 401)


def test_whose_reading_cannot_be_recorded_reads_nothing(world: World, handler: dict[str, str]):
    """Who must leave a trace waits for it; others go on, and their trace follows."""
    id, auditor = world.received(), world.token(Role.AUDITOR)
    world.plaint.readings.patience = 0.2
    blocking = sqlite3.connect(world.settings.data / "reads.db", isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")

    problem(world.get(f"/v1/complaints/{id}", auditor), "not-recorded", 503)
    assert world.get(f"/v1/complaints/{id}", handler).status_code == 200
    assert world.plaint.readings.waiting > 0

    blocking.execute("ROLLBACK")
    blocking.close()
    world.plaint.readings.patience = 20
    assert "handler" in {
        row.role for row in world.plaint.queries.tokens() if row.principal.id in readers(world)
    }
    assert world.get(f"/v1/complaints/{id}", auditor).status_code == 200


def readers(world: World) -> set[str]:
    return {each.principal for each in stored(world)}


@pytest.mark.parametrize("purpose", ["", " ", "a\x7f", "x" * 201])
def test_a_malformed_purpose_is_refused(world: World, purpose: str):
    problem(world.get("/v1/log", world.token(Role.AUDITOR) | {"Purpose": purpose}), "malformed-header", 400)


def of_one_entity(world: World, entity: str = "other") -> None:
    """Let every request from here on come from an auditor of that legal entity."""
    who = Principal(id="user:eve", role=Role.AUDITOR, legal_entities=(entity,))
    world.app.dependency_overrides[auth.somebody] = lambda: who


def test_a_case_that_is_hidden_is_asked_for_like_one_that_is_not_there(world: World, handler: dict[str, str]):
    """Whether anybody has read it says that it is there."""
    id = world.received()
    reference = world.get(f"/v1/complaints/{id}", handler).json()["reference"]
    world.later(minutes=1)
    of_one_entity(world)

    unknown = problem(world.get("/v1/reads", case="019e5048-3f00-8d2a-8c5b-000000000000"), "not-found", 404)

    assert problem(world.get("/v1/reads", case=id), "not-found", 404) == unknown
    assert problem(world.get("/v1/reads", case=reference), "not-found", 404) == unknown


def test_a_page_says_nothing_of_readings_that_it_does_not_show(
    world: World, handler: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """It is full, or the last one, however many hidden ones lie between."""
    monkeypatch.setattr(reads, "AT_ONCE", 2)
    add_entity(world, "other")
    ours = [world.received(legal_entity="other") for _ in range(2)]
    theirs = world.received()
    for id in (theirs, ours[0], theirs, theirs, theirs, theirs, ours[1], theirs, theirs, theirs):
        world.later(minutes=1)
        assert world.get(f"/v1/complaints/{id}", handler).status_code == 200
    world.later(minutes=1)
    of_one_entity(world)

    first = world.get("/v1/reads", limit=1).json()
    second = world.get(first["next"]).json()

    assert [[item["case_id"] for item in page["items"]] for page in (first, second)] == [[ours[0]], [ours[1]]]
    assert second["next"] is None
    assert world.get("/v1/reads", limit=2).json()["next"] is None


def test_a_request_looks_at_so_many_readings_and_the_next_goes_on(
    world: World, handler: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reads, "AT_ONCE", 2)
    monkeypatch.setattr(reads, "MOST_PASSED", 4)
    add_entity(world, "other")
    theirs, ours = world.received(), world.received(legal_entity="other")
    for id in (*[theirs] * 5, ours):
        world.later(minutes=1)
        world.get(f"/v1/complaints/{id}", handler)
    world.later(minutes=1)
    of_one_entity(world)

    first = world.get("/v1/reads").json()

    assert first["items"] == []
    assert [item["case_id"] for item in world.get(first["next"]).json()["items"]] == [ours]
