"""Clocks: the promises of a case, as a small state machine folded from its own events.

A regime promises milestones.  An event of the case starts a clock, another stops
it in time or too late, a third ends the promise.  What is in time is decided by
the instants in the events alone: an act at ``t`` is in time when ``t < due_before``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from domain.calendars import business_days
from domain.deadlines import Deadline, Pause, deadline
from domain.ids import derived
from domain.kernel import Aggregate, Context, Event, Instant, Value
from domain.privacy import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.policies import Regime, Rulebook, Term

ENDS = frozenset({"closed", "withdrawn", "redirected", "declared_inadmissible"})
"""Words that end every promise of a case until it is reopened."""
PAUSES = frozenset({"paused", "information_requested"})
RESUMES = frozenset({"resumed", "information_supplied"})


class Status(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


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
            return clock.model_copy(
                update={"status": Status.MET, "stopped_at": at, "late_evidence": True}
            )
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
            return clock.model_copy(
                update={"status": Status.CANCELLED, "ended_by": cause, "ended_at": at}
            )
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


class Promises(Aggregate):
    """A case with clocks: it hears its own events as words, and answers with clock events."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.pins: tuple[Pin, ...] = ()
        self.clocks: dict[UUID, Clock] = {}

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        if isinstance(event, ClockEvent):
            clock = evolve(self.clocks.get(event.clock_id), event)
            if clock is not None:
                self.clocks[clock.id] = clock

    def notice_misses(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Record each clock that fell due by *now* unmet, once, and what follows from each miss.

        A clock already missed, met or cancelled is no news.  A miss may start other
        clocks, which may be due as well: they follow in the order of their due instants.
        """
        while due := [clock for clock in self.clocks.values() if clock.due_at(now)]:
            clock = min(due, key=lambda each: (each.due_before, each.regime, each.milestone))
            self.record(
                ClockMissed,
                by,
                occurred_at=clock.due_before,
                clock_id=clock.id,
                due_date=clock.due_date,
                due_before=clock.due_before,
                noticed_at=by.recorded_at,
            )
            self._hear_miss(clock, by, rules)

    def hear(
        self,
        word: str,
        by: Context,
        rules: Rulebook,
        *,
        at: datetime,
        parts: frozenset[str] = frozenset(),
    ) -> None:
        """Let every promise answer that *word* happened *at*; what fell due before comes first.

        *parts* are the parts that a notice contained: one that lacks a required part
        stops no clock.
        """
        self.notice_misses(at, by, rules)
        for pin in self.pins:
            regime = rules.regime(pin.regime, pin.version)
            for term in regime.terms:
                promise = _Promise(self, pin, regime, term, by, rules)
                promise.hear(word, at, complete=parts.issuperset(term.required_parts))

    def _hear_miss(self, clock: Clock, by: Context, rules: Rulebook) -> None:
        pin = next(each for each in self.pins if each.regime == clock.regime)
        regime = rules.regime(pin.regime, pin.version)
        for term in regime.terms:
            _Promise(self, pin, regime, term, by, rules).hear_miss(clock)


class _Promise:
    """One term of one regime that binds a case: its clocks so far, and how it answers."""

    def __init__(
        self, case: Promises, pin: Pin, regime: Regime, term: Term, by: Context, rules: Rulebook
    ) -> None:
        self.case, self.pin, self.regime, self.term, self.by, self.rules = (
            case,
            pin,
            regime,
            term,
            by,
            rules,
        )

    @property
    def clocks(self) -> list[Clock]:
        """The clocks of this term, the newest last."""
        return [
            clock
            for clock in self.case.clocks.values()
            if clock.regime == self.pin.regime and clock.milestone == self.term.milestone
        ]

    def hear(self, word: str, at: datetime, *, complete: bool) -> None:
        """Answer that *word* happened *at*."""
        newest = self.clocks[-1] if self.clocks else None
        if newest is None:
            if word in self.term.start:
                self.start(at)
        elif word in self.term.stop:
            if complete:
                self.stop(newest, at)
        elif word == "reopened":
            self.reopen(newest, at)
        elif newest.live and (word in ENDS or word in self.term.until):
            self._record(ClockCancelled, newest, at, cause=word)
        elif self.term.pausable and word in PAUSES and newest.status is Status.RUNNING:
            self._record(ClockPaused, newest, at)
        elif word in RESUMES and newest.status is Status.PAUSED:
            *before, last = newest.pauses
            self.resume(newest, at, (*before, last.model_copy(update={"to": at})))

    def hear_miss(self, missed: Clock) -> None:
        """Answer that *missed*, a clock of the same regime, fell due unmet."""
        clocks = self.clocks
        if not clocks:
            if f"{missed.milestone}_missed" in self.term.start:
                self.start(missed.due_before, day_zero=missed.due_date)
        elif self.term.recurring and missed.id == clocks[-1].id:
            self.start(missed.due_before, day_zero=missed.due_date)

    def stop(self, newest: Clock, at: datetime) -> None:
        """Answer the promised act: in time, too late, or told late."""
        clock = next((c for c in reversed(self.clocks) if c.started_at <= at), newest)
        if clock.live and at < clock.due_before:
            self._record(ClockMet, clock, at)
            if self.term.recurring:
                self.start(at)
        elif clock.outstanding and at < clock.due_before:
            self._record(ClockMissCorrected, clock, at)
        elif clock.outstanding:
            self._record(ClockStoppedLate, clock, at)

    def reopen(self, newest: Clock, at: datetime) -> None:
        """Revive the promise of a reopened case as its term says."""
        if self.term.on_reopen == "new_clock":
            if newest.live:
                self._record(ClockCancelled, newest, at, cause="reopened")
            self.start(at)
        elif newest.status is not Status.CANCELLED:
            return
        elif newest.ended_by not in ENDS:
            self.start(at)
        elif self.term.on_reopen == "stop_while_closed":
            closed = Pause(from_=newest.ended_at or at, to=at, always=True)
            self.resume(newest, at, (*_finished(newest.pauses, at), closed))
        else:
            self._record(
                ClockResumed,
                newest,
                at,
                due_date=newest.due_date,
                due_before=newest.due_before,
                pauses=_finished(newest.pauses, at),
            )
            self.case.notice_misses(at, self.by, self.rules)

    def resume(self, clock: Clock, at: datetime, pauses: tuple[Pause, ...]) -> None:
        """Let *clock* run again to the instant that *pauses* move it to."""
        due = self._deadline(clock.started_at, clock.day_zero, pauses)
        self._record(
            ClockResumed,
            clock,
            at,
            due_date=due.due_date,
            due_before=due.due_before,
            pauses=pauses,
        )

    def start(self, at: datetime, *, day_zero: date | None = None) -> None:
        """Start the next clock of this term; a duty without a number starts none."""
        if self.term.limit is None:
            return
        number = len(self.clocks) + 1
        due = self._deadline(at, day_zero, ())
        self.case.record(
            ClockStarted,
            self.by,
            occurred_at=at,
            clock_id=clock_id(self.case.id, self.pin.regime, self.term.milestone, number),
            **self.pin.model_dump(),
            milestone=self.term.milestone,
            number=number,
            legal=self.regime.legal,
            day_zero=day_zero,
            due_date=due.due_date,
            due_before=due.due_before,
        )

    def _deadline(
        self, started_at: datetime, day_zero: date | None, pauses: tuple[Pause, ...]
    ) -> Deadline:
        calendar = self.rules.calendar(self.pin.calendar, self.pin.calendar_version)
        days = business_days(calendar, self.regime.closed_weekdays)
        return deadline(
            self.term, self.regime, days, started_at, day_zero=day_zero, pauses=pauses
        )

    def _record(
        self, event: type[ClockEvent], clock: Clock, at: datetime, **facts: object
    ) -> None:
        self.case.record(event, self.by, occurred_at=at, clock_id=clock.id, **facts)


def bind(rules: Rulebook, regimes: Iterable[Regime]) -> tuple[Pin, ...]:
    """Return *regimes* as pins, each with the calendar version that is current now."""
    return tuple(
        Pin(
            regime=regime.regime,
            version=regime.version,
            calendar=regime.calendar,
            calendar_version=rules.calendar(regime.calendar).version,
        )
        for regime in regimes
    )


def clock_id(case: UUID, regime: str, milestone: str, number: int) -> UUID:
    """Return the identifier of a clock: the same for the same promise, wherever it is computed."""
    return derived(case, f"clock/{regime}/{milestone}/{number}")


def _finished(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    return tuple(
        pause if pause.to is not None else pause.model_copy(update={"to": at}) for pause in pauses
    )


def earliest(clocks: Iterable[Clock]) -> Clock | None:
    """Return the clock that falls due first, or None."""
    return min(clocks, key=lambda clock: clock.due_before, default=None)


TICK = timedelta(microseconds=1)
"""The smallest step of an instant: an act one tick before ``due_before`` is in time."""
