"""Two of the same request at the same time: one is carried out, the other is told to wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from httpx2 import Response

from domain.access import Role
from tests.http.world import A_COMPLAINT, World, pointers, problem

PATIENCE = 60


class Gate:
    """Holds whoever comes first until it is opened; later ones pass."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = Event(), Event()
        put = world.plaint.store.put

        def held(*cases: Any, **more: Any) -> Any:
            self.reached.set()
            assert self.opened.wait(PATIENCE)
            return put(*cases, **more)

        monkeypatch.setattr(world.plaint.store, "put", held)


def send(world: World, key: str, **facts: Any) -> Response:
    return world.client.post("/v1/complaints", json=A_COMPLAINT | facts, headers={"Idempotency-Key": key})


def test_a_request_that_comes_while_the_first_is_carried_out_is_told_so(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    gate = Gate(world, monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, world, "k1")
        assert gate.reached.wait(PATIENCE)
        second = send(world, "k1")
        gate.opened.set()
        answer = first.result(PATIENCE)

    assert problem(second, "in-progress", 409)
    assert second.headers["retry-after"] == "1"
    assert answer.status_code == 201
    assert send(world, "k1").json() == answer.json()


def test_only_the_same_key_at_the_same_address_waits(
    world: World, handler: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    id = world.received()
    gate = Gate(world, monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, world, "k1")
        assert gate.reached.wait(PATIENCE)
        others = pool.submit(world.ask, id, "note", handler, {"text": "x"}, tag="*", key="k1")
        gate.opened.set()
        assert (first.result(PATIENCE).status_code, others.result(PATIENCE).status_code) == (201, 200)


def test_a_key_is_free_again_after_a_failure(world: World, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(world.plaint.store, "put", fail)
        assert problem(send(world, "k1"), "internal", 500)
    assert problem(send(world, "k1", details=""), "invalid", 422)

    assert send(world, "k1").status_code == 201


def test_a_complaint_that_would_be_refused_by_now_keeps_its_first_answer(world: World):
    """Clocks of servers differ: what one took lies in the future of another."""
    sent_at = world.now.isoformat()
    first = send(world, "k1", sent_at=sent_at)
    world.later(hours=-1)

    again = send(world, "k1", sent_at=sent_at)

    assert (again.status_code, again.json()) == (201, first.json())
    assert problem(send(world, "k1"), "key-reused", 422)
    assert problem(send(world, "k2", sent_at=sent_at), "rule", 422)
    assert [e.TOPIC for _, e in world.plaint.store.everything()].count("complaint.received") == 1


def test_a_repeat_is_known_before_anything_else_is_judged(world: World, handler: dict[str, str]):
    """Also when the case has gone out of sight meanwhile, and with no If-Match at all."""
    id = world.received()
    first = world.ask(id, "assign", handler, {"team": "complaints", "assignee": "a"}, version=3, key="k1")
    world.token(Role.HANDLER, "payments")
    assert world.ask(id, "assign", handler, {"team": "payments"}, tag="*").status_code == 200
    assert problem(world.get(f"/v1/complaints/{id}", handler), "not-found", 404)

    assert world.ask(id, "assign", handler, {"team": "complaints", "assignee": "a"}, key="k1").json() == (
        first.json()
    )


def test_a_name_given_twice_is_refused(world: World):
    answer = world.client.post(
        "/v1/complaints",
        content=b'{"details": "a", "details": "b"}',
        headers={"Content-Type": "application/json"},
    )

    assert problem(answer, "malformed-json", 400)["detail"] == "Name each property of an object once."
    assert pointers(world.send(surprise=1)) == ["/surprise"]
