"""An administrator may act as a user: with that user's rights, and never unseen."""

from __future__ import annotations

from uuid import UUID

import pytest
import structlog

from domain.access import Role
from domain.directory import user_id
from tests.http.staffing import Headers, add
from tests.http.world import World, problem


def as_(who: Headers, named: str, **more: str) -> Headers:
    return who | {"On-Behalf-Of": named} | more


@pytest.fixture
def anna(world: World, admin: Headers) -> Headers:
    """What an administrator sends to act as anna, a handler."""
    add(world, admin, "anna")
    add(world, admin, "root", role="admin")
    return as_(admin, "user:anna")


def impersonations(world: World) -> list[tuple[str, str]]:
    return [
        (event.TOPIC, event.actor)
        for event in world.plaint.store.history(user_id("anna"))
        if event.TOPIC == "user.impersonated"
    ]


def test_the_request_is_judged_with_the_rights_of_the_user(world: World, admin: Headers, anna: Headers):
    id = world.received()
    assert world.get(f"/v1/complaints/{id}", admin).status_code == 403

    assert world.get(f"/v1/complaints/{id}", anna).status_code == 200
    assert problem(world.client.post("/v1/teams", json={"name": "x"}, headers=anna), "forbidden", 403)
    me = world.get("/v1/me", anna).json()
    assert (me["id"], me["role"], me["behind"]) == (
        "user:anna",
        "handler",
        world.get("/v1/me", admin).json()["id"],
    )


def test_what_is_recorded_names_both(world: World, admin: Headers, anna: Headers):
    id, real = world.received(), world.get("/v1/me", admin).json()["id"]

    assert world.ask(id, "acknowledge", anna, {}, tag="*").status_code == 200

    last = world.plaint.store.history(UUID(id))
    assert {event.actor for event in last if event.TOPIC == "complaint.acknowledged"} == {
        f"user:anna by {real}"
    }


def test_a_sitting_is_recorded_once_and_every_request_is_logged(world: World, admin: Headers, anna: Headers):
    real = world.get("/v1/me", admin).json()["id"]
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert world.get("/v1/complaints", anna).status_code == 200
    assert impersonations(world) == [("user.impersonated", real)]
    assert [each["behind"] for each in logs if each["event"] == "acted_on_behalf"] == [real] * 3

    world.later(minutes=15)
    assert world.get("/v1/complaints", anna).status_code == 200
    assert len(impersonations(world)) == 2


def test_a_reason_is_kept_sealed_with_it(world: World, anna: Headers):
    world.get("/v1/complaints", anna | {"On-Behalf-Of-Reason": "Cannot find the case."})

    event = world.plaint.store.history(user_id("anna"))[-1]
    assert (event.TOPIC, getattr(event, "reason", None)) == ("user.impersonated", "Cannot find the case.")


@pytest.mark.parametrize(
    ("named", "answer"),
    [
        ("anna", ("malformed-header", 400)),
        ("user:nobody", ("forbidden", 403)),
        ("user:root", ("forbidden", 403)),
    ],
)
def test_nobody_acts_as_an_administrator_or_a_stranger(
    world: World, admin: Headers, anna: Headers, named: str, answer: tuple[str, int]
):
    assert anna
    assert problem(world.get("/v1/me", as_(admin, named)), *answer)
    assert impersonations(world) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_administrator_acts_as_another(world: World, anna: Headers, role: Role):
    who = world.token(role)

    assert problem(world.get("/v1/me", as_(who, "user:anna")), "forbidden", 403)
    assert impersonations(world) == []
