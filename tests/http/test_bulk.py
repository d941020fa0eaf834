"""One command for many complaints: each has its own result, and the whole may be repeated."""

from __future__ import annotations

from typing import Any

import pytest
from httpx2 import Response

from domain.access import Role
from tests.http.world import World, pointers, problem


def ask_all(
    world: World, who: dict[str, str], command: str, items: list[dict[str, Any]], key: str | None = None
) -> Response:
    headers = who | ({"Idempotency-Key": key} if key else {})
    body = {"command": command, "items": items}
    answer = world.client.post("/v1/complaints/bulk", json=body, headers=headers)
    world.settle()
    return answer


def test_each_item_has_the_answer_that_the_command_alone_would_have(either: World):
    handler, hidden = either.token(Role.HANDLER), either.received()
    first, second = either.received(), either.received()
    either.token(Role.HANDLER, "payments")
    either.ask(hidden, "assign", either.token(Role.SUPERVISOR), {"team": "payments"}, tag="*")

    answer = ask_all(
        either,
        handler,
        "assign",
        [
            {"id": first, "version": 3, "body": {"assignee": "anna"}},
            {"id": second, "version": 2, "body": {"assignee": "anna"}},
            {"id": hidden, "body": {"assignee": "anna"}},
            {"id": "C-NONE", "body": {"assignee": "anna"}},
        ],
    )

    assert answer.status_code == 200
    done, stale, foreign, absent = answer.json()["results"]
    row = either.get(f"/v1/complaints/{first}", handler).json()
    assert done == {
        "id": first,
        "status": 200,
        "reference": row["reference"],
        "version": 4,
        "position": row["position"],
        "problem": None,
    }
    assert row["assignee"] == "anna"
    assert (stale["status"], stale["problem"]["version"]) == (412, 3)
    assert [each["problem"]["type"] for each in (foreign, absent)] == ["urn:plaint:problem:not-found"] * 2
    assert foreign["problem"] == absent["problem"]


def test_a_fault_is_told_by_its_place_in_the_whole_body(world: World, handler: dict[str, str]):
    id = world.received()

    answer = ask_all(world, handler, "escalate", [{"id": id, "body": {"level": 9, "colour": "red"}}])

    (result,) = answer.json()["results"]
    assert result["status"] == 422
    assert {each["pointer"] for each in result["problem"]["errors"]} == {
        "/items/0/body/reason",
        "/items/0/body/level",
        "/items/0/body/colour",
    }


def test_the_whole_is_safe_to_repeat_and_goes_on_where_it_was_broken_off(
    world: World, handler: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """The second case cannot be saved at first: nothing is answered, and only it is recorded later."""
    ids = [world.received(), world.received()]
    items = [{"id": id, "body": {"text": "Called."}} for id in ids]
    put, calls = world.plaint.store.put, list[int]()

    def once(*cases: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise OSError
        return put(*cases, **more)

    with monkeypatch.context() as broken:
        broken.setattr(world.plaint.store, "put", once)
        assert problem(ask_all(world, handler, "note", items, "k1"), "internal", 500)
    before = world.plaint.store.count()
    first = ask_all(world, handler, "note", items, "k1").json()
    again = ask_all(world, handler, "note", items, "k1").json()

    assert [each["version"] for each in first["results"]] == [4, 4]
    assert again == first
    assert world.plaint.store.count() == before + 1
    other = ask_all(world, handler, "note", [items[0] | {"body": {"text": "Wrote."}}], "k1")
    assert problem(other, "key-reused", 422)


def test_what_a_role_may_not_do_is_refused_item_by_item(world: World, handler: dict[str, str]):
    id = world.received()
    clock = {"clock": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "reason_code": "third_party"}

    (result,) = ask_all(world, handler, "excuse-miss", [{"id": id, "body": clock}]).json()["results"]

    assert (result["status"], result["problem"]["type"]) == (403, "urn:plaint:problem:forbidden")
    assert problem(ask_all(world, {}, "note", []), "unauthenticated", 401)


@pytest.mark.parametrize(
    ("command", "items", "where"),
    [
        ("dance", [{"id": "x"}], ["/command"]),
        ("note", [], ["/items"]),
        ("note", [{"id": "x"}] * 101, ["/items"]),
        ("note", [{"id": "x"}, {"id": "X"}], ["/items/1/id"]),
        ("note", [{"id": "x", "version": 0}], ["/items/0/version"]),
        ("note", [{"id": "x", "text": "y"}], ["/items/0/text"]),
    ],
)
def test_a_list_that_cannot_be_is_refused_whole(
    world: World, handler: dict[str, str], command: str, items: list[dict[str, Any]], where: list[str]
):
    assert pointers(ask_all(world, handler, command, items)) == where


@pytest.mark.parametrize(
    ("items", "detail"),
    [([], "Give at least 1."), ([{"id": "x", "body": "text"}], "Give an object.")],
)
def test_what_is_no_list_of_bodies_is_told_what_to_give(
    world: World, handler: dict[str, str], items: list[dict[str, Any]], detail: str
):
    (mistake,) = ask_all(world, handler, "note", items).json()["errors"]

    assert mistake["detail"] == detail
