"""What ticks goes on ticking, whatever fails and however the host's clock is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from structlog.testing import capture_logs

from scheduler import runner as module
from scheduler.deadlines import Deadlines
from scheduler.runner import SILENT, Nightly, Runner
from tests.scheduler.test_deadlines import Cases, Steady
from tests.scheduler.test_sweep import NOW


class Counting(Deadlines):
    """Ticks that are counted; some fail."""

    def __init__(self, *, fails: int = 0, enough: int = 2) -> None:
        self.steady = Steady()
        super().__init__((), Cases(), lambda: NOW, self.steady)
        self.ticks, self.fails, self.enough = 0, fails, enough
        self.reached = Event()

    def tick(self) -> int:
        self.ticks += 1
        if self.ticks >= self.enough:
            self.reached.set()
        if self.ticks <= self.fails:
            raise OSError
        return 1

    def again(self, more: int = 2) -> bool:
        """Wait for *more* ticks."""
        self.enough = self.ticks + more
        self.reached.clear()
        return self.reached.wait(timeout=60)

    def rests(self) -> bool:
        """Say whether there is no tick for as long as many take."""
        before = self.ticks
        assert not Event().wait(0.3)
        return self.ticks == before


def test_a_runner_ticks_at_once_and_again_until_it_is_stopped() -> None:
    ticking = Counting()
    runner = Runner(ticking, seconds=0.01)
    runner.start()

    assert ticking.reached.wait(timeout=60)
    runner.stop()
    stopped = ticking.ticks
    assert not Event().wait(0.05)
    assert ticking.ticks == stopped


def test_a_tick_that_fails_is_reported_and_the_next_one_comes() -> None:
    ticking = Counting(fails=1)
    with capture_logs() as logs:
        runner = Runner(ticking, seconds=0.01)
        runner.start()
        assert ticking.reached.wait(timeout=60)
        runner.stop()

    assert [log["event"] for log in logs][:1] == ["tick_failed"]


def test_a_runner_that_is_not_heard_of_is_silent() -> None:
    """Only where it should tick: before it starts and after it stops nobody waits for it."""
    ticking = Counting()
    runner = Runner(ticking, seconds=0.01)
    ticking.steady.seconds = 2 * SILENT
    assert not runner.silent

    runner.start()
    assert not runner.silent
    ticking.steady.seconds += SILENT
    assert not runner.silent
    ticking.steady.seconds += 0.1
    assert runner.silent
    runner.stop()
    assert not runner.silent


def test_a_runner_ticks_on_when_the_host_clock_goes_400_days_ahead_and_back() -> None:
    """The library plans by the host's clock: left alone it would wait the 400 days."""
    with time_machine.travel(NOW, tick=True) as traveller, capture_logs() as logs:
        ticking = Counting()
        runner = Runner(ticking, seconds=0.02)
        runner.start()
        assert ticking.reached.wait(timeout=60)

        traveller.move_to(NOW + timedelta(days=400), tick=True)
        assert ticking.again()
        traveller.move_to(NOW, tick=True)
        assert ticking.again(5)
        runner.stop()

    assert [log["event"] for log in logs if log["event"] != "deadlines_recorded"] == ["planned_again"]


def test_without_the_watch_the_ticks_would_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JUMP", float("inf"))
    with time_machine.travel(NOW + timedelta(days=400), tick=True) as traveller:
        ticking = Counting()
        runner = Runner(ticking, seconds=0.02)
        runner.start()
        assert ticking.reached.wait(timeout=60)

        traveller.move_to(NOW, tick=True)
        assert any(ticking.rests() for _ in range(100)), "what was under way is not the last tick"
        runner.stop()


def test_a_nightly_job_is_planned_for_its_time_and_may_fail() -> None:
    ran: list[str] = []

    def fails() -> None:
        ran.append("job")
        raise OSError

    runner = Runner(Counting(), seconds=0.01, nightly=[Nightly("counters", fails, 2, 30)])
    runner.start()
    job: Any = runner._scheduler.get_job("counters")
    next_run: datetime = job.next_run_time
    assert (next_run.hour, next_run.minute, next_run.tzinfo) == (2, 30, UTC)
    with capture_logs() as logs:
        job.modify(next_run_time=datetime.now(UTC))
        while "job_failed" not in {log["event"] for log in logs}:
            assert not Event().wait(0.01)
        runner.stop()

    assert ran == ["job"]
