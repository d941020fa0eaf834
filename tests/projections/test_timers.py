"""The row of a case keeps its armed timers, and nothing of those that are disarmed."""

from __future__ import annotations

from domain.kernel import Event
from domain.testing import RULES, an_id, by, paris
from domain.ticket import Ticket
from domain.ticket import events as t
from domain.timers import RULES as TABLE
from domain.timers import changes
from projections.timers import TIMERS, TimersRow
from tests.domain.test_ticket import a_ticket, opened

SOLVED, CLOSED = paris("2026-05-26T10:00"), paris("2026-05-27T10:00")


def solved() -> tuple[Ticket, list[Event]]:
    ticket = Ticket(an_id())
    opened()(ticket)
    ticket.solve(by(SOLVED), RULES)
    return ticket, ticket.collect_events()


def fold(events: list[Event]) -> TimersRow | None:
    row = None
    for number, event in enumerate(events, 1):
        if event.TOPIC in TIMERS.topics:
            row = TIMERS.evolve(row, event, number)
    return row


def test_a_solution_arms_the_timer_that_closes_the_ticket():
    """Five business days after Tuesday 26 May 2026 is the Tuesday after, which counts whole."""
    _, events = solved()
    number = next(n for n, event in enumerate(events, 1) if isinstance(event, t.Solved))

    due = {"auto_close": paris("2026-06-03T00:00")}
    assert fold(events) == TimersRow(id=an_id(), generation=number, due=due)


def test_a_case_without_an_armed_timer_has_no_row():
    ticket, events = solved()
    ticket.reopen("not so", by(CLOSED), RULES)

    assert fold([*events, *ticket.collect_events()]) is None


def test_one_timer_leaves_another_alone():
    _, events = solved()
    armed = TimersRow(id=an_id(), generation=1, due={"auto_close": SOLVED, "reminder": CLOSED})
    closed = t.Closed.model_validate(events[-1].model_dump(include=set(Event.model_fields)))

    assert TIMERS.evolve(armed, closed, 9) == TimersRow(id=an_id(), generation=9, due={"reminder": CLOSED})


def test_most_events_touch_no_timer():
    assert a_ticket().aggregate.version
    events = [event for event in solved()[1] if type(event) not in TABLE]

    assert events
    assert [changes(event) for event in events] == [{}] * len(events)
