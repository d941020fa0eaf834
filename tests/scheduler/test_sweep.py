"""The sweep asks, the case answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.clocks import Clock, Status
from domain.commands import NoticeMisses
from projections.armed import ClockRow
from scheduler.sweep import sweep

NOW = datetime(2026, 5, 27, 22, tzinfo=UTC)
CASE, OTHER = UUID(int=1), UUID(int=2)


def a_row(case: UUID, *, due: datetime = NOW, status: Status = Status.RUNNING, number: int = 1) -> ClockRow:
    clock = Clock(
        id=UUID(int=case.int * 100 + number),
        regime="house",
        version="2026-01",
        calendar="FR",
        calendar_version="1",
        milestone="acknowledgement",
        number=number,
        legal=False,
        started_at=due - timedelta(days=5),
        due_date=due.date(),
        due_before=due,
        status=status,
    )
    return ClockRow(id=clock.id, case_id=case, clock=clock)


def test_a_clock_is_due_exactly_at_its_due_instant() -> None:
    assert list(sweep([a_row(CASE)], now=NOW)) == [(CASE, NoticeMisses(now=NOW))]


def test_a_clock_is_not_due_one_microsecond_before() -> None:
    assert list(sweep([a_row(CASE)], now=NOW - timedelta(microseconds=1))) == []


def test_a_case_with_several_clocks_due_is_told_once() -> None:
    rows = [a_row(CASE, number=1), a_row(OTHER), a_row(CASE, number=2)]

    assert list(sweep(rows, now=NOW)) == [(CASE, NoticeMisses(now=NOW)), (OTHER, NoticeMisses(now=NOW))]


def test_only_a_running_clock_falls_due() -> None:
    rows = [a_row(UUID(int=n), status=status) for n, status in enumerate(Status, start=1)]

    told = [case for case, _ in sweep(rows, now=NOW)]

    assert told == [UUID(int=list(Status).index(Status.RUNNING) + 1)]
