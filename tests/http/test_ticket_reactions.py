"""What follows on tickets by itself: a confirmation, a reminder, a closing, and answers that find their case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.access import Role
from domain.clocks import bind
from domain.ids import new_id
from domain.ticket import Ticket
from domain.ticket.request import Request
from tests.http.test_ticket_commands import ask
from tests.http.world import World


def promised(world: World, **facts: Any) -> str:
    """Let a ticket be opened that binds the house, and return its id."""
    rules, by = world.plaint.desk.rules, world.plaint.desk.context("customer")
    ticket = Ticket(new_id(by.recorded_at, world.chance(10)))
    request = Request.model_validate({"form": "general", "category": "fees"} | facts)
    ticket.open(request, by, rules, pins=bind(rules, [rules.regime("house")]))
    world.plaint.store.append(ticket)
    world.settle()
    return str(ticket.id)


def told(world: World, id: str) -> list[str]:
    """Return what happened on a ticket beside its clocks."""
    events = world.plaint.store.history(UUID(id))
    return [event.TOPIC for event in events if not event.TOPIC.startswith("clock.")]


@pytest.fixture
def handler(world: World) -> dict[str, str]:
    return world.token(Role.HANDLER, "support")


def test_an_appointment_is_confirmed_at_once_and_reminded_of_a_day_before(
    world: World, handler: dict[str, str]
):
    id, starts = promised(world), "2026-05-27T14:00:00+02:00"
    booking = {"kind": "video_call", "starts_at": starts, "zone": "Europe/Paris"}
    assert ask(world, id, "book-appointment", handler, booking).status_code == 200
    other = promised(world)

    for _ in range(2):
        world.plaint.reactions.follower.follow()
    world.settle()
    world.plaint.deadlines.tick()
    confirmed = ["ticket.opened", "ticket.appointment_booked", "ticket.message_planned"]
    assert told(world, id) == confirmed
    world.later(days=4)
    for _ in range(2):
        world.plaint.deadlines.tick()
        world.settle()

    assert told(world, id) == [*confirmed, "ticket.message_planned"]
    assert told(world, other) == ["ticket.opened"]
    planned = [e for e in world.plaint.store.history(UUID(id)) if e.TOPIC == "ticket.message_planned"]
    assert [(getattr(each, "purpose", ""), each.actor) for each in planned] == [
        ("appointment_confirmation", "reaction:plan_the_confirmation_of_an_appointment"),
        ("appointment_reminder", "system:scheduler"),
    ]


def test_answers_and_feedback_reach_the_ticket_that_they_belong_to(world: World, handler: dict[str, str]):
    parent = promised(world)
    ask(world, parent, "follow-up", handler, {"questions": ["Which card?", "Since when?"]})
    answers = promised(
        world,
        form="follow_up_questions",
        parent=parent,
        fields={"answers": ["The blue one.", "Monday."]},
    )
    world.plaint.reactions.follower.follow()
    world.settle()
    ask(world, parent, "solve", handler, {"text": "It works again."})
    feedback = promised(world, form="feedback", parent=parent, chosen={"rating": 5}, description="Quick.")
    for _ in range(2):
        world.plaint.reactions.follower.follow()
    world.settle()

    assert told(world, parent) == [
        "ticket.opened",
        "ticket.follow_up_asked",
        "ticket.information_supplied",
        "ticket.solved",
        "ticket.rated",
    ]
    assert told(world, answers) == told(world, feedback) == ["ticket.opened", "ticket.closed"]
    said = world.get(f"/v1/tickets/{parent}", handler).json()
    assert (said["status"], said["rating"]["score"], said["rating"]["comment"]) == ("solved", 5, "Quick.")


def test_a_solved_ticket_closes_by_itself_and_cannot_be_reopened_for_ever(
    world: World, handler: dict[str, str]
):
    id = promised(world)
    ask(world, id, "solve", handler, {})
    closes_at = world.get(f"/v1/tickets/{id}", handler).json()["closes_at"]
    world.later(days=40)
    world.plaint.deadlines.tick()
    world.settle()
    said = world.get(f"/v1/tickets/{id}", handler).json()
    world.later(days=15)
    late = ask(world, id, "reopen", handler, {"reason": "It broke again."})

    assert closes_at == "2026-06-01T22:00:00Z"
    assert (said["status"], said["closed_code"], said["closes_at"]) == ("closed", "auto", None)
    assert said["reopen_before"] > said["closed_at"]
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "The time to reopen the ticket is over; open a new one, with this one named as its parent.",
    )
