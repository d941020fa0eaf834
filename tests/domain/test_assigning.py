"""Cases of a team that assigns by itself go to whoever has least to do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.access import Principal, Role, Sensitivity
from domain.assignable import WhyWaiting
from domain.commands import Assign, Reopen, Withdraw
from domain.complaint import Complaint
from domain.directory import Team, User
from domain.errors import CaseEnded, DomainError
from domain.kernel import Aggregate, Event, Value
from domain.privacy import Code
from domain.reactions import Send
from domain.reactions.assigning import (
    AssignToOneOf,
    AssignToTheLeastBusyOfTheTeam,
    Colleague,
    LeaveInTheQueue,
    in_turn,
)
from domain.testing import RECEIVED, RULES, Given, a_complaint, an_id, asked, by, received
from domain.ticket import Ticket
from domain.ticket.request import Request

LATER = RECEIVED + timedelta(hours=1)

NOT_OVERRIDDEN = {"reason": None, "conflict_overridden": None, "override_reason": None}


def somebody(name: str, *, role: Role = Role.HANDLER, **facts: Any) -> Colleague:
    entities = facts.pop("entities", ())
    who = Principal(id=f"user:{name}", role=role, teams=("complaints",), legal_entities=entities)
    return Colleague(principal=who, **facts)


class Row(Value):
    """A case that waits."""

    id: UUID = an_id("a")
    kind: Code = "complaint"
    team: Code = "complaints"
    legal_entity: Code = "main"
    sensitivity: Sensitivity = Sensitivity.NORMAL
    category: Code = "withdrawal"
    language: Code = "fr-CH"


def test_whose_turn_it_is_follows_language_then_category_then_load_then_the_longest_wait_then_the_name():
    colleagues = [
        somebody("f", open_cases=1, last_at=RECEIVED),
        somebody("e", open_cases=1, last_at=RECEIVED),
        somebody("d", open_cases=1),
        somebody("c", open_cases=0),
        somebody("b", open_cases=9, skills=frozenset({"withdrawal"})),
        somebody("a", open_cases=9, languages=frozenset({"FR"})),
    ]

    assert in_turn(colleagues, Row()) == tuple(f"user:{each}" for each in "abcdef")
    assert in_turn(reversed(colleagues), Row()) == tuple(f"user:{each}" for each in "abcdef")


def test_nobody_is_given_a_case_beyond_their_capacity_their_reach_or_their_role():
    colleagues = [
        somebody("full", open_cases=2, capacity=2),
        somebody("away", capacity=0),
        somebody("other", entities=("second",)),
        somebody("auditor", role=Role.AUDITOR),
        somebody("room", open_cases=1, capacity=2),
    ]

    assert in_turn(colleagues, Row()) == ("user:room",)
    assert in_turn(colleagues, Row(sensitivity=Sensitivity.RESTRICTED)) == ()


TO_ANNA = AssignToOneOf(team="complaints", candidates=("user:anna", "user:ben"))


def given_away(given: Given[Complaint]) -> list[tuple[str, dict[str, object]]]:
    return given.when(lambda case: TO_ANNA.carry_out(case, by(LATER), RULES))


def test_a_case_that_waits_is_given_once():
    case = a_complaint()

    assert given_away(case) == [
        ("Assigned", {"team": "complaints", "assignee": "user:anna", "reason_code": None, **NOT_OVERRIDDEN})
    ]
    assert given_away(case) == []


@pytest.mark.parametrize(
    "step", [Assign(team="payments"), Assign(assignee="user:zoe"), Withdraw(reason="No.")]
)
def test_a_case_that_somebody_or_another_team_has_or_that_ended_is_left_alone(step: Any):
    assert given_away(a_complaint(asked(step, LATER))) == []


class Conflict(DomainError):
    """Somebody may not have the case."""


class Guarded(Complaint):
    """A complaint that refuses some people."""

    against: frozenset[str] = frozenset()
    ends = False

    def assign(self, *args: Any, **kwargs: Any) -> None:
        if self.ends:
            raise CaseEnded
        if kwargs["assignee"] in self.against:
            raise Conflict
        super().assign(*args, **kwargs)


def guarded(*against: str) -> Given[Complaint]:
    case = Guarded(an_id())
    case.against = frozenset(against)
    return Given[Complaint](case, received())


def test_a_case_that_refuses_one_goes_to_the_next_and_waits_when_it_refuses_all():
    """It stays in the queue for somebody to give it by hand: that is no fault of the reaction."""
    ((_, facts),) = given_away(guarded("user:anna"))
    assert facts["assignee"] == "user:ben"
    refusing = guarded("user:anna", "user:ben")
    ((_, facts),) = given_away(refusing)
    assert (facts["assignee"], facts["reason_code"]) == (None, "nobody_fits")
    assert given_away(refusing) == []
    ended = guarded()
    ended.aggregate.__dict__["ends"] = True
    with pytest.raises(CaseEnded):
        given_away(ended)


class Desk:
    """Who is there, and what waits, as one team has it: each order that is taken up fills somebody."""

    def __init__(self, team: str, *colleagues: Colleague, waiting: tuple[Row, ...] = ()) -> None:
        self.team, self.rows = team, waiting
        self.colleagues: list[Colleague] = [*colleagues]
        self.teams: dict[str, tuple[str, ...]] = {}
        self.is_alone = False
        self.left: list[tuple[UUID, str]] = []

    def of(self, team: str) -> Sequence[Colleague] | None:
        return self.colleagues if team == self.team else None

    def teams_of(self, person: str) -> Iterable[str]:
        return self.teams.get(person, ())

    @contextmanager
    def alone(self) -> Generator[None]:
        assert not self.is_alone
        self.is_alone = True
        yield
        self.is_alone = False

    def waiting(self, team: str) -> Iterable[Row]:
        return self.rows if team == self.team else ()

    def carried_out(self, sends: Iterator[Send]) -> list[tuple[UUID, str]]:
        """Give each case to the first candidate, as the follower does before it asks for the next."""
        given: list[tuple[UUID, str]] = []
        for send in sends:
            if isinstance(send.order, LeaveInTheQueue):
                self.left.append((send.to, send.order.why))
                continue
            assert isinstance(send.order, AssignToOneOf)
            assert self.is_alone
            name = send.order.candidates[0]
            given.append((send.to, name))
            self.colleagues = [
                each.model_copy(update={"open_cases": each.open_cases + (each.principal.id == name)})
                for each in self.colleagues
            ]
        return given


def came(actor: str = "complainant") -> tuple[Event, Complaint]:
    case = Complaint(an_id("a"))
    received()(case)
    return case.collect_events()[0].model_copy(update={"actor": actor}), case


def decided(desk: Desk, event: Event, case: Aggregate) -> list[tuple[UUID, str]]:
    return desk.carried_out(AssignToTheLeastBusyOfTheTeam(desk).decide(event, case))


def test_what_waits_is_given_away_one_by_one_while_somebody_has_room():
    rows = tuple(Row(id=an_id(name)) for name in "abc")
    desk = Desk("complaints", somebody("anna", capacity=1), somebody("ben", capacity=1), waiting=rows)

    assert decided(desk, *came()) == [(an_id("a"), "user:anna"), (an_id("b"), "user:ben")]


@pytest.mark.parametrize(
    ("colleagues", "why"),
    [
        ((), "nobody_on_staff"),
        ((somebody("auditor", role=Role.AUDITOR),), "nobody_on_staff"),
        ((somebody("other", entities=("second",)),), "nobody_fits"),
        ((somebody("full", open_cases=2, capacity=2), somebody("away", capacity=0)), "nobody_has_room"),
    ],
)
def test_a_case_that_nobody_is_given_says_why_it_is_left_in_the_queue(
    colleagues: tuple[Colleague, ...], why: WhyWaiting
):
    desk, (event, case) = Desk("complaints", *colleagues, waiting=(Row(),)), came()

    assert decided(desk, event, case) == []
    assert desk.left == [(case.id, why)]
    left, order = Given(case), LeaveInTheQueue(team="complaints", why=why)
    ((_, facts),) = left.when(lambda case: order.carry_out(case, by(LATER), RULES))
    assert (facts["assignee"], facts["reason_code"], case.waits_because) == (None, why, why)
    assert left.when(lambda case: order.carry_out(case, by(LATER), RULES)) == []


def test_the_reason_is_of_one_stay_in_the_queue_and_of_nothing_that_somebody_has():
    full = LeaveInTheQueue(team="complaints", why="nobody_has_room")

    def leave(case: Complaint) -> None:
        full.carry_out(case, by(LATER), RULES)

    case = a_complaint(leave, asked(Assign(assignee="user:anna"), LATER))
    assert case.when(leave) == []
    assert case.aggregate.waits_because is None
    hand_over("user:anna")(case.aggregate)
    case.aggregate.collect_events()
    assert [facts["reason_code"] for _, facts in case.when(leave)] == ["nobody_has_room"]
    assert a_complaint(asked(Assign(team="payments"), LATER)).when(leave) == []
    assert a_complaint(asked(Withdraw(reason="No."), LATER)).when(leave) == []


def test_a_case_that_is_given_by_hand_or_waits_since_before_is_not_explained_again():
    event, case = came()
    asked(Assign(assignee="user:zoe"), LATER)(case)
    full = Desk("complaints", somebody("full", capacity=0), waiting=(Row(),))
    left = came()[1]
    withdrawn = asked(Withdraw(reason="No."), LATER)
    withdrawn(left)

    assert decided(full, event, case) == []
    assert decided(full, left.collect_events()[-1], left) == []
    assert full.left == []


def test_a_case_of_another_team_and_what_it_did_itself_give_nothing_away():
    desk = Desk("payments", somebody("anna"), waiting=(Row(),))
    own = Desk("complaints", somebody("anna"), waiting=(Row(),))

    assert decided(desk, *came()) == []
    assert decided(own, *came("reaction:assign_to_the_least_busy_of_the_team")) == []
    assert decided(Desk("complaints", waiting=(Row(),)), *came()) == []


def test_who_joins_or_is_changed_and_a_team_that_begins_to_assign_are_given_what_waits():
    user, team = User(an_id("u")), Team(an_id("t"))
    user.add("anna", by(RECEIVED), name="Anna", role=Role.HANDLER, teams=("complaints",))
    team.add("complaints", by(RECEIVED), assignment="round_robin")
    joined, opened = *user.collect_events(), *team.collect_events()

    for event, case in ((joined, user), (opened, team)):
        desk = Desk("complaints", somebody("anna"), waiting=(Row(),))
        assert decided(desk, event, case) == [(an_id("a"), "user:anna")]
    user.leave(by(LATER))
    assert decided(Desk("complaints", somebody("anna"), waiting=(Row(),)), joined, user) == []


def test_who_has_less_to_do_is_given_what_waits_in_any_of_their_teams():
    """After an answer, and after their case went to another team: there, where it came from, and elsewhere."""
    answered, moved = (
        of_anna(asked(Withdraw(reason="No."), LATER)),
        of_anna(asked(Assign(team="payments"), LATER)),
    )
    for event, case in (answered, moved):
        desk = Desk("fees", somebody("anna"), waiting=(Row(),))
        assert decided(desk, event, case) == []
        desk.teams["user:anna"] = ("complaints", "fees")
        assert decided(desk, event, case) == [(an_id("a"), "user:anna")]
    where_it_was = Desk("complaints", somebody("ben"), waiting=(Row(),))
    assert decided(where_it_was, *moved) == [(an_id("a"), "user:ben")]


def test_a_case_that_is_reopened_and_nobodys_is_given_away():
    withdrawn, reopened = asked(Withdraw(reason="No."), LATER), asked(Reopen(reason="It came back."), LATER)
    case = Given[Complaint](Complaint(an_id("a")), received(), withdrawn).aggregate
    reopened(case)
    desk = Desk("complaints", somebody("anna"), waiting=(Row(),))

    assert decided(desk, case.collect_events()[0], case) == [(an_id("a"), "user:anna")]


def of_anna(then: Callable[[Complaint], object]) -> tuple[Event, Complaint]:
    """Return what *then* records first of a case that Anna has, and the case."""
    case = a_complaint(asked(Assign(assignee="user:anna"), LATER)).aggregate
    then(case)
    return case.collect_events()[0], case


def hand_over(holder: str, to: str | None = None) -> Any:
    def step(case: Complaint) -> None:
        case.hand_over(holder, to, by(LATER), RULES, reason_code="absent")

    return step


def assignees(events: list[tuple[str, dict[str, object]]]) -> list[object]:
    return [facts["assignee"] for _, facts in events]


def test_a_case_that_was_handed_over_is_not_given_back_to_whom_it_came_from():
    """Neither at once nor after the next was away too, until somebody gives it back by hand."""
    case = a_complaint(asked(Assign(assignee="user:anna"), LATER), hand_over("user:anna"))
    assert assignees(given_away(case)) == ["user:ben"]
    hand_over("user:ben")(case.aggregate)
    case.aggregate.collect_events()
    assert [(facts["assignee"], facts["reason_code"]) for _, facts in given_away(case)] == [
        (None, "nobody_fits")
    ]

    asked(Assign(assignee="user:anna"), LATER)(case.aggregate)
    asked(Assign(team="other"), LATER)(case.aggregate)
    asked(Assign(team="complaints"), LATER)(case.aggregate)
    case.aggregate.collect_events()
    assert assignees(given_away(case)) == ["user:anna"]


def test_a_ticket_that_was_handed_over_is_not_given_back_either():
    ticket = Ticket(an_id("t"))
    ticket.open(Request(form="general", category="fees", team="complaints"), by(RECEIVED), RULES)
    ticket.assign("complaints", "user:anna", by(LATER), RULES)
    ticket.hand_over("user:anna", None, by(LATER), RULES, reason_code="absent")
    TO_ANNA.carry_out(ticket, by(LATER), RULES)

    assert ticket.assignee == "user:ben"


class Counting(Desk):
    """A desk that counts how often people are looked up, and how far what waits is read."""

    looked = 0
    read = 0

    def of(self, team: str) -> Sequence[Colleague] | None:
        self.looked += 1
        return super().of(team)

    def waiting(self, team: str) -> Iterable[Row]:
        for row in super().waiting(team):
            self.read += 1
            yield row


def test_people_are_looked_up_after_an_order_and_not_for_every_case_that_waits():
    """Where nobody has room nothing that waits is read; where the last room is filled the rest is not.

    Two orders are looked up for, and so is a third, which finds the last room filled.
    """
    rows = tuple(Row(id=an_id(str(n)), legal_entity="main" if n > 50 else "second") for n in range(200))
    event, case = came()
    full = Counting("complaints", somebody("anna", open_cases=1, capacity=1), waiting=rows)
    room = Counting("complaints", somebody("ben", entities=("main",), capacity=2), waiting=rows)

    assert decided(full, event, case) == []
    assert (full.looked, full.read) == (1, 0)
    assert len(decided(room, event, case)) == 2
    assert (room.looked, room.read) == (4, 54)
