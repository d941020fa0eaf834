"""Which running clocks another version of their calendar would move; none is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import false, or_, select

from adapters.views import tables
from adapters.views.tables import CLOCKS_VIEW, QUEUE_VIEW
from domain.calendars import Calendar, business_days
from domain.clocks import Clock
from domain.deadlines import Deadline, deadline
from domain.errors import DomainError
from domain.kernel import Instant, Value
from domain.policies import Regime, Rulebook
from domain.privacy import Code
from projections.armed import ClockRow

if TYPE_CHECKING:
    from adapters.database import Database

PAGE = 500
STATUS = '"status":'
STANDS_STILL = '"status":"paused"'
"""How a live clock is told apart in its document, which leaves out that it runs, as that is the default.

A rare question needs no column and no index.
"""


class NotRecomputed(DomainError):
    """The due instant was set by hand and follows from no calendar; see the history of the clock."""


class Touched(Value):
    """A clock that would fall due at another instant; it falls due when it did until it is retargeted.

    ``new_due_before`` is None where the due instant cannot be computed; ``reason`` says why.
    """

    case_id: UUID
    reference: Code
    clock_id: UUID
    regime: Code
    milestone: Code
    number: int
    legal: bool
    status: Code
    calendar: Code
    old_version: Code
    new_version: Code
    due_date: date
    due_before: Instant
    new_due_date: date | None = None
    new_due_before: Instant | None = None
    reason: Code | None = None


def touched(database: Database, rules: Rulebook, moves: Mapping[str, Calendar]) -> Iterator[Touched]:
    """Yield the live clocks whose due instant *moves* would change: by code, the version to move to.

    The read models are gone through page by page, in the order of cases.  A clock that
    stands still is judged as of its last pause, by the due instant that it shows.
    """
    for row in _pinned(database, moves):
        clock = ClockRow.model_validate_json(row.doc).clock
        calendar = moves.get(clock.calendar)
        if calendar is None or clock.calendar_version == calendar.version or not clock.live:
            continue
        found = _moved(clock, rules, calendar)
        if found.get("new_due_before") != clock.due_before:
            yield _touched(row, clock, calendar, found)


def _pinned(database: Database, moves: Mapping[str, Calendar]) -> Iterator[Any]:
    clocks, queue = tables.clocks, tables.queue
    named = (clocks.c.doc.contains(f'"calendar":"{code}"', autoescape=True) for code in sorted(moves))
    ended_or_still = clocks.c.doc.contains(STATUS, autoescape=True)
    live = or_(~ended_or_still, clocks.c.doc.contains(STANDS_STILL, autoescape=True))
    columns = (clocks.c.id, clocks.c.case_id, clocks.c.doc, queue.c.reference)
    found = (
        select(*columns)
        .select_from(clocks.outerjoin(queue, (queue.c.id == clocks.c.case_id) & QUEUE_VIEW.live))
        .where(CLOCKS_VIEW.live, live, or_(false(), *named))
    )
    page = found.order_by(clocks.c.id).limit(PAGE)
    last: UUID | None = None
    while True:
        beyond = page if last is None else page.where(clocks.c.id > last)
        with database.read() as connection:
            rows = list(connection.execute(beyond))
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1].id


def _touched(row: Any, clock: Clock, calendar: Calendar, found: Mapping[str, object]) -> Touched:
    same = ("regime", "milestone", "number", "legal", "status", "calendar", "due_date", "due_before")
    facts: dict[str, object] = {
        "case_id": row.case_id,
        "reference": row.reference or str(row.case_id),
        "clock_id": clock.id,
        "old_version": clock.calendar_version,
        "new_version": calendar.version,
    }
    return Touched.model_validate(facts | {name: getattr(clock, name) for name in same} | dict(found))


def _moved(clock: Clock, rules: Rulebook, calendar: Calendar) -> dict[str, date | datetime | str]:
    """Return the due instant of *clock* on *calendar*, or the reason why there is none."""
    try:
        regime = rules.regime(clock.regime, clock.version)
        pinned = rules.calendar(clock.calendar, clock.calendar_version)
        if _due(clock, regime, pinned).due_before != clock.due_before:
            raise NotRecomputed
        due = _due(clock, regime, calendar)
    except DomainError as error:
        return {"reason": error.remedy[:200]}
    return {"new_due_date": due.due_date, "new_due_before": due.due_before}


def _due(clock: Clock, regime: Regime, calendar: Calendar) -> Deadline:
    return deadline(
        clock.counted(regime.term(clock.milestone)),
        regime,
        business_days(calendar, regime.closed_weekdays),
        clock.started_at,
        day_zero=clock.day_zero,
        pauses=[pause for pause in clock.pauses if pause.to is not None],
    )
