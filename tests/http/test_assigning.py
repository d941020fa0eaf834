"""A team that assigns by itself: cases go to who has room, and wait where nobody has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from adapters import directory
from domain.access import Role
from domain.commands import Resolve
from domain.directory import Team, User, orders, team_id, user_id
from tests.http.reacting import react
from tests.http.world import World, pointers


@pytest.fixture(autouse=True)
def staffed(world: World) -> None:
    """Two people who may have one case each, one of whom answers in French."""
    add(world, "anna", capacity=1, languages=("fr",))
    add(world, "ben", capacity=1)
    order = orders.ChangeTeam(assignment="round_robin")
    directory.ask(world.plaint, Team, team_id("complaints"), order, "setup")
    react(world)


def add(world: World, login: str, **facts: Any) -> None:
    order = orders.AddUser(login=login, name=login, role=Role.HANDLER, teams=("complaints",), **facts)
    directory.ask(world.plaint, User, user_id(login), order, "setup")


def received(world: World, **facts: Any) -> UUID:
    id = UUID(world.received(**facts))
    react(world)
    return id


def holder(world: World, id: UUID) -> str | None:
    row = world.plaint.queries.case(id)
    return row.assignee if row else None


def test_cases_are_given_to_who_has_room_and_wait_until_somebody_has(world: World):
    french, english, third = received(world, language="fr"), received(world), received(world)

    assert [holder(world, id) for id in (french, english, third)] == ["user:anna", "user:ben", None]
    actors = {e.actor for e in world.plaint.store.history(french) if e.TOPIC == "complaint.assigned"}
    assert actors == {"reaction:assign_to_the_least_busy_of_the_team"}

    resolve = Resolve(outcome="upheld", reasons="It was sent.")
    world.ask(str(english), "investigate", who := world.token(Role.SUPERVISOR), version=4)
    world.plaint.desk.command(english, resolve, "user:ben")
    react(world)
    assert holder(world, third) == "user:ben"

    fourth = received(world)
    assert holder(world, fourth) is None
    directory.ask(world.plaint, User, user_id("anna"), orders.ChangeUser(capacity=2), "setup")
    react(world)
    assert holder(world, fourth) == "user:anna"
    assert world.get("/v1/users/anna", who).json()["languages"] == ["fr"]


def test_who_is_named_by_hand_may_have_more_than_their_capacity(world: World):
    who, id = world.token(Role.SUPERVISOR), received(world)
    first = holder(world, id)
    second = received(world)

    answer = world.ask(str(second), "assign", who, {"assignee": first}, version=4)
    react(world)

    assert (answer.status_code, holder(world, second)) == (200, first)


def test_one_case_is_handed_over_with_a_reason_that_its_history_tells(world: World):
    who, id = world.token(Role.SUPERVISOR), received(world)
    first = holder(world, id)
    other = "user:ben" if first == "user:anna" else "user:anna"
    body = {"assignee": other, "reason_code": "expertise", "reason": "The bank is known there."}

    answer = world.ask(str(id), "hand-over", who, body, tag="*")

    assert (answer.status_code, holder(world, id)) == (200, other)
    told = world.get(f"/v1/complaints/{id}/history", who).json()["items"][-1]
    assert (told["topic"], told["facts"]) == ("complaint.assigned", {"team": "complaints"} | body)
    for wrong, pointer in (
        ({"assignee": "user:nobody", "reason_code": "absent"}, "/assignee"),
        ({"team": "nowhere", "reason_code": "absent"}, "/team"),
        ({"assignee": first, "reason_code": "other"}, "/reason"),
        ({"assignee": first}, "/reason_code"),
    ):
        refused = world.ask(str(id), "hand-over", who, wrong, tag="*")
        assert (refused.status_code, pointers(refused)) == (422, [pointer])
    world.ask(str(id), "hand-over", who, {"reason_code": "workload"}, tag="*")
    react(world)
    left = world.get(f"/v1/complaints/{id}/history", who).json()["items"][-1]
    assert (holder(world, id), left["facts"]["reason_code"]) == (None, "nobody_fits"), (
        "both have passed it on"
    )


def test_nothing_is_given_away_in_a_team_that_assigns_by_hand(world: World):
    order = orders.ChangeTeam(assignment="manual")
    directory.ask(world.plaint, Team, team_id("complaints"), order, "setup")

    assert holder(world, received(world)) is None
