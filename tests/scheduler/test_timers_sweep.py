"""The sweep of timers: each case is asked once for all of its timers, and those to come stay."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.timers import FallDue
from projections.timers import TimersRow
from scheduler.sweep import sweep_timers
from tests.scheduler.test_sweep import CASE, HOUR, NOW, OTHER


def armed(case: UUID, **due: timedelta) -> TimersRow:
    return TimersRow(id=case, generation=7, due={name: NOW + away for name, away in due.items()})


def test_a_case_with_timers_that_fell_due_is_asked_once():
    rows = [armed(CASE, auto_close=-HOUR, reminder=timedelta(0)), armed(OTHER, auto_close=HOUR)]

    assert list(sweep_timers(rows, now=NOW)) == [(CASE, FallDue(now=NOW))]


def test_a_row_that_was_told_fires_next_with_what_is_still_to_come():
    row = armed(CASE, auto_close=-HOUR, reminder=timedelta(0), stalled=HOUR)

    assert row.fires_at == NOW - HOUR
    assert row.fires_after(NOW) == NOW + HOUR
    assert row.fires_after(NOW + HOUR) is None
