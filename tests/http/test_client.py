"""The client reads its own writes, repeats what may be repeated, and raises what the desk refuses."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx2
import pytest

from adapters.client import ATTEMPTS, Client, PlaintProblem
from adapters.forms import shipped_forms
from domain.access import Role
from tests.http.world import A_COMPLAINT, World, a_ticket

ADDRESS = "http://testserver"


@pytest.fixture
def desk(world: World) -> Generator[Client]:
    """A client of a supervisor; the worker runs, so that reads have something to wait for."""
    world.plaint.worker.start()
    token = world.token(Role.SUPERVISOR)["Authorization"].removeprefix("Bearer ")
    with Client(ADDRESS, token=token, http=world.client) as client:
        yield client
    world.plaint.worker.stop()


def answering(*answers: httpx2.Response | Exception) -> tuple[Client, list[httpx2.Request], list[float]]:
    """Return a client of a desk that answers so in turn, what it asked, and how long it waited."""
    asked, waits, left = list[httpx2.Request](), list[float](), list(answers)

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    http = httpx2.Client(base_url=ADDRESS, transport=httpx2.MockTransport(answer))
    return Client(ADDRESS, http=http, wait=waits.append), asked, waits


def refused(status: int, headers: dict[str, str] | None = None, **document: Any) -> httpx2.Response:
    return httpx2.Response(status, json={"title": "No", "detail": "Wait."} | document, headers=headers)


def written(position: str = "00:7") -> httpx2.Response:
    return httpx2.Response(201, json={"id": "1", "reference": "C-1", "version": 3, "position": position})


def test_a_case_is_sent_worked_and_read(desk: Client):
    """Every read shows what was written just before it."""
    received = desk.send_complaint(**A_COMPLAINT)
    first = desk.complaint(received.id)
    acknowledged = desk.command(received.id, "acknowledge", version=first["version"])
    desk.command(received.id, "note", {"text": "Called."})

    assert desk.complaint(received.reference)["status"] == "acknowledged"
    assert [each["id"] for each in desk.cases(status="acknowledged")] == [received.id]
    assert [each["id"] for each in desk.queue("complaints")] == [received.id]
    assert acknowledged.version > first["version"]
    assert desk.history(received.id)[-1]["topic"] == "complaint.noted"
    (met, running) = desk.clocks(received.id)
    assert (met["status"], running["status"]) == ("met", "running")
    assert "explanation" in desk.explain(received.id, met["id"])
    assert desk.dashboard()["open"] == 1


def test_lists_are_read_to_their_end(desk: Client):
    ids = {desk.send_complaint(**A_COMPLAINT).id for _ in range(5)}

    assert {each["id"] for each in desk.cases(limit=2)} == ids


def test_many_are_asked_at_once_and_tickets_alike(desk: Client, world: World):
    ids = [desk.send_complaint(**A_COMPLAINT).id for _ in range(2)]
    ticket = a_ticket(world)

    results = desk.command_all("assign", [{"id": id, "body": {"assignee": "anna"}} for id in ids])
    desk.command(ticket, "solve", kind="tickets")

    assert [each["status"] for each in results] == [200, 200]
    assert {each["assignee"] for each in desk.cases()} == {"anna"}
    assert desk.ticket(ticket)["status"] == "solved"


def test_a_request_is_sent_through_its_form_and_found_by_its_words(desk: Client, world: World):
    fields = {"account_email": "someone@example.org", "subject": "Statement", "description": "Of last year."}
    sent = desk.send_ticket("general_request", fields, contact_email="someone@example.org")
    desk.send_complaint(**A_COMPLAINT)
    world.plaint.search.engine.catch_up()

    assert desk.ticket(sent.id)["submission"]["form"] == "general_request"
    assert [each["id"] for each in desk.search("statement", kind="ticket")] == [sent.id]
    assert list(desk.search("nobody-said-that")) == []


def test_what_is_refused_is_raised_with_its_document(desk: Client):
    id = desk.send_complaint(**A_COMPLAINT).id
    with pytest.raises(PlaintProblem) as stale:
        desk.command(id, "acknowledge", version=1)
    with pytest.raises(PlaintProblem) as wrong:
        desk.command(id, "note", {"colour": "red"})

    assert (stale.value.status, stale.value.type) == (412, "urn:plaint:problem:stale-version")
    assert stale.value.document["version"] == 3
    assert {each["pointer"] for each in wrong.value.errors} == {"/text", "/colour"}


def test_forms_need_no_token(world: World):
    client = Client(ADDRESS, http=world.client)

    assert [each["id"] for each in client.forms("fr")] == sorted(shipped_forms())
    assert client.form("complaint", "fr")["language"] == "fr"
    with pytest.raises(PlaintProblem, match="401"):
        client.complaint("x")


def test_a_write_is_repeated_under_one_key_until_it_is_answered():
    busy = refused(503, {"Retry-After": "2"})
    progress = refused(409, {"Retry-After": "1"}, type="urn:plaint:problem:in-progress")
    client, asked, waits = answering(busy, httpx2.ConnectError("gone"), progress, written())

    assert client.send_complaint(details="x").version == 3
    assert waits == [2.0, 0.5, 1.0]
    assert len({request.headers["idempotency-key"] for request in asked}) == 1
    assert len({request.content for request in asked}) == 1


def test_what_stays_refused_is_raised_at_last():
    client, asked, _ = answering(*[refused(429, {"Retry-After": "1"})] * ATTEMPTS)
    with pytest.raises(PlaintProblem, match="429"):
        client.forms()
    assert len(asked) == ATTEMPTS


@pytest.mark.parametrize(
    "answer", [refused(409), refused(422), refused(500), refused(429, {"Retry-After": "3600"})]
)
def test_what_does_not_pass_is_not_repeated(answer: httpx2.Response):
    client, asked, _ = answering(answer)
    with pytest.raises(PlaintProblem):
        client.send_complaint()
    assert len(asked) == 1


def test_a_desk_that_cannot_be_reached_is_told_as_such():
    client, _, waits = answering(*[httpx2.ConnectError("gone")] * ATTEMPTS)
    with pytest.raises(httpx2.ConnectError):
        client.forms()
    assert waits == [0.25, 0.5, 1.0, 2.0]


def test_an_answer_of_something_between_is_a_problem_too():
    client, _, _ = answering(httpx2.Response(502, text="<html>"))
    with pytest.raises(PlaintProblem) as refusal:
        client.dashboard()
    assert refusal.value.type == "about:blank"


def test_a_read_waits_for_the_furthest_place_of_each_log():
    empty = httpx2.Response(200, json={})
    client, asked, _ = answering(written("00:7"), written("03:2"), written("00:5"), empty)
    for _ in range(3):
        client.send_complaint()
    client.dashboard()

    assert asked[-1].url.params["after"] == "00:7,03:2"
