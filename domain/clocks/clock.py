"""One clock: a small state machine folded from its events."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.clocks.events import (
    ClockCancelled,
    ClockExcusalProposed,
    ClockExtended,
    ClockMet,
    ClockMissCorrected,
    ClockMissed,
    ClockMissExcused,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStoppedLate,
    ClockTakenOver,
    ClockWarned,
    Pin,
    WarnAt,
)
from domain.deadlines import Pause
from domain.kernel import Event, Instant, Value, changed, made
from domain.privacy import Code

if TYPE_CHECKING:
    from domain.policies import Term


MERGED, UNMERGED = "merged", "unmerged"
"""Why a clock is cancelled whose promise another one keeps: it comes back when the cases part."""


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
    ended_for: UUID | None = None
    taken_from: UUID | None = None
    taken_clock: UUID | None = None
    pauses: tuple[Pause, ...] = ()
    extended_by: Code | None = None
    generation: int = 1
    warnings: tuple[WarnAt, ...] = ()
    warned: tuple[Code, ...] = ()
    excusal_proposed_by: Code | None = None
    excusal_reason: Code | None = None

    @property
    def live(self) -> bool:
        """Whether the promise is still to be kept."""
        return self.status in {Status.RUNNING, Status.PAUSED}

    @property
    def outstanding(self) -> bool:
        """Whether the promise was missed and its act has still not come."""
        return self.status is Status.MISSED and self.stopped_at is None

    @property
    def set_aside(self) -> bool:
        """Whether a merge, or the end of one, put another clock in its place."""
        return self.status is Status.CANCELLED and self.ended_by in {MERGED, UNMERGED}

    @property
    def pin(self) -> Pin:
        """The versions that the clock counts by."""
        return Pin(
            regime=self.regime,
            version=self.version,
            calendar=self.calendar,
            calendar_version=self.calendar_version,
        )

    def due_at(self, now: datetime) -> bool:
        """Whether a running clock has fallen due."""
        return self.status is Status.RUNNING and self.due_before <= now

    def keeps(self, at: datetime) -> bool:
        """Whether an act *at* would be in time: the clock stands still, or is not yet due."""
        return self.live and not self.due_at(at)

    def counted(self, term: Term) -> Term:
        """Return *term* as the clock counts it: with the longer limit once a notice has extended it."""
        longer = term.extension
        if self.extended_by is None or longer is None:
            return term
        return term.model_copy(update={"limit": longer.limit, "unit": longer.unit})


def evolve(clock: Clock | None, event: Event) -> Clock | None:
    """Return the clock after *event*."""
    match event, clock:
        case ClockTakenOver(), _:
            return _taken_over(event)
        case ClockStarted(), _:
            began = {"id": event.clock_id, "started_at": event.occurred_at}
            return made(Clock, began | _only(event, _STARTED))
        case ClockMet(occurred_at=at), Clock():
            return changed(clock, {"status": Status.MET, "stopped_at": at})
        case ClockMissed(noticed_at=noticed), Clock():
            return changed(clock, {"status": Status.MISSED, "noticed_at": noticed})
        case ClockStoppedLate(occurred_at=at), Clock():
            return changed(clock, {"stopped_at": at})
        case ClockMissCorrected(occurred_at=at), Clock():
            return changed(clock, {"status": Status.MET, "stopped_at": at, "late_evidence": True})
        case ClockPaused(occurred_at=at), Clock():
            pauses = (*clock.pauses, Pause(from_=at))
            return changed(clock, {"status": Status.PAUSED, "pauses": pauses})
        case ClockResumed(), Clock():
            return changed(
                clock,
                {
                    "status": Status.RUNNING,
                    "due_date": event.due_date,
                    "due_before": event.due_before,
                    "pauses": event.pauses,
                    "warnings": event.warnings,
                    "stopped_at": None,
                    "late_evidence": False,
                    "ended_by": None,
                    "ended_at": None,
                    "ended_for": None,
                }
                | _moved(clock),
            )
        case ClockExtended(by=word), Clock():
            return changed(clock, _only(event, _DUE) | {"extended_by": word} | _moved(clock))
        case ClockRetargeted(), Clock():
            return changed(clock, _only(event, _RETARGETED) | _moved(clock))
        case ClockWarned(offset=offset, generation=generation), Clock(generation=current):
            warned = (*clock.warned, offset) if generation == current else clock.warned
            return changed(clock, {"warned": warned})
        case ClockExcusalProposed(actor=actor, reason_code=reason), Clock():
            return changed(clock, {"excusal_proposed_by": actor, "excusal_reason": reason})
        case ClockMissExcused(), Clock():
            return changed(clock, {"excused": True})
        case ClockCancelled(cause=cause, occurred_at=at, to=to), Clock():
            ended = {"ended_by": cause, "ended_at": at, "ended_for": to}
            return changed(clock, {"status": Status.CANCELLED, **ended})
        case _:
            return clock


def _taken_over(event: ClockTakenOver) -> Clock:
    """Return the clock as it stood on the case that made the promise."""
    status = Status.PAUSED if any(pause.to is None for pause in event.pauses) else Status.RUNNING
    return Clock(
        id=event.clock_id,
        status=status if event.missed_at is None else Status.MISSED,
        noticed_at=event.missed_at,
        **_only(event, _STARTED | _TAKEN_OVER),
    )


def _moved(clock: Clock) -> dict[str, Any]:
    """Return what changes with every due instant: timers of an earlier generation mean nothing."""
    return {"generation": clock.generation + 1, "warned": ()}


def _only(event: Event, names: frozenset[str]) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names}


_DUE = frozenset({"due_date", "due_before", "warnings"})
_RETARGETED = _DUE | {"version", "calendar", "calendar_version", "started_at", "day_zero"}
_STARTED = _DUE | {
    "regime",
    "version",
    "calendar",
    "calendar_version",
    "milestone",
    "number",
    "legal",
    "day_zero",
}
_TAKEN_OVER = frozenset({"taken_from", "taken_clock", "started_at", "pauses", "extended_by"})
