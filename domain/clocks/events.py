"""What happens to clocks, under the topics it is stored by."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.deadlines import Pause
from domain.kernel import Event, Instant, Value
from domain.privacy import Code


class Pin(Value):
    """A regime that binds a case, in the versions that were in force when it did."""

    regime: Code
    version: Code
    calendar: Code
    calendar_version: Code


class ClockEvent(Event):
    """Something that has happened to one clock of a case."""

    clock_id: UUID


class ClockStarted(ClockEvent):
    """A promise was made: its due instant stands whatever any file says later.

    ``day_zero`` is set when a miss started it: the due date that was missed.
    """

    TOPIC: ClassVar[str] = "clock.started"

    regime: Code
    version: Code
    calendar: Code
    calendar_version: Code
    milestone: Code
    number: int
    legal: bool
    day_zero: date | None = None
    due_date: date
    due_before: Instant


class ClockMet(ClockEvent):
    """The promised act came in time; it occurred at this event's ``occurred_at``."""

    TOPIC: ClassVar[str] = "clock.met"


class ClockMissed(ClockEvent):
    """The due instant passed unmet.  ``occurred_at`` is that instant, however late it was noticed."""

    TOPIC: ClassVar[str] = "clock.missed"

    due_date: date
    due_before: Instant
    noticed_at: Instant


class ClockStoppedLate(ClockEvent):
    """The promised act came after all, too late: the miss stays."""

    TOPIC: ClassVar[str] = "clock.stopped_late"


class ClockMissCorrected(ClockEvent):
    """Evidence that came late shows the act in time: met, and the miss event stays in the log."""

    TOPIC: ClassVar[str] = "clock.miss_corrected"


class ClockPaused(ClockEvent):
    """The clock stands still from ``occurred_at``."""

    TOPIC: ClassVar[str] = "clock.paused"


class ClockResumed(ClockEvent):
    """The clock runs again from ``occurred_at``, to a due instant that allows for the pauses."""

    TOPIC: ClassVar[str] = "clock.resumed"

    due_date: date
    due_before: Instant
    pauses: tuple[Pause, ...] = ()


class ClockCancelled(ClockEvent):
    """The promise fell away; *cause* is the word of the event that ended it."""

    TOPIC: ClassVar[str] = "clock.cancelled"

    cause: Code


CLOCK_EVENTS: tuple[type[ClockEvent], ...] = (
    ClockStarted,
    ClockMet,
    ClockMissed,
    ClockStoppedLate,
    ClockMissCorrected,
    ClockPaused,
    ClockResumed,
    ClockCancelled,
)
