"""Whatever is asked of a ticket in whatever order, its record stays sound."""

from __future__ import annotations

import itertools
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from domain import commands as c
from domain.clocks import bind
from domain.clocks.notice import Notice
from domain.commands import TICKET_COMMANDS
from domain.commands.command import Asked
from domain.errors import DomainError
from domain.kernel import Event
from domain.testing import RECEIVED, RULES, an_id, by
from domain.ticket import Ticket
from domain.ticket import events as t
from domain.ticket.request import Request
from domain.ticket.state import Stage
from domain.ticket.talk_events import AppointmentBooked, Rated
from domain.timers import FallDue, changes
from projections.case_file import CASE_FILE
from projections.queue import QUEUE

STARTS = RECEIVED + timedelta(days=4)
CHOICES: dict[type[Any], st.SearchStrategy[Any]] = {
    c.TriageTicket: st.just(c.TriageTicket(category="fees", impact=1)),
    c.Acknowledge: st.just(c.Acknowledge()),
    c.AssignTicket: st.builds(
        c.AssignTicket, team=st.sampled_from([None, "payments"]), assignee=st.just("anna")
    ),
    c.Investigate: st.just(c.Investigate()),
    c.Reply: st.just(c.Reply(text="Soon.")),
    c.RequestInformation: st.just(c.RequestInformation(text="Which one?")),
    c.FollowUp: st.just(c.FollowUp(questions=("Which one?", "Since when?"))),
    c.SupplyAnswers: st.builds(
        c.SupplyAnswers, text=st.sampled_from([None, "That."]), answers=st.sampled_from([None, ("A.", "B.")])
    ),
    c.BookAppointment: st.builds(
        c.BookAppointment,
        kind=st.just("callback"),
        starts_at=st.sampled_from([STARTS, STARTS + timedelta(days=30)]),
        zone=st.just("Europe/Paris"),
    ),
    c.CancelAppointment: st.just(c.CancelAppointment()),
    c.Suspend: st.builds(c.Suspend, cause=st.sampled_from(["vendor", "problem"])),
    c.Resume: st.just(c.Resume()),
    c.Escalate: st.builds(c.Escalate, reason=st.just("Late."), level=st.sampled_from([1, 2])),
    c.DeEscalate: st.just(c.DeEscalate()),
    c.Solve: st.builds(c.Solve, text=st.sampled_from([None, "Done."])),
    c.RateTicket: st.builds(c.RateTicket, score=st.sampled_from([1, 5])),
    c.Close: st.just(c.Close()),
    c.Reopen: st.just(c.Reopen(reason="Not so.")),
    c.Note: st.just(c.Note(text="Called.")),
    c.SetSensitivity: st.builds(
        c.SetSensitivity, sensitivity=st.sampled_from(["normal", "restricted"]), reason=st.just("Named.")
    ),
    c.HandOver: st.builds(
        c.HandOver, assignee=st.sampled_from([None, "ben"]), reason_code=st.sampled_from(["absent", "other"])
    ),
    c.AddRepresentative: st.just(c.AddRepresentative(name="A. Lawyer", power_of_attorney="Deed 7")),
    c.RemoveRepresentative: st.just(c.RemoveRepresentative(number=1)),
    c.NamePersonComplainedOf: st.builds(
        c.NamePersonComplainedOf, user=st.sampled_from(["anna", "handler 1"])
    ),
    c.PlaceHold: st.just(c.PlaceHold(kind="legal", reason="A claim.")),
    c.LiftHold: st.just(c.LiftHold(reason="Settled.")),
    c.Promote: st.just(c.Promote(reason="They complain.", category="fees")),
}
SWEEP, RING = "sweep", "ring"
HOURS = timedelta(hours=1)
STEPS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([SWEEP, RING]), *CHOICES.values()),
        st.sampled_from([0, 1, 20, 24, 100, 500]),
        st.sampled_from([0, 0, 0, 3, 60]),
    ),
    max_size=25,
)
"""What is asked, how many hours after the one before, and how many hours ago it is said to have occurred."""
Walk = list[tuple[Any, int, int]]
LIFE: Walk = [
    (c.Reply(text="Soon."), 1, 0),
    (c.FollowUp(questions=("Which one?", "Since when?")), 1, 0),
    (c.SupplyAnswers(answers=("A.", "B.")), 1, 0),
    (c.BookAppointment(kind="callback", starts_at=STARTS, zone="Europe/Paris"), 1, 0),
    (RING, 72, 0),
    (c.Solve(text="Done."), 24, 0),
    (c.RateTicket(score=5), 1, 0),
    (RING, 500, 0),
    (c.Reopen(reason="Not so."), 24, 0),
    (c.Solve(), 24, 0),
    (RING, 500, 0),
    (c.Reopen(reason="Not so."), 500, 0),
]
"""A life in which each timer falls due, and the last reopening comes too late."""


def walk(steps: Walk) -> tuple[Ticket, list[Event], datetime]:
    """Let a ticket live *steps*; return it, its events and the instant it has reached."""
    ticket = Ticket(an_id())
    asked_for = Request(form="general", category="other")
    ticket.open(asked_for, by(RECEIVED), RULES, pins=bind(RULES, [RULES.regime("house")]))
    events, at = ticket.collect_events(), RECEIVED
    for turn, (command, hours, ago) in enumerate(steps):
        at += HOURS * hours
        before = deepcopy(vars(ticket))
        try:
            _asked(command, at, ago).carry_out(ticket, by(at, f"handler {turn % 2}"), RULES)
        except DomainError:
            assert vars(ticket) == before
        events += ticket.collect_events()
    return ticket, events, at


