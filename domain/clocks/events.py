"""What happens to clocks, under the topics it is stored by."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

from domain.deadlines import Pause
from domain.kernel import Event, Instant, Value
from domain.privacy import Code, Kept, PersonalText
from domain.warnings import WarnAt

ExcuseCode: TypeAlias = Literal["complainant_delay", "third_party", "force_majeure", "system_error"]
"""Why a miss may be excused."""


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

    ``day_zero`` is set when a miss started it: the due date that was missed.  ``window``
    is true where the time is the complainant's: when it passes, nobody broke a promise.
    """

    TOPIC: ClassVar[str] = "clock.started"

    regime: Code
    version: Code
    calendar: Code
    calendar_version: Code
    milestone: Code
    number: int
    legal: bool
    window: bool | None = None
    day_zero: date | None = None
    due_date: date
    due_before: Instant
    warnings: tuple[WarnAt, ...] = ()


class ClockTakenOver(ClockStarted):
    """A promise that another case made goes on here, as it stood: that case was merged into this one.

    ``taken_from`` is that case and ``taken_clock`` the clock there.  What was missed there is
    counted there, and awaited here.
    """

    TOPIC: ClassVar[str] = "clock.taken_over"

    taken_from: UUID
    taken_clock: UUID
    started_at: Instant
    pauses: tuple[Pause, ...] = ()
    extended_by: Code | None = None
    missed_at: Instant | None = None


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
    """The clock stands still from ``occurred_at``; *reason* is given where somebody stopped it by hand."""

    TOPIC: ClassVar[str] = "clock.paused"

    reason: Kept[PersonalText] | None = None


class ClockResumed(ClockEvent):
    """The clock runs again from ``occurred_at``, to a due instant that allows for the pauses."""

    TOPIC: ClassVar[str] = "clock.resumed"

    due_date: date
    due_before: Instant
    pauses: tuple[Pause, ...] = ()
    warnings: tuple[WarnAt, ...] = ()


class ClockRetargeted(ClockEvent):
    """The promise itself was changed by somebody, for a reason; what was promised before stays here.

    Promises of the regime that start later go by the same versions.
    """

    TOPIC: ClassVar[str] = "clock.retargeted"

    cause: Code
    reason: Kept[PersonalText] | None = None
    version: Code
    calendar: Code
    calendar_version: Code
    started_at: Instant
    day_zero: date | None = None
    old_due_date: date
    old_due_before: Instant
    due_date: date
    due_before: Instant
    warnings: tuple[WarnAt, ...] = ()


class ClockExtended(ClockEvent):
    """A notice that the law provides for moved the due instant; *by* is the word of that notice."""

    TOPIC: ClassVar[str] = "clock.extended"

    by: Code
    parts: tuple[Code, ...] = ()
    old_due_date: date
    old_due_before: Instant
    due_date: date
    due_before: Instant
    warnings: tuple[WarnAt, ...] = ()


class ClockWarned(ClockEvent):
    """A warning fell due before the promise did: *offset* before the due instant of *generation*."""

    TOPIC: ClassVar[str] = "clock.warned"

    offset: Code
    generation: int
    due_before: Instant
    noticed_at: Instant
    level: int
    recipients: tuple[Code, ...] = ()
    deliver_from: Instant | None = None


class ClockExcusalProposed(ClockEvent):
    """One person proposed to excuse a miss; another has to agree."""

    TOPIC: ClassVar[str] = "clock.excusal_proposed"

    reason_code: Code
    reason: Kept[PersonalText] | None = None


class ClockMissExcused(ClockEvent):
    """A second person agreed to excuse a miss: it stays a miss, and is counted as excused too."""

    TOPIC: ClassVar[str] = "clock.miss_excused"

    reason_code: Code
    reason: Kept[PersonalText] | None = None
    proposed_by: Code


class ClockCancelled(ClockEvent):
    """The promise fell away; *cause* is the word of the event that ended it.

    Of a merge *to* is the other case, whose promise stands instead.
    """

    TOPIC: ClassVar[str] = "clock.cancelled"

    cause: Code
    to: UUID | None = None


CLOCK_EVENTS: tuple[type[ClockEvent], ...] = (
    ClockStarted,
    ClockMet,
    ClockMissed,
    ClockStoppedLate,
    ClockMissCorrected,
    ClockPaused,
    ClockResumed,
    ClockCancelled,
    ClockRetargeted,
    ClockExtended,
    ClockWarned,
    ClockExcusalProposed,
    ClockMissExcused,
    ClockTakenOver,
)
