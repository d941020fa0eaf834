"""What was promised on a ticket fires as it does on a complaint: each once, in the same tick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest

from adapters.bootstrap import Plaint
from domain import clocks
from domain.clocks import ClockCancelled, ClockMet, ClockMissed, ClockStarted, ClockStoppedLate
from domain.clocks.notice import Notice
from domain.configuration import Rules
from domain.errors import LostTheRace, NotReceived
from domain.kernel import Aggregate
from domain.testing import paris
from domain.ticket import Ticket
from tests.adapters.schedulers import DUE, RECEIVED, WARN, missed, open_tickets, opened, receive, warned

DECISION_DUE = paris("2026-06-04T00:00")


@pytest.fixture
def begun(desk_url: str, tmp_path: Path) -> Generator[Plaint]:
    """A desk on the day of the receipt, on each kind of database."""
    desk = opened(desk_url, tmp_path, RECEIVED)
    yield desk
    desk.close()


def later(desk: Plaint, at: datetime) -> None:
    """Let it be *at* for everything that the desk does."""
    desk.now = desk.desk.now = desk.deadlines._now = lambda: at
    desk.views.catch_up()


def told(desk: Plaint, ticket: UUID) -> list[str]:
    """Return what happened to the clocks of a ticket since they started, each with its milestone."""
    events = [event for event in desk.store.history(ticket) if isinstance(event, clocks.ClockEvent)]
    names = {event.clock_id: event.milestone for event in events if isinstance(event, ClockStarted)}
    kinds = (ClockMissed, ClockMet, ClockStoppedLate, ClockCancelled)
    return [f"{names[each.clock_id]} {type(each).__name__}" for each in events if isinstance(each, kinds)]


def at_the_desk(desk: Plaint, ticket: UUID, act: Callable[[Ticket], object]) -> None:
    found = desk.store.load(Ticket, ticket)
    assert found is not None
    act(found)
    desk.store.append(found)
    desk.views.catch_up()


def test_an_overdue_promise_is_recorded_once_with_both_instants(begun: Plaint):
    """Noticed two days late it still fell due when it did; a second tick adds nothing."""
    [ticket] = open_tickets(begun, 1)
    late = DUE + timedelta(days=2)
    later(begun, late)

    assert [begun.deadlines.tick(), begun.deadlines.tick()] == [1, 0]
    begun.views.catch_up()
    assert begun.deadlines.tick() == 0

    [miss] = missed(begun)
    assert (miss.originator_id, miss.occurred_at, miss.due_before, miss.noticed_at) == (
        ticket,
        DUE,
        DUE,
        late,
    )
    [row] = begun.queries.counters("queue")["ticket_overdue_by_all"].items()
    assert row == ("support|main|normal|", 1)


def test_a_warning_comes_once_before_the_miss(begun: Plaint):
    [ticket] = open_tickets(begun, 1)
    later(begun, WARN)

    assert [begun.deadlines.tick(), begun.deadlines.tick()] == [1, 0]

    [warning] = warned(begun)
    assert (warning.originator_id, warning.offset, warning.due_before) == (ticket, "1 business_day", DUE)
    assert missed(begun) == []


def test_complaints_and_tickets_are_told_in_one_page_with_one_question_to_the_log(
    begun: Plaint, monkeypatch: pytest.MonkeyPatch
):
    cases = [*receive(begun, 3), *open_tickets(begun, 3)]
    later(begun, DUE)
    streams, asked = begun.store.router.streams, list[int]()

    def counted(ids: Sequence[UUID]) -> object:
        asked.append(len(ids))
        return streams(ids)

    monkeypatch.setattr(begun.store.router, "streams", counted)

    assert begun.deadlines.tick() == 6
    assert asked == [6]
    assert Counter(event.originator_id for event in missed(begun)) == Counter(cases)


def test_three_schedulers_at_once_record_each_miss_once(begun: Plaint, desk_url: str, tmp_path: Path):
    cases = [*receive(begun, 60), *open_tickets(begun, 120)]
    begun.views.catch_up()
    desks = [opened(desk_url, tmp_path, DUE) for _ in range(3)]
    threads = [Thread(target=desk.deadlines.tick) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(event.originator_id for event in missed(begun)) == Counter(cases)
    assert sum(desk.deadlines.recorded["clock.missed"] for desk in desks) == 180
    for desk in desks:
        desk.close()


def test_a_ticket_that_is_solved_in_time_keeps_its_promise(begun: Plaint):
    """The answer meets the decision; nobody has acknowledged, and that alone is missed."""
    [ticket] = open_tickets(begun, 1)
    later(begun, DUE + timedelta(hours=10))
    begun.deadlines.tick()
    by, rules = begun.desk.context("anna"), begun.desk.rules
    at_the_desk(begun, ticket, lambda each: each.solve(by, rules))

    later(begun, DECISION_DUE + timedelta(days=30))
    assert begun.deadlines.tick() == 1  # it closes by itself
    assert told(begun, ticket) == ["acknowledgement ClockMissed", "decision ClockMet"]


def test_a_ticket_that_is_solved_late_stays_missed(begun: Plaint):
    [ticket] = open_tickets(begun, 1)
    later(begun, DECISION_DUE)
    begun.deadlines.tick()
    by, rules = begun.desk.context("anna"), begun.desk.rules
    at_the_desk(begun, ticket, lambda each: each.solve(by, rules))

    assert told(begun, ticket)[:3] == [
        "acknowledgement ClockMissed",
        "decision ClockMissed",
        "decision ClockStoppedLate",
    ]


def test_a_ticket_that_is_closed_has_nothing_left_to_fall_due(begun: Plaint):
    [ticket] = open_tickets(begun, 1)
    later(begun, RECEIVED + timedelta(hours=1))
    by, rules = begun.desk.context("anna"), begun.desk.rules
    at_the_desk(begun, ticket, lambda each: each.close(by, rules))

    later(begun, DECISION_DUE + timedelta(days=30))
    assert begun.deadlines.tick() == 0
    assert sorted(told(begun, ticket)) == ["acknowledgement ClockCancelled", "decision ClockCancelled"]


def test_tickets_that_cannot_be_saved_together_are_saved_one_by_one(
    begun: Plaint, monkeypatch: pytest.MonkeyPatch
):
    tickets, append = open_tickets(begun, 3), begun.store.append

    def alone_only(*aggregates: Aggregate) -> str | None:
        if len(aggregates) > 1:
            raise LostTheRace
        return append(*aggregates)

    monkeypatch.setattr(begun.store, "append", alone_only)
    outcome = begun.desk.command_all({each: Notice(now=DUE) for each in tickets}, "system:scheduler")

    assert (outcome.recorded, outcome.failed) == ({"clock.missed": 3}, {})


def test_what_is_no_case_cannot_be_told_anything(begun: Plaint):
    """The configuration has a stream of its own, and no clocks."""
    outcome = begun.desk.command_all({Rules.ID: Notice(now=DUE)}, "system:scheduler")

    assert isinstance(outcome.failed[Rules.ID], NotReceived)
