"""Events as they happen: to whom they are told, how a stream is resumed, and how it ends."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import structlog

from adapters import tokens
from adapters.eventstore.tables import position
from adapters.http import stream
from adapters.http.problems import Kind, Problem
from adapters.live import hub
from domain.access import Principal, Role, Scope
from domain.ids import log_of, new_id
from domain.ticket import Ticket
from domain.ticket.request import Request
from tests.http.server import Listener, Live, serving, until
from tests.http.staffing import add, post
from tests.http.test_tickets import ticket
from tests.http.world import World, problem


@pytest.fixture
def live(world: World) -> Generator[Live]:
    """A desk on SQLite, served in this process."""
    with serving(world) as served:
        yield served


def in_the_log(world: World, *ids: str) -> list[str]:
    """Return the place of every event of those cases, or of any case, in the order of each log."""
    rows = world.plaint.queries.rows({event.originator_id for _, event in world.plaint.store.everything()})
    return [
        position(log_of(event.originator_id), number)
        for number, event in world.plaint.store.everything()
        if event.originator_id in rows and (not ids or str(event.originator_id) in ids)
    ]


def tickets(world: World, number: int) -> None:
    """Let so many tickets be opened, by one append."""
    by, rules = world.plaint.desk.context("import:itsm"), world.plaint.desk.rules
    cases = [Ticket(new_id(by.recorded_at, world.chance(10))) for _ in range(number)]
    for case in cases:
        case.open(Request.model_validate({"form": "itsm", "category": "42"}), by, rules, pins=())
    world.plaint.store.append(*cases)
    world.settle()


def places(listener: Listener) -> list[str]:
    return [each.data["position"] for each in listener.told if each.event != "bye"]


def test_events_are_told_as_they_happen_and_concern_nobody(either: World):
    handler = either.token(Role.HANDLER)
    with serving(either) as live:
        listener = Listener(live.base, handler).opened()
        id = either.received()
        listener.until(3)
        either.ask(id, "note", handler, {"text": "Called."}, version=3)
        listener.until(4)

    listener.join()
    row = either.plaint.queries.case(UUID(id))
    assert row is not None
    assert listener.content_type == "text/event-stream; charset=utf-8"
    assert listener.topics == [
        "complaint.received",
        "clock.started",
        "clock.started",
        "complaint.noted",
        "bye",
    ]
    assert listener.told[3].data == {
        "position": in_the_log(either, id)[-1],
        "topic": "complaint.noted",
        "id": id,
        "reference": row.reference,
        "kind": "complaint",
        "recorded_at": "2026-05-22T16:00:00Z",
        "team": "complaints",
        "version": 4,
    }
    assert places(listener) == in_the_log(either, id)
    assert listener.told[-1].data == {"reason": "stopping"}


def told_beyond_their_rights(live: Live) -> set[str]:
    """Let things happen in two teams; return who was told of a case that does not exist for them."""
    world = live.world
    headers = {
        "complaints": world.token(Role.HANDLER),
        "support": world.token(Role.HANDLER, "support"),
        "all": world.token(Role.SUPERVISOR),
    }
    listeners = {name: Listener(live.base, each).opened() for name, each in headers.items()}
    ours, theirs = world.received(), ticket(world, team="support")
    seen = {"complaints": {ours}, "support": {theirs}, "all": {ours, theirs}}
    last = position(0, world.plaint.store.count())
    listeners["all"].until(len(in_the_log(world, ours, theirs)))
    assert places(listeners["all"])[-1] == last
    until(lambda: all(each.told for each in listeners.values()))
    live.stop()
    found = {name: {each.data["id"] for each in one.facts()} for name, one in listeners.items()}
    return {name for name, ids in found.items() if ids != seen[name]}


def test_nobody_is_told_of_a_case_that_does_not_exist_for_them(live: Live):
    assert told_beyond_their_rights(live) == set()


def test_a_stream_without_the_policy_would_be_noticed(live: Live, monkeypatch: pytest.MonkeyPatch):
    """The same check, with the hole in it: a scope that admits every case."""

    def everything(_scope: Scope, _case: object) -> bool:
        return True

    monkeypatch.setattr(Scope, "admits", everything)

    assert told_beyond_their_rights(live) == {"complaints", "support"}


def test_a_stream_tells_what_was_asked_for(live: Live):
    world, supervisor = live.world, live.world.token(Role.SUPERVISOR)
    first = world.received()
    asked = {
        "case": {"case": first},
        "kind": {"kind": "ticket"},
        "team": {"team": "complaints"},
        "none": {"team": "payments"},
    }
    listeners = {name: Listener(live.base, supervisor, query).opened() for name, query in asked.items()}
    world.ask(first, "note", supervisor, {"text": "Called."}, version=3)
    second, third = world.received(), ticket(world, team="support")
    listeners["kind"].until(1)
    listeners["team"].until(4)
    live.stop()

    found = {name: [each.data.get("id") for each in one.facts()] for name, one in listeners.items()}
    assert found["case"] == [first]
    assert found["team"] == [first, second, second, second]
    assert set(found["kind"]) == {third}
    assert found["none"] == []


def test_a_complainant_follows_their_own_case_as_far_as_it_concerns_them(live: Live):
    world, handler = live.world, live.world.token(Role.HANDLER)
    own, other = world.received(), world.received()
    who = Principal(id="link:1", role=Role.COMPLAINANT, cases=frozenset({UUID(own)}))
    overrides: dict[Any, Any] = world.app.dependency_overrides
    overrides[stream.listener] = lambda: who
    overrides[stream.asking_again] = lambda: lambda: who

    refused = world.get("/v1/stream", case=other)
    listener = Listener(live.base, {}).opened()
    for id in (own, other):
        version = 3
        for text, visibility in (("Internal.", "internal"), ("Dear customer", "customer")):
            body = {"text": text, "visibility": visibility}
            world.ask(id, "note", handler, body, version=version)
            version += 1
    listener.until(1)
    live.stop()

    problem(refused, "not-found", 404)
    row = world.plaint.queries.case(UUID(own))
    assert row is not None
    assert [each.data for each in listener.facts()] == [
        {
            "position": in_the_log(world, own)[-1],
            "topic": "complaint.noted",
            "id": own,
            "reference": row.reference,
            "kind": "complaint",
            "recorded_at": "2026-05-22T16:00:00Z",
        }
    ]


@pytest.mark.parametrize("header", [True, False])
def test_a_stream_goes_on_where_it_stood_and_misses_nothing(
    either: World, header: bool, monkeypatch: pytest.MonkeyPatch
):
    """What happened meanwhile is read from the log in batches, through the same filter."""
    monkeypatch.setattr(hub, "BATCH", 2)
    supervisor = either.token(Role.SUPERVISOR)
    with serving(either) as live:
        first = Listener(live.base, supervisor).opened()
        either.received()
        first.until(2)
        stood, seen = first.told[1].id, places(first)[:2]
        either.received()
        ticket(either)
        at = {"Last-Event-ID": stood} if header else {}
        query = {} if header else {"after": stood}
        second = Listener(live.base, supervisor | at, query).opened()
        second.until(len(in_the_log(either)) - 2)
        either.received()
        second.until(len(in_the_log(either)) - 2)

    missed = sorted(seen + places(second))
    assert missed == sorted(in_the_log(either))
    assert len(places(second)) == len(set(places(second)))


def test_from_the_first_event_on(live: Live):
    world = live.world
    id = world.received()
    listener = Listener(live.base, world.token(Role.SUPERVISOR), {"after": "00:0"}).opened()
    listener.until(3)

    assert places(listener) == in_the_log(world, id)


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_token_that_opens_nothing_any_more_ends_its_stream(live: Live, how: str):
    world = live.world
    until_then = world.now.replace(hour=23)
    token = tokens.create(world.plaint, Role.HANDLER, expires_at=until_then)
    other = Listener(live.base, world.token(Role.HANDLER)).opened()
    world.settle()
    listener = Listener(live.base, {"Authorization": f"Bearer {token.secret}"}).opened()

    if how == "revoked":
        tokens.revoke(world.plaint, token.id)
        world.plaint.wake()
    else:
        world.now = until_then
    until(lambda: listener.ended)

    assert [(each.event, each.data) for each in listener.told] == [("bye", {"reason": "revoked"})]
    assert not other.ended
    # The reader has the last line before the hub has counted that it went.
    until(lambda: world.plaint.streams.closed["revoked"] == 1)


def test_a_reader_who_does_not_read_is_cut_off_and_nobody_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "SEND", 0.5)
    supervisor = world.token(Role.SUPERVISOR)
    tickets(world, 600)
    with serving(world, buffer=4_096) as live:
        host, port = live.base.removeprefix("http://").split(":")
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.connect((host, int(port)))
            request = f"GET /v1/stream?after=00:0 HTTP/1.1\r\nHost: {host}\r\nAuthorization: {supervisor['Authorization']}\r\n\r\n"
            slow.sendall(request.encode())
            until(lambda: world.plaint.streams.open == 1)
            quick = Listener(live.base, supervisor).opened()
            world.received()
            quick.until(3)
            until(lambda: world.plaint.streams.closed["slow"] == 1)
            assert world.plaint.streams.open == 1
            assert not quick.ended


def test_streams_are_counted_and_have_a_limit(live: Live):
    world, streams = live.world, live.world.plaint.streams
    one, two = world.token(Role.HANDLER), world.token(Role.HANDLER)
    streams.each, streams.most = 1, 2
    listener = Listener(live.base, one).opened()

    assert "plaint_streams_open 1\n" in world.get("/metrics", one).text
    problem(world.get("/v1/stream", one), "too-many-requests", 429)
    listeners = [listener, Listener(live.base, two).opened()]
    problem(world.get("/v1/stream", world.token(Role.HANDLER)), "unavailable", 503)
    listeners[0].close()
    world.received()  # whoever left notices when there is something to send
    until(lambda: streams.open == 1)
    Listener(live.base, one).opened()
    assert streams.closed == {"left": 1}


def test_twenty_streams_end_at_once_when_the_desk_closes(live: Live):
    world = live.world
    live.server.config.timeout_graceful_shutdown = 30
    listeners = [Listener(live.base, world.token(Role.HANDLER)) for _ in range(20)]
    for each in listeners:
        each.opened()

    took = live.stop()

    for each in listeners:
        each.join()
    assert [each.bye for each in listeners] == ["stopping"] * 20
    assert took < 15  # less than what open requests are given, which is prolonged for this test
    assert world.plaint.streams.open == 0
    problem(world.get("/v1/stream", world.token(Role.HANDLER)), "unavailable", 503)


def test_silence_is_broken_now_and_then(live: Live, monkeypatch: pytest.MonkeyPatch):
    """And says how far the logs were told, so that a reader of few cases resumes near the end."""
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    listener = Listener(live.base, live.world.token(Role.HANDLER, "nobody")).opened()
    live.world.received()
    end = position(0, live.world.plaint.store.count())

    until(lambda: listener.id == end)

    assert listener.told == []


def test_who_has_no_cases_has_no_stream(world: World, admin: dict[str, str], stranger: dict[str, str]):
    id = world.received()

    problem(world.get("/v1/stream"), "unauthenticated", 401)
    problem(world.get("/v1/stream", admin), "forbidden", 403)
    problem(world.get("/v1/stream", stranger, case=id), "not-found", 404)
    problem(world.get("/v1/stream", stranger | {"Last-Event-ID": "yesterday"}), "malformed-header", 400)
    problem(world.get("/v1/stream", stranger, after="00:999"), "invalid", 422)
    problem(world.get("/v1/stream", stranger, after="07:1"), "invalid", 422)
    problem(world.get("/v1/stream", stranger, severity="high"), "invalid", 422)


def checked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have rights looked up often; return how many streams were asked about, each time."""
    found: list[int] = []
    ask = hub._ask

    def counted(asked: Any) -> Any:
        answer = ask(asked)
        found.append(len(asked))
        return answer

    monkeypatch.setattr(hub, "_ask", counted)
    monkeypatch.setattr(hub, "CHECK", 0.05)
    return found


