"""The sweep asks, the case answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.clocks import Clock, Status, WarnAt
from domain.clocks.notice import Notice
from domain.clocks.warning import fires_at
from projections.armed import ClockRow
from scheduler.sweep import sweep

NOW = datetime(2026, 5, 27, 22, tzinfo=UTC)
CASE, OTHER = UUID(int=1), UUID(int=2)
HOUR = timedelta(hours=1)


def a_row(
    case: UUID,
    *,
    due: datetime = NOW,
    status: Status = Status.RUNNING,
    number: int = 1,
    warnings: tuple[WarnAt, ...] = (),
    warned: tuple[str, ...] = (),
) -> ClockRow:
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
        warnings=warnings,
        warned=warned,
    )
    return ClockRow(id=clock.id, case_id=case, clock=clock)


def test_a_clock_is_due_exactly_at_its_due_instant() -> None:
    assert list(sweep([a_row(CASE)], now=NOW)) == [(CASE, Notice(now=NOW))]


def test_a_clock_is_not_due_one_microsecond_before() -> None:
    assert list(sweep([a_row(CASE)], now=NOW - timedelta(microseconds=1))) == []


def test_a_case_with_several_clocks_due_is_told_once() -> None:
    rows = [a_row(CASE, number=1), a_row(OTHER), a_row(CASE, number=2)]

    assert list(sweep(rows, now=NOW)) == [(CASE, Notice(now=NOW)), (OTHER, Notice(now=NOW))]


def test_only_a_running_clock_falls_due() -> None:
    rows = [a_row(UUID(int=n), status=status) for n, status in enumerate(Status, start=1)]

    told = [case for case, _ in sweep(rows, now=NOW)]

    assert told == [UUID(int=list(Status).index(Status.RUNNING) + 1)]


def test_a_clock_fires_for_each_warning_and_then_for_its_due_instant() -> None:
    early, late = WarnAt(offset="8 hour", at=NOW - 8 * HOUR), WarnAt(offset="1 hour", at=NOW - HOUR)

    def next_of(*warned: str, status: Status = Status.RUNNING) -> datetime | None:
        return fires_at(a_row(CASE, warnings=(early, late), warned=warned, status=status).clock)

    assert next_of() == early.at
    assert next_of("8 hour") == late.at
    assert next_of("1 hour") == early.at
    assert next_of("8 hour", "1 hour") == NOW
    assert next_of(status=Status.PAUSED) is None


def test_a_case_is_told_when_a_warning_falls_due() -> None:
    row = a_row(CASE, warnings=(WarnAt(offset="1 hour", at=NOW - HOUR),))

    assert list(sweep([row], now=NOW - HOUR)) == [(CASE, Notice(now=NOW - HOUR))]
    assert list(sweep([row], now=NOW - HOUR - timedelta(microseconds=1))) == []
