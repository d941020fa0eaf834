"""One clock: a small state machine folded from its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    # Read models ask it of every event: to try one class after the other took as long as the change.
    change = _CHANGES.get(type(event))
    if change is not None:
        return None if clock is None else changed(clock, change(clock, event))
    begin = _BEGINNINGS.get(type(event))
    return clock if begin is None else begin(event)


def _started(event: ClockStarted) -> Clock:
    began = {"id": event.clock_id, "started_at": event.occurred_at}
    return made(Clock, began | _only(event, _STARTED))


def _taken_over(event: ClockTakenOver) -> Clock:
    """Return the clock as it stood on the case that made the promise."""
    status = Status.PAUSED if any(pause.to is None for pause in event.pauses) else Status.RUNNING
    return Clock(
        id=event.clock_id,
        status=status if event.missed_at is None else Status.MISSED,
        noticed_at=event.missed_at,
        **_only(event, _STARTED | _TAKEN_OVER),
    )


def _stopped(clock: Clock, event: Event) -> dict[str, Any]:
    del clock
    return {"stopped_at": event.occurred_at}


def _met(clock: Clock, event: ClockMet) -> dict[str, Any]:
    return {"status": Status.MET} | _stopped(clock, event)


def _missed(clock: Clock, event: ClockMissed) -> dict[str, Any]:
    del clock
    return {"status": Status.MISSED, "noticed_at": event.noticed_at}


def _met_after_all(clock: Clock, event: ClockMissCorrected) -> dict[str, Any]:
    return {"status": Status.MET} | _stopped(clock, event) | {"late_evidence": True}


def _paused(clock: Clock, event: ClockPaused) -> dict[str, Any]:
    return {"status": Status.PAUSED, "pauses": (*clock.pauses, Pause(from_=event.occurred_at))}


def _resumed(clock: Clock, event: ClockResumed) -> dict[str, Any]:
    again = dict.fromkeys(("stopped_at", "ended_by", "ended_at", "ended_for"))
    runs = {"status": Status.RUNNING, "late_evidence": False}
    return _only(event, _DUE | {"pauses"}) | again | runs | _moved(clock)


def _extended(clock: Clock, event: ClockExtended) -> dict[str, Any]:
    return _only(event, _DUE) | {"extended_by": event.by} | _moved(clock)


def _retargeted(clock: Clock, event: ClockRetargeted) -> dict[str, Any]:
    return _only(event, _RETARGETED) | _moved(clock)


def _warned(clock: Clock, event: ClockWarned) -> dict[str, Any]:
    return {"warned": (*clock.warned, event.offset) if event.generation == clock.generation else clock.warned}


def _excusal_proposed(clock: Clock, event: ClockExcusalProposed) -> dict[str, Any]:
    del clock
    return {"excusal_proposed_by": event.actor, "excusal_reason": event.reason_code}


def _excused(clock: Clock, event: ClockMissExcused) -> dict[str, Any]:
    del clock, event
    return {"excused": True}


def _cancelled(clock: Clock, event: ClockCancelled) -> dict[str, Any]:
    del clock
    ended = {"ended_by": event.cause, "ended_at": event.occurred_at, "ended_for": event.to}
    return {"status": Status.CANCELLED, **ended}


_BEGINNINGS: Mapping[type[Event], Callable[[Any], Clock]] = {
    ClockStarted: _started,
    ClockTakenOver: _taken_over,
}
_CHANGES: Mapping[type[Event], Callable[[Clock, Any], dict[str, Any]]] = {
    ClockMet: _met,
    ClockMissed: _missed,
    ClockStoppedLate: _stopped,
    ClockMissCorrected: _met_after_all,
    ClockPaused: _paused,
    ClockResumed: _resumed,
    ClockExtended: _extended,
    ClockRetargeted: _retargeted,
    ClockWarned: _warned,
    ClockExcusalProposed: _excusal_proposed,
    ClockMissExcused: _excused,
    ClockCancelled: _cancelled,
}
"""What of a clock changes upon an event of exactly that class."""


def _moved(clock: Clock) -> dict[str, Any]:
    """Return what changes with every due instant: timers of an earlier generation mean nothing."""
    return {"generation": clock.generation + 1, "warned": ()}


def _only(event: Event, names: frozenset[str]) -> dict[str, Any]:
    said = vars(event)
    return {name: said[name] for name in names}


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
