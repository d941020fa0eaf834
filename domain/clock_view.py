"""A clock as it is shown: with the days that it counted, and why it falls due when it does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from domain.access import Sight
from domain.calendars import business_days
from domain.clock_history import Change, changes, clock_events, folded
from domain.clock_words import explanation
from domain.clocks import Clock
from domain.deadlines import Skipped, Working, deadline, explain
from domain.kernel import Event, Instant, Value, made
from domain.privacy import Code, PublicText

if TYPE_CHECKING:
    from domain.calendars import BusinessDays
    from domain.policies import Regime, Rulebook, Term
    from domain.tongues import Language


class Stretch(Value):
    """Some time, from an instant to another; ``to`` is None while it lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: Instant = Field(alias="from")
    to: Instant | None = None


class ClockView(Value):
    """A clock in full.  ``due_before`` is exclusive: an act at t is in time when t < due_before.

    ``counted`` and ``skipped`` are local dates, ``segments`` the time that a term in
    hours counted; ``rolled_from`` is the last day as it would have been before it moved
    to an open one.  ``generation`` grows with every change of the due instant.
    """

    id: Annotated[UUID, Sight.PUBLIC]
    regime: Annotated[Code, Sight.PUBLIC]
    version: Annotated[Code, Sight.WORK]
    calendar: Annotated[Code, Sight.WORK]
    calendar_version: Annotated[Code, Sight.WORK]
    milestone: Annotated[Code, Sight.PUBLIC]
    number: Annotated[int, Sight.PUBLIC]
    legal: Annotated[bool, Sight.PUBLIC]
    started_at: Annotated[Instant, Sight.PUBLIC]
    due_date: Annotated[date, Sight.PUBLIC]
    due_before: Annotated[Instant, Sight.PUBLIC]
    status: Annotated[Code, Sight.PUBLIC]
    stopped_at: Annotated[Instant | None, Sight.PUBLIC]
    noticed_at: Annotated[Instant | None, Sight.WORK]
    excused: Annotated[bool, Sight.WORK]
    late_evidence: Annotated[bool, Sight.WORK]
    generation: Annotated[int, Sight.WORK]
    counted: Annotated[tuple[date, ...], Sight.WORK]
    segments: Annotated[tuple[Stretch, ...], Sight.WORK]
    skipped: Annotated[tuple[Skipped, ...], Sight.WORK]
    rolled_from: Annotated[date | None, Sight.WORK]
    paused: Annotated[tuple[Stretch, ...], Sight.WORK]
    explanation: Annotated[PublicText, Sight.WORK]


TOLD = tuple(name for name in ClockView.model_fields if name in Clock.model_fields)
"""What is shown of a clock as it is; the rest is worked out."""


class Explanation(ClockView):
    """A clock in full as of an instant, with its past.

    ``recomputed_due_before`` is counted anew from the start, the pauses and the
    versions that the clock is pinned to; ``agrees`` says whether it is the recorded
    one to the microsecond.  It does not where somebody set the due instant by hand.
    """

    as_of: Annotated[Instant, Sight.PUBLIC]
    recomputed_due_before: Annotated[Instant, Sight.WORK]
    agrees: Annotated[bool, Sight.WORK]
    history: Annotated[tuple[Change, ...], Sight.WORK]


class _Basis:
    """What a clock is counted by: the versions that it is pinned to."""

    def __init__(self, clock: Clock, rules: Rulebook) -> None:
        self.clock = clock
        self.regime: Regime = rules.regime(clock.regime, clock.version)
        calendar = rules.calendar(clock.calendar, clock.calendar_version)
        self.days: BusinessDays = business_days(calendar, self.regime.closed_weekdays)
        self.term: Term = clock.counted(self.regime.term(clock.milestone))

    def working(self, as_of: datetime) -> Working:
        """Return the way to the due instant; an open pause lasts until the clock ended, or *as_of*."""
        clock = self.clock
        return explain(
            self.term,
            self.regime,
            self.days,
            clock.started_at,
            day_zero=clock.day_zero,
            pauses=clock.pauses,
            as_of=max(clock.stopped_at or clock.ended_at or as_of, clock.started_at),
        )

    def due_before(self) -> datetime:
        """Return the due instant as the finished pauses leave it."""
        clock = self.clock
        finished = [pause for pause in clock.pauses if pause.to is not None]
        return deadline(
            self.term,
            self.regime,
            self.days,
            clock.started_at,
            day_zero=clock.day_zero,
            pauses=finished,
        ).due_before


def view(clock: Clock, rules: Rulebook, *, as_of: datetime, language: Language = "en") -> ClockView:
    """Return *clock* with its working, recomputed from the versions that it is pinned to."""
    return made(ClockView, _facts(clock, _Basis(clock, rules), as_of, language))


def explained(
    id: UUID, events: Iterable[Event], rules: Rulebook, *, as_of: datetime, language: Language = "en"
) -> Explanation | None:
    """Return the clock called *id* as *events* of its case tell it; None when they do not know it.

    *events* are those that had happened *as_of*, in the order in which they were recorded.
    """
    own = clock_events(events, id)
    clock = folded(own)
    if clock is None:
        return None
    basis = _Basis(clock, rules)
    recomputed = basis.due_before()
    more = {
        "as_of": as_of,
        "recomputed_due_before": recomputed,
        "agrees": recomputed == clock.due_before,
        "history": changes(own, rules, language),
    }
    return made(Explanation, _facts(clock, basis, as_of, language) | more)


def _facts(clock: Clock, basis: _Basis, as_of: datetime, language: Language) -> dict[str, object]:
    working = basis.working(as_of)
    worked_out: dict[str, object] = {
        "counted": working.counted,
        "segments": tuple(_stretch(start, end) for start, end in working.segments),
        "skipped": working.skipped,
        "rolled_from": working.rolled_from,
        "paused": tuple(_stretch(pause.from_, pause.to) for pause in clock.pauses),
        "explanation": explanation(clock, basis.regime, basis.term, working, language),
    }
    return {name: getattr(clock, name) for name in TOLD} | worked_out


def _stretch(start: datetime, end: datetime | None) -> Stretch:
    return Stretch.model_validate({"from": start, "to": end})
