"""What ticks loses nothing, and one bad case stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import UUID

from structlog.testing import capture_logs

from domain.commands import NoticeMisses
from projections.armed import ClockRow
from scheduler.runner import Deadlines, Runner
from tests.scheduler.test_sweep import NOW, a_row


class Due:
    """Due clocks that are handed out in pages of two."""

    def __init__(self, rows: Sequence[ClockRow]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.clock.due_before, row.id))

    def due_clocks(self, now: datetime, *, after: tuple[datetime, UUID] | None = None) -> Sequence[ClockRow]:
        due = [row for row in self.rows if row.clock.due_before <= now]
        return [row for row in due if after is None or (row.clock.due_before, row.id) > after][:2]


def ignore(_case: UUID, _command: NoticeMisses) -> None:
    """Take a command and do nothing."""


def test_every_case_that_is_due_is_told_however_many_there_are() -> None:
    told: list[UUID] = []
    cases = [UUID(int=n) for n in range(1, 8)]
    due = Due([a_row(case, due=NOW - timedelta(minutes=case.int % 3)) for case in cases])
    deadlines = Deadlines(due, lambda case, _: told.append(case), lambda: NOW)

    assert deadlines.tick() == 7
    assert sorted(told) == cases
    assert deadlines.ticked_at == NOW


def test_a_tick_with_nothing_due_tells_nobody() -> None:
    told: list[UUID] = []
    due = Due([a_row(UUID(int=1), due=NOW + timedelta(seconds=1))])

    assert Deadlines(due, lambda case, _: told.append(case), lambda: NOW).tick() == 0
    assert told == []


def test_a_case_that_cannot_be_told_is_reported_and_stops_no_other() -> None:
    told: list[UUID] = []

    def send(case: UUID, _command: NoticeMisses) -> None:
        if case == UUID(int=1):
            raise OSError
        told.append(case)

    due = Due([a_row(UUID(int=n)) for n in (1, 2, 3)])
    with capture_logs() as logs:
        assert Deadlines(due, send, lambda: NOW).tick() == 2

    assert told == [UUID(int=2), UUID(int=3)]
    assert [(log["event"], log["case_id"]) for log in logs] == [
        ("deadline_not_recorded", "00000000-0000-0000-0000-000000000001")
    ]


def test_a_runner_ticks_at_once_and_again_until_it_is_stopped() -> None:
    ticks, twice = [0], Event()

    class Counting(Deadlines):
        def tick(self) -> int:
            ticks[0] += 1
            if ticks[0] == 2:
                twice.set()
            return 1

    runner = Runner(Counting(Due([]), ignore, lambda: datetime.now(UTC)), seconds=0.01)
    runner.start()

    assert twice.wait(timeout=10)
    runner.stop()
    stopped = ticks[0]
    assert not Event().wait(0.05)
    assert ticks[0] == stopped


def test_a_tick_that_fails_is_reported_and_the_next_one_comes() -> None:
    ticks, again = [0], Event()

    class Failing(Deadlines):
        def tick(self) -> int:
            ticks[0] += 1
            if ticks[0] == 2:
                again.set()
                return 0
            raise OSError

    with capture_logs() as logs:
        runner = Runner(Failing(Due([]), ignore, lambda: NOW), seconds=0.01)
        runner.start()
        assert again.wait(timeout=10)
        runner.stop()

    assert [log["event"] for log in logs][:1] == ["tick_failed"]
