"""How one term of a regime answers what happens to a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from domain.calendars import business_days
from domain.clocks.clock import UNMERGED, Clock, Status
from domain.clocks.events import (
    ClockCancelled,
    ClockEvent,
    ClockExtended,
    ClockMet,
    ClockMissCorrected,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStoppedLate,
    Pin,
)
from domain.deadlines import Pause, deadline
from domain.ids import derived
from domain.kernel import Context
from domain.warnings import warn_at

if TYPE_CHECKING:
    from domain.clocks.promises import Promises
    from domain.policies import Regime, Rulebook, Term

ENDS = frozenset({"closed", "withdrawn", "redirected", "declared_inadmissible"})
"""Words that end every promise of a case until it is reopened."""
PAUSES = frozenset({"paused", "information_requested"})
RESUMES = frozenset({"resumed", "information_supplied"})
ALWAYS_HEARD = ENDS | PAUSES | RESUMES | {"reopened"}
"""Words that a promise answers though its term does not name them."""


class Promise(NamedTuple):
    """One term of one regime that binds a case: its clocks so far, and how it answers.

    The pin, regime and term are those that its next clock would count by; a clock that
    there is already counts by its own.
    """

    case: Promises
    pin: Pin
    regime: Regime
    term: Term
    by: Context
    rules: Rulebook

    @property
    def clocks(self) -> list[Clock]:
        """The clocks of this term, the newest last, without those that were given back to another case."""
        chain = self.case.chain(self.pin.regime, self.term.milestone)
        return [clock for clock in chain if clock.ended_by != UNMERGED]

    def of(self, clock: Clock) -> Promise:
        """Return this promise as *clock* counts it: in its versions, and extended if it was."""
        if clock.extended_by is None and clock.pin == self.pin:
            return self
        regime = self.rules.regime(clock.regime, clock.version)
        return self._replace(pin=clock.pin, regime=regime, term=clock.counted(regime.term(clock.milestone)))

    def hear(self, word: str, at: datetime, parts: frozenset[str]) -> None:
        """Answer that *word* happened *at*; a notice contained *parts*."""
        clocks = self.clocks
        if not clocks:
            if word in self.term.start or (word == "reopened" and self._waits_in_vain()):
                self.start(at)
            return
        newest = clocks[-1]
        term = self.of(newest).term
        if word in term.stop:
            if parts.issuperset(term.required_parts):
                self.stop(newest, at)
        elif word == "reopened":
            self.reopen(newest, at)
        elif newest.live and (word in ENDS or word in term.until):
            self._record(ClockCancelled, newest, at, cause=word)
        elif term.extension is not None and word == term.extension.by:
            if newest.live and parts.issuperset(term.extension.required_parts):
                self.extend(newest, at, parts)
        elif term.pausable and word in PAUSES and newest.status is Status.RUNNING:
            self._record(ClockPaused, newest, at)
        elif word in RESUMES and newest.status is Status.PAUSED:
            self.resume(newest, at, finished(newest.pauses, at))

    def hear_miss(self, missed: Clock) -> None:
        """Answer that *missed*, a clock of the same regime, fell due unmet."""
        clocks = self.clocks
        if not clocks:
            if f"{missed.milestone}_missed" in self.term.start:
                self.start(missed.due_before, day_zero=missed.due_date)
        elif missed.id == clocks[-1].id and self.of(missed).term.recurring:
            self.start(missed.due_before, day_zero=missed.due_date)

    def stop(self, newest: Clock, at: datetime) -> None:
        """Answer the promised act: in time, too late, or told late."""
        clock = next((c for c in reversed(self.clocks) if c.started_at <= at), newest)
        if clock.live and (at < clock.due_before or clock.status is Status.PAUSED):
            self._record(ClockMet, clock, at)
            if self.of(clock).term.recurring:
                self.start(at)
        elif clock.outstanding and at < clock.due_before:
            self._record(ClockMissCorrected, clock, at)
        elif clock.outstanding:
            self._record(ClockStoppedLate, clock, at)

    def reopen(self, newest: Clock, at: datetime) -> None:
        """Revive the promise of a reopened case as its term says."""
        on_reopen = self.of(newest).term.on_reopen
        if on_reopen == "new_clock":
            if newest.live:
                self._record(ClockCancelled, newest, at, cause="reopened")
            self.start(at)
        elif newest.status is not Status.CANCELLED or newest.set_aside:
            return
        elif newest.ended_by not in ENDS:
            self.start(at)
        elif on_reopen == "stop_while_closed":
            ended = min(newest.ended_at or at, at)
            closed = Pause(from_=ended, to=at, always=True)
            self.resume(newest, at, (*finished(newest.pauses, ended), closed))
        else:
            self.resume(newest, at, finished(newest.pauses, newest.ended_at or at))

    def _waits_in_vain(self) -> bool:
        """Whether this promise waits for a miss that cannot come, since that promise was kept."""
        newest = {c.milestone: c for c in self.case.clocks.values() if c.regime == self.pin.regime}
        waited_for = [clock for name, clock in newest.items() if f"{name}_missed" in self.term.start]
        return any(clock.status is Status.MET for clock in waited_for)

    def resume(self, clock: Clock, at: datetime, pauses: tuple[Pause, ...]) -> None:
        """Let *clock* run again to the instant that *pauses* move it to."""
        due = self.of(clock).due(clock.started_at, clock.day_zero, pauses)
        self._record(ClockResumed, clock, at, pauses=pauses, **due)

    def extend(self, clock: Clock, at: datetime, parts: frozenset[str]) -> None:
        """Move *clock* to the longer limit of its term, for a notice sent *at*; once."""
        longer = self.of(clock).term.extension
        if longer is None or clock.extended_by is not None:
            return
        extended = clock.model_copy(update={"extended_by": longer.by})
        due = self.of(extended).due(clock.started_at, clock.day_zero, closed(clock.pauses))
        old = {"old_due_date": clock.due_date, "old_due_before": clock.due_before}
        self._record(ClockExtended, clock, at, by=longer.by, parts=tuple(sorted(parts)), **old, **due)

    def start(self, at: datetime, *, day_zero: date | None = None) -> None:
        """Start the next clock of this term; a duty without a number starts none."""
        if self.term.limit is None:
            return
        number = len(self.case.chains.get((self.pin.regime, self.term.milestone), ())) + 1
        self.case.record(
            ClockStarted,
            self.by,
            occurred_at=at,
            clock_id=clock_id(self.case.id, self.pin.regime, self.term.milestone, number),
            **self.pin.model_dump(),
            milestone=self.term.milestone,
            number=number,
            legal=self.regime.legal,
            window=self.term.window or None,
            day_zero=day_zero,
            **self.due(at, day_zero, ()),
        )

    def due(self, started_at: datetime, day_zero: date | None, pauses: tuple[Pause, ...]) -> dict[str, Any]:
        """Return when a clock of this term falls due, and when to warn of it, as events say it."""
        calendar = self.rules.calendar(self.pin.calendar, self.pin.calendar_version)
        days = business_days(calendar, self.regime.closed_weekdays)
        due = deadline(self.term, self.regime, days, started_at, day_zero=day_zero, pauses=pauses)
        return due._asdict() | {"warnings": warn_at(self.term, self.regime, days, due)}

    def _record(self, event: type[ClockEvent], clock: Clock, at: datetime, **facts: Any) -> None:
        self.case.record(event, self.by, occurred_at=at, clock_id=clock.id, **facts)


def clock_id(case: UUID, regime: str, milestone: str, number: int) -> UUID:
    """Return the identifier of a clock: the same for the same promise, wherever it is computed."""
    return derived(case, f"clock/{regime}/{milestone}/{number}")


def finished(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    """Return *pauses* with one that is open ended *at*, or where it began when that is later."""
    return tuple(
        pause if pause.to is not None else pause.model_copy(update={"to": max(at, pause.from_)})
        for pause in pauses
    )


def closed(pauses: tuple[Pause, ...]) -> tuple[Pause, ...]:
    """Return the pauses that are over: how long one that is open will last, nobody knows."""
    return tuple(pause for pause in pauses if pause.to is not None)
