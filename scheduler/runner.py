"""What ticks: APScheduler, and nothing of it is stored.

A clock that fell due while nobody was looking fires late and is never lost: the due
instants are in the read model, and every tick asks for all that have passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from scheduler.deadlines import Deadlines

log = structlog.get_logger()

SECONDS = 1.0
"""Between two ticks; a tick with nothing due is one look at an index."""
SILENT = 30.0
"""Seconds without a sign of life after which a scheduler counts as dead."""
JUMP = 1.0
"""Seconds by which the host's clock must go back against a steady one to be put right here."""


@dataclass(frozen=True)
class Nightly:
    """A job for once a night, at this time of day in UTC."""

    name: str
    run: Callable[[], object]
    hour: int
    minute: int = 0


class Every(BaseTrigger):
    """Fires at once, and then *seconds* after it was last looked at.

    The library's own interval makes a list of every instant that was slept through, to
    run the last of them: 400 days of seconds are some gigabytes.
    """

    def __init__(self, seconds: float) -> None:
        self.pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> Any:
        """Return the next instant to fire at."""
        return now if previous_fire_time is None else now + self.pause


class Runner:
    """Ticks at once when it starts, and then every *seconds* until it is stopped."""

    def __init__(
        self, deadlines: Deadlines, *, seconds: float = SECONDS, nightly: Sequence[Nightly] = ()
    ) -> None:
        self._deadlines, self._seconds, self._nightly = deadlines, seconds, tuple(nightly)
        self._stopping = Event()
        self._watch = Thread(target=self._watch_the_clock, name="host-clock", daemon=True)
        self.running = False
        # The library has no type hints.
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin to tick."""
        self._deadlines.beat()
        self._plan()
        self._scheduler.start()
        self._watch.start()
        self.running = True

    def stop(self) -> None:
        """Finish what runs, and stop."""
        self.running = False
        self._deadlines.stop()
        self._stopping.set()
        self._watch.join()
        self._scheduler.shutdown(wait=True)

    @property
    def silent(self) -> bool:
        """Whether the scheduler should tick here and has not been heard of for long."""
        return self.running and self._deadlines.silent_for() > SILENT

    def _plan(self) -> None:
        """Plan every job from the present instant on."""
        add: Any = self._scheduler.add_job
        add(self._tick, Every(self._seconds), id="tick", replace_existing=True)
        for job in self._nightly:
            at = {"hour": job.hour, "minute": job.minute}
            add(self._run, "cron", args=[job], id=job.name, replace_existing=True, **at)

    def _watch_the_clock(self) -> None:
        """Plan again when the host's clock went back: the library waits for instants that it had planned."""
        ahead = time.time() - time.monotonic()
        while not self._stopping.wait(self._seconds):
            before, ahead = ahead, time.time() - time.monotonic()
            if ahead < before - JUMP:
                log.warning("planned_again", seconds_back=round(before - ahead, 1))
                self._plan()

    def _tick(self) -> None:
        try:
            told = self._deadlines.tick()
        except Exception:
            log.exception("tick_failed")
            return
        if told:
            log.info("deadlines_recorded", cases=told)

    def _run(self, job: Nightly) -> None:
        try:
            job.run()
        except Exception:
            log.exception("job_failed", job=job.name)
