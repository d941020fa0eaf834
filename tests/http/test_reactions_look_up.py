"""What follows from events and is looked up in read models follows alike on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from adapters import directory
from adapters.leases import Leases
from adapters.views import colleagues
from adapters.views.colleagues import ColleaguesNow
from domain.access import Role
from domain.directory import Team, User, orders, team_id, user_id
from domain.kernel import Aggregate, Event
from domain.reactions import NotYet, Send
from domain.reactions.assigning import AssignToOneOf, AssignToTheLeastBusyOfTheTeam, LeaveInTheQueue
from domain.ticket import Ticket
from domain.ticket.request import Request
from projections.queue import QueueRow
from tests.http.reacting import react
from tests.http.world import World


def add(world: World, login: str, *teams: str, **facts: Any) -> None:
    order = orders.AddUser(login=login, name=login, role=Role.HANDLER, teams=teams, **facts)
    directory.ask(world.plaint, User, user_id(login), order, "setup")


def change_team(world: World, name: str, **facts: Any) -> None:
    order = orders.ChangeTeam.model_validate(facts)
    directory.ask(world.plaint, Team, team_id(name), order, "setup")


def received(world: World, **facts: Any) -> UUID:
    return UUID(world.received(**facts))


def row_of(world: World, id: UUID) -> QueueRow:
    row = world.plaint.queries.case(id)
    assert row is not None
    return row


def holders(world: World, *ids: UUID) -> list[tuple[str, str | None]]:
    return [(row.team, row.assignee) for row in (row_of(world, id) for id in ids)]


def reasons(world: World, id: UUID) -> list[str | None]:
    found = world.plaint.store.history(id)
    return [getattr(each, "reason_code", None) for each in found if each.TOPIC.endswith(".assigned")]


def test_a_case_is_given_away_climbs_comes_back_is_linked_and_told_and_its_tickets_are_kept_as_closely(
    either: World,
):
    """One life on purpose: what it shows is that each look-up is answered, on either database."""
    who = either.token(Role.SUPERVISOR, "complaints", "second-line")
    add(either, "anna", "complaints", capacity=1)
    change_team(
        either,
        "complaints",
        assignment="round_robin",
        escalates_to=[{"level": 1, "team": "second-line"}],
    )
    react(either)
    first, second = received(either), received(either)
    react(either)
    assert holders(either, first, second) == [("complaints", "user:anna"), ("complaints", None)]
    assert (reasons(either, first), reasons(either, second)) == ([None], ["nobody_has_room"])

    raised = either.ask(str(first), "escalate", who, {"reason": "The press asks."}, tag="*")
    react(either)
    assert raised.status_code == 200, raised.text
    assert holders(either, first, second) == [("second-line", None), ("complaints", "user:anna")]
    either.ask(str(first), "de-escalate", who, tag="*")
    react(either)
    assert holders(either, first) == [("complaints", "user:anna")]
    assert reasons(either, first) == [None, "escalation", "de_escalation"]

    rule = {"category": ["withdrawal"], "received_from": "2026-05-22T08:00:00Z"}
    issue = {"title": "Withdrawals stand still", "kind": "mass_event", "rule": rule}
    opened = either.client.post("/v1/issues", json=issue, headers=who).json()["id"]
    react(either)
    linked = either.get(f"/v1/issues/{opened}/cases", who).json()["items"]
    assert {each["id"] for each in linked} == {str(first), str(second)}
    told = {"text": "It runs again."}
    either.client.post(f"/v1/issues/{opened}/update-all", json=told, headers=who | {"If-Match": "*"})
    react(either)
    topics = [each.TOPIC for each in either.plaint.store.history(second)]
    assert topics.count("complaint.update_sent") == 1

    child = a_child(either, first)
    restricted = {"sensitivity": "restricted", "reason": "A colleague is named."}
    either.ask(str(first), "set-sensitivity", who, restricted, tag="*")
    react(either)
    assert row_of(either, child).sensitivity == "restricted"


def a_child(world: World, parent: UUID) -> UUID:
    request = Request(form="general", category="other", team="payments", parent=parent)

    def record(ticket: Ticket, by: Any) -> None:
        ticket.open(request, by, world.plaint.desk.rules)

    id = world.plaint.desk.begin(Ticket, record, "setup").id
    world.settle()
    return id


def waits(world: World) -> tuple[Event, Aggregate]:
    """Receive a complaint; return its receipt and the case as it is."""
    id = received(world)
    case = world.plaint.store.load_begun(id, opened=False)
    assert case is not None
    return world.plaint.store.history(id)[0], case


def process(world: World, name: str) -> AssignToTheLeastBusyOfTheTeam:
    """Return the reaction as one of several processes runs it."""
    plaint = world.plaint
    leases = Leases(plaint.views.database, name, plaint.now)
    return AssignToTheLeastBusyOfTheTeam(ColleaguesNow(plaint.staff, plaint.queries, plaint.views, leases))


def carry_out(world: World, send: Send) -> None:
    world.plaint.desk.command(send.to, send.order, "reaction:x", kind=send.kind)
    world.settle()


@pytest.fixture
def one_place(either: World) -> World:
    """A team that assigns by itself, in which one person may have one case."""
    add(either, "anna", "complaints", capacity=1)
    change_team(either, "complaints", assignment="round_robin")
    either.settle()
    return either


def test_two_processes_do_not_give_away_the_same_last_room(one_place: World, monkeypatch: pytest.MonkeyPatch):
    """The second waits until what the first decided is carried out, and then sees it."""
    monkeypatch.setattr(colleagues, "PATIENCE", 0.1)
    one, two = process(one_place, "one"), process(one_place, "two")
    (came, case), (came_too, other) = waits(one_place), waits(one_place)
    deciding = one.decide(came, case)
    given = next(deciding)
    assert isinstance(given.order, AssignToOneOf)

    with pytest.raises(NotYet):
        next(two.decide(came_too, other))

    carry_out(one_place, given)
    deciding.close()
    (left,) = two.decide(came_too, other)
    assert (left.to, left.order) == (other.id, LeaveInTheQueue(team="complaints", why="nobody_has_room"))


def test_without_waiting_for_each_other_they_would_give_it_away_twice(
    one_place: World, monkeypatch: pytest.MonkeyPatch
):
    """The control of the test above."""

    @contextmanager
    def at_once(_self: ColleaguesNow) -> Generator[None]:
        yield

    monkeypatch.setattr(ColleaguesNow, "alone", at_once)
    one, two = process(one_place, "one"), process(one_place, "two")
    first, second = one.decide(*waits(one_place)), two.decide(*waits(one_place))

    assert [next(each).order for each in (first, second)] == [
        AssignToOneOf(team="complaints", candidates=("user:anna",))
    ] * 2


def test_somebody_whose_cases_are_being_handed_over_is_given_none_until_that_is_done(one_place: World):
    ask = orders.HandOverAll(reason="absent")
    directory.ask(one_place.plaint, User, user_id("anna"), ask, "setup")
    one_place.settle()
    id = received(one_place)
    react(one_place)
    assert (holders(one_place, id), reasons(one_place, id)) == ([("complaints", None)], ["nobody_on_staff"])

    directory.ask(one_place.plaint, User, user_id("anna"), orders.FinishHandOver(), "setup")
    other = received(one_place)
    react(one_place)
    assert holders(one_place, id) == [("complaints", "user:anna")], other