def test_streams_of_one_token_on_behalf_of_two_stay_theirs(live: Live, monkeypatch: pytest.MonkeyPatch):
    """And that somebody acts as another is on record once, not at every look at their rights."""
    world, admin = live.world, live.world.token(Role.ADMIN)
    assert post(world, "/v1/teams", admin, {"name": "payments"}).status_code == 201
    add(world, admin, "anna")
    add(world, admin, "bert", teams=["payments"])
    checks = checked(monkeypatch)
    with structlog.testing.capture_logs() as logs:
        anna, bert = (
            Listener(live.base, admin | {"On-Behalf-Of": f"user:{login}"}).opened()
            for login in ("anna", "bert")
        )
        until(lambda: checks.count(2) > 2)
        world.later(hours=1)
        until(lambda: checks.count(2) > 8)
        ours, theirs = world.received(), ticket(world, team="payments")
        until(lambda: anna.told and bert.told)
        live.stop()

    assert {each.data["id"] for each in anna.facts()} == {ours}
    assert {each.data["id"] for each in bert.facts()} == {theirs}
    acted = [each["principal"] for each in logs if each["event"] == "acted_on_behalf"]
    assert acted == ["user:anna", "user:bert"]
    topics = [event.TOPIC for _, event in world.plaint.store.everything()]
    assert topics.count("user.impersonated") == 2


def test_a_provider_that_is_away_takes_nobody_s_rights_back(live: Live, monkeypatch: pytest.MonkeyPatch):
    """The stream ends, since they cannot be looked up, and its reader is told to come back."""
    listener = Listener(live.base, live.world.token(Role.HANDLER)).opened()

    def away(*_: object) -> None:
        raise Problem(Kind.IDENTITY_AWAY)

    monkeypatch.setattr(stream, "still_somebody", away)
    until(lambda: listener.ended)

    assert listener.bye == "unavailable"


def test_head_is_told_that_there_is_a_stream_and_its_connection_goes_on(live: Live, world: World):
    headers = world.token(Role.HANDLER)
    address = urlsplit(live.base)
    with closing(HTTPConnection(address.hostname or "", address.port, timeout=60)) as connection:
        connection.request("HEAD", "/v1/stream", headers=headers)
        head = connection.getresponse()
        head.read()
        connection.request("GET", "/v1/me", headers=headers)
        following = connection.getresponse()

    assert (head.status, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert following.status == 200
