"""Timers fire once: beside the clocks, late after a sleep, with three schedulers, on both databases."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import select, update

from adapters.bootstrap import Plaint
from adapters.views import tables
from adapters.views.rebuilding import rebuild
from domain.testing import paris
from domain.ticket import Ticket
from domain.ticket import events as t
from tests.adapters.schedulers import RECEIVED, open_tickets, opened
from tests.adapters.test_ticket_deadlines_fire import later

SOLVED_AT = RECEIVED + timedelta(hours=1)
CLOSES = paris("2026-06-02T00:00")
"""Five business days after Friday 22 May 2026, of which the Monday is a holiday."""
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def begun(desk_url: str, tmp_path: Path) -> Generator[Plaint]:
    """A desk on the day of the receipt, on each kind of database."""
    desk = opened(desk_url, tmp_path, RECEIVED)
    yield desk
    desk.close()


def solve(desk: Plaint, tickets: list[UUID]) -> list[UUID]:
    found = [ticket for id in tickets if (ticket := desk.store.load(Ticket, id))]
    for ticket in found:
        ticket.solve(desk.desk.context("a", at=SOLVED_AT), desk.desk.rules)
    desk.store.append(*found)
    desk.views.catch_up()
    return tickets


def closed(desk: Plaint) -> list[t.Closed]:
    return [event for _, event in desk.store.everything() if isinstance(event, t.Closed)]


def indexed(desk: Plaint) -> list[tuple[UUID, datetime | None]]:
    c = tables.timers.c
    with desk.views_database.read() as connection:
        return [
            (row.id, row.fires_at)
            for row in connection.execute(
                select(c.id, c.fires_at).where(tables.TIMERS_VIEW.live).order_by(c.id)
            )
        ]


def test_a_solved_ticket_closes_at_its_instant_and_not_before(begun: Plaint):
    [ticket] = solve(begun, open_tickets(begun, 1))
    assert indexed(begun) == [(ticket, CLOSES)]
    later(begun, CLOSES - MICROSECOND)
    begun.deadlines.tick()
    assert closed(begun) == []

    later(begun, CLOSES)
    assert begun.deadlines.tick() == 1
    begun.views.catch_up()

    [event] = closed(begun)
    assert (event.originator_id, event.code, event.occurred_at) == (ticket, "auto", CLOSES)
    assert (event.actor, indexed(begun)) == ("system:scheduler", [])
    assert begun.deadlines.tick() == 0


def test_a_timer_that_was_slept_through_fires_late_and_once(begun: Plaint):
    """Until the event arrives in the index the row is off it: a second tick asks nobody."""
    [ticket] = solve(begun, open_tickets(begun, 1))
    awake = CLOSES + timedelta(days=400)
    later(begun, awake)

    begun.deadlines.tick()
    assert indexed(begun) == [(ticket, None)]
    assert begun.deadlines.tick() == 0
    begun.views.catch_up()

    assert [(event.occurred_at, event.recorded_at) for event in closed(begun)] == [(awake, awake)]
    assert begun.deadlines.recorded["ticket.closed"] == 1


def test_the_ticket_has_the_last_word_when_the_index_lags(begun: Plaint):
    """A row that claims too much is told, and put right when it changes nothing."""
    [ticket] = solve(begun, open_tickets(begun, 1))
    with begun.views_database.write() as connection:
        connection.execute(update(tables.timers).values(fires_at=RECEIVED))
    later(begun, CLOSES - MICROSECOND)

    begun.deadlines.tick()

    assert (closed(begun), indexed(begun)) == ([], [(ticket, CLOSES)])


def test_a_ticket_that_was_reopened_behind_the_index_stays_open(begun: Plaint):
    [ticket] = solve(begun, open_tickets(begun, 1))
    later(begun, CLOSES)
    found = begun.store.load(Ticket, ticket)
    assert found is not None
    found.reopen("it broke again", begun.desk.context("a", at=CLOSES - MICROSECOND), begun.desk.rules)
    begun.store.append(found)

    begun.deadlines.tick()

    assert closed(begun) == []


def test_three_schedulers_at_once_close_each_ticket_once(begun: Plaint, desk_url: str, tmp_path: Path):
    tickets = solve(begun, open_tickets(begun, 110))
    desks = [opened(desk_url, tmp_path, CLOSES) for _ in range(3)]
    threads = [Thread(target=desk.deadlines.tick) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(event.originator_id for event in closed(begun)) == sorted(tickets)
    assert sum(desk.deadlines.recorded["ticket.closed"] for desk in desks) == len(tickets)
    for desk in desks:
        desk.close()


def test_timers_are_built_anew_from_the_log(begun: Plaint):
    [ticket] = solve(begun, open_tickets(begun, 1))
    before = indexed(begun)

    rebuild(begun.views, ["timers"])

    assert indexed(begun) == before == [(ticket, CLOSES)]