def _asked(command: Any, at: datetime, ago: int) -> Any:
    if command == SWEEP:
        return Notice(now=at)
    if command == RING:
        return FallDue(now=at)
    asked: Asked = command
    return asked.model_copy(update={"occurred_at": at - HOURS * ago}) if ago else asked


def test_the_walks_take_every_command():
    assert set(CHOICES) == set(TICKET_COMMANDS)


def test_a_walk_can_do_everything_that_timers_do():
    ticket, events, _ = walk(LIFE)
    topics = [event.TOPIC for event in events if not event.TOPIC.startswith("clock.")]

    assert topics == [
        "ticket.opened",
        "ticket.replied",
        "ticket.follow_up_asked",
        "ticket.information_supplied",
        "ticket.appointment_booked",
        "ticket.message_planned",
        "ticket.solved",
        "ticket.rated",
        "ticket.closed",
        "ticket.reopened",
        "ticket.solved",
        "ticket.closed",
    ]
    assert ticket.status == Stage.CLOSED


@example(LIFE)
@given(STEPS)
def test_replay_gives_the_live_state(steps: Walk):
    """At once or from any place in between, with dense versions, and folding changes no event."""
    ticket, events, _ = walk(steps)
    before = deepcopy(events)

    replayed = Ticket.replay(None, events)
    half = Ticket.replay(Ticket.replay(None, events[: len(events) // 2]), events[len(events) // 2 :])

    assert replayed is not None
    assert half is not None
    assert vars(replayed) == vars(half) == vars(ticket)
    assert [event.originator_version for event in events] == [*range(1, len(events) + 1)]
    assert events == before


@example(LIFE)
@given(STEPS)
def test_an_open_ticket_is_somebody_s_and_something_comes_next(steps: Walk):
    """A team has it, and a clock runs, was missed or is met, a wait is declared, or a timer closes it."""
    ticket, _, _ = walk(steps)

    if ticket.status is not Stage.CLOSED:
        assert ticket.team
        running = [clock for clock in ticket.clocks.values() if clock.live or clock.outstanding]
        assert running or ticket.waiting_for or ticket.closes_at or _answered(ticket)
    else:
        assert [clock for clock in ticket.clocks.values() if clock.live] == []
        assert ticket.closes_at is None
    assert (ticket.status is Stage.PENDING) is (ticket.waiting_for is not None)
    assert (ticket.status is Stage.SOLVED) is (ticket.closes_at is not None)


def _answered(ticket: Ticket) -> bool:
    """Whether every promise was kept once, and the ticket was reopened since."""
    return all(clock.status == "met" for clock in ticket.clocks.values())


@example(LIFE)
@given(STEPS)
def test_the_timers_that_are_armed_are_those_that_the_ticket_waits_for(steps: Walk):
    """After they fell due nothing is left of them that was due."""
    ticket, events, at = walk([*steps, (RING, 1, 0)])
    armed: dict[str, datetime | None] = {}
    for event in events:
        armed |= changes(event)

    assert armed.get("auto_close") == ticket.closes_at
    assert ticket.closes_at is None or ticket.closes_at > at
    ticket.notice_timers(at, by(at), RULES)
    assert ticket.collect_events() == []


LEADS: dict[Stage, set[Stage]] = {
    Stage.OPEN: {Stage.PENDING, Stage.SOLVED, Stage.CLOSED},
    Stage.PENDING: {Stage.OPEN, Stage.SOLVED, Stage.CLOSED},
    Stage.SOLVED: {Stage.OPEN, Stage.CLOSED},
    Stage.CLOSED: {Stage.OPEN},
}
"""Where a ticket may go from each stage of its life."""


@example(LIFE)
@given(STEPS)
def test_a_ticket_goes_only_where_its_life_leads(steps: Walk):
    """And its row of the queue and its file go with it."""
    ticket, events, _ = walk(steps)
    lived, seen, row, file = Ticket(an_id()), list[Stage](), None, None
    for number, event in enumerate(events, 1):
        Ticket.replay(lived, [event])
        row = QUEUE.evolve(row, event, number) if event.TOPIC in QUEUE.topics else row
        file = CASE_FILE.evolve(file, event, number) if event.TOPIC in CASE_FILE.topics else file
        assert lived.status is not None
        assert row is not None
        assert row.status == lived.status
        if not seen or seen[-1] is not lived.status:
            seen.append(lived.status)

    assert all(later in LEADS[earlier] for earlier, later in itertools.pairwise(seen))
    assert file is not None
    booked = ticket.appointment
    assert (file.closes_at, file.reopen_before) == (ticket.closes_at, ticket.reopen_before)
    assert (file.appointment and file.appointment.number) == (booked and booked.number)
    assert (file.rating and file.rating.score) == (ticket.rating and ticket.rating.score)
    assert (ticket.questions, isinstance(file.questions, tuple)) in [(0, False), (2, True)]


@example(LIFE)
@given(STEPS)
def test_a_solution_has_one_rating_and_an_appointment_one_number(steps: Walk):
    _, events, _ = walk(steps)

    ratings = 0
    for event in events:
        ratings = 0 if isinstance(event, t.Solved | t.Reopened) else ratings + isinstance(event, Rated)
        assert ratings <= 1
    numbers = [event.number for event in events if isinstance(event, AppointmentBooked)]
    assert numbers == [*range(1, len(numbers) + 1)]
