"""What ticks: APScheduler, and nothing of it is stored.

A clock that fell due while nobody was looking fires late and is never lost: the due
instants are in the read model, and every tick asks for all that have passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from domain.commands import NoticeMisses
from projections.armed import ClockRow
from scheduler.sweep import sweep

log = structlog.get_logger()

SECONDS = 1.0
"""Between two ticks; a tick with nothing due is one look at an index."""


class DueClocks(Protocol):
    """Where running clocks are looked up by the instant they fall due."""

    def due_clocks(self, now: datetime, *, after: tuple[datetime, UUID] | None = None) -> Sequence[ClockRow]:
        """Return a page of clocks due by *now*, the earliest first, beyond the key *after*."""
        ...


class Deadlines:
    """Sends every case whose clock fell due the command to say so."""

    def __init__(
        self,
        due: DueClocks,
        send: Callable[[UUID, NoticeMisses], object],
        now: Callable[[], datetime],
    ) -> None:
        self._due, self._send, self._now = due, send, now
        self.ticked_at: datetime | None = None

    def tick(self) -> int:
        """Tell every case with a clock that is due; return how many were told.

        One case that cannot be told is reported and stops no other; the next tick
        tries it again.
        """
        now, told, after = self._now(), 0, None
        while rows := self._due.due_clocks(now, after=after):
            told += sum(self._tell(case_id, command) for case_id, command in sweep(rows, now=now))
            after = (rows[-1].clock.due_before, rows[-1].id)
        self.ticked_at = now
        return told

    def _tell(self, case_id: UUID, command: NoticeMisses) -> bool:
        try:
            self._send(case_id, command)
        except Exception:
            log.exception("deadline_not_recorded", case_id=str(case_id))
            return False
        return True


class Runner:
    """Ticks at once when it starts, and then every *seconds* until it is stopped."""

    def __init__(self, deadlines: Deadlines, *, seconds: float = SECONDS) -> None:
        self._deadlines, self._seconds = deadlines, seconds
        # The library has no type hints.
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin to tick."""
        at_once = datetime.now(UTC)
        self._scheduler.add_job(self._tick, "interval", seconds=self._seconds, next_run_time=at_once)
        self._scheduler.start()

    def stop(self) -> None:
        """Finish the tick that runs, and stop."""
        self._scheduler.shutdown(wait=True)

    def _tick(self) -> None:
        try:
            told = self._deadlines.tick()
        except Exception:
            log.exception("tick_failed")
            return
        if told:
            log.info("deadlines_recorded", cases=told)
