"""The daily sheet of a desk that never sleeps: which cases must be told that something fell due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from domain.clocks.notice import Notice
from domain.clocks.warning import fires_at
from domain.timers import FallDue
from projections.armed import ClockRow
from projections.timers import TimersRow


def sweep(rows: Iterable[ClockRow], *, now: datetime) -> Iterator[tuple[UUID, Notice]]:
    """Yield each case with a clock of which something fell due by *now*, once, with what to ask it.

    The rows may lag behind; the case has the last word, and a second sweep changes nothing.
    """
    told: set[UUID] = set()
    for row in rows:
        fires = fires_at(row.clock)
        if fires is not None and fires <= now and row.case_id not in told:
            told.add(row.case_id)
            yield row.case_id, Notice(now=now)


def sweep_timers(rows: Iterable[TimersRow], *, now: datetime) -> Iterator[tuple[UUID, FallDue]]:
    """Yield each case with a timer that fell due by *now*, with what to ask it; it has the last word."""
    for row in rows:
        if row.fires_at <= now:
            yield row.case_id, FallDue(now=now)
