"""One clock: a small state machine folded from its events."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.clocks.events import (
    ClockCancelled,
    ClockMet,
    ClockMissCorrected,
    ClockMissed,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStoppedLate,
)
from domain.deadlines import Pause
from domain.kernel import Event, Instant, Value
from domain.privacy import Code


class Status(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Clock(Value):
    """One running promise on one case."""

    id: UUID
    regime: Code
    version: Code
    calendar: Code
    calendar_version: Code
    milestone: Code
    number: int
    legal: bool
    started_at: Instant
    day_zero: date | None = None
    due_date: date
    due_before: Instant
    status: Status = Status.RUNNING
    stopped_at: Instant | None = None
    noticed_at: Instant | None = None
    late_evidence: bool = False
    excused: bool = False
    ended_by: Code | None = None
    ended_at: Instant | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def live(self) -> bool:
        """Whether the promise is still to be kept."""
        return self.status in {Status.RUNNING, Status.PAUSED}

    @property
    def outstanding(self) -> bool:
        """Whether the promise was missed and its act has still not come."""
        return self.status is Status.MISSED and self.stopped_at is None

    def due_at(self, now: datetime) -> bool:
        """Whether a running clock has fallen due."""
        return self.status is Status.RUNNING and self.due_before <= now


def evolve(clock: Clock | None, event: Event) -> Clock | None:
    """Return the clock after *event*."""
    match event, clock:
        case ClockStarted(), _:
            return Clock(
                id=event.clock_id,
                started_at=event.occurred_at,
                **event.model_dump(include=_STARTED),
            )
        case ClockMet(occurred_at=at), Clock():
            return clock.model_copy(update={"status": Status.MET, "stopped_at": at})
        case ClockMissed(noticed_at=noticed), Clock():
            return clock.model_copy(update={"status": Status.MISSED, "noticed_at": noticed})
        case ClockStoppedLate(occurred_at=at), Clock():
            return clock.model_copy(update={"stopped_at": at})
        case ClockMissCorrected(occurred_at=at), Clock():
            return clock.model_copy(update={"status": Status.MET, "stopped_at": at, "late_evidence": True})
        case ClockPaused(occurred_at=at), Clock():
            pauses = (*clock.pauses, Pause(from_=at))
            return clock.model_copy(update={"status": Status.PAUSED, "pauses": pauses})
        case ClockResumed(), Clock():
            return clock.model_copy(
                update={
                    "status": Status.RUNNING,
                    "due_date": event.due_date,
                    "due_before": event.due_before,
                    "pauses": event.pauses,
                    "ended_by": None,
                    "ended_at": None,
                }
            )
        case ClockCancelled(cause=cause, occurred_at=at), Clock():
            return clock.model_copy(update={"status": Status.CANCELLED, "ended_by": cause, "ended_at": at})
        case _:
            return clock


_STARTED = {
    "regime",
    "version",
    "calendar",
    "calendar_version",
    "milestone",
    "number",
    "legal",
    "day_zero",
    "due_date",
    "due_before",
}
