"""A clock as it is shown: with the days that it counted, and why it falls due when it does."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ConfigDict, Field

from domain.calendars import business_days
from domain.deadlines import Skipped, Working, explain
from domain.kernel import Instant, Value
from domain.privacy import Code, PublicText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.clocks import Clock
    from domain.policies import Regime, Rulebook, Term

UNITS = {
    "business_day": "business day",
    "calendar_day": "calendar day",
    "business_hour": "business hour",
}
RESULTS = {
    "running": "It is running.",
    "paused": "It stands still.",
    "met": "It was met.",
    "missed": "It was missed.",
    "cancelled": "It was cancelled.",
}


class Paused(Value):
    """A stretch of time in which the clock stood still; ``to`` is None while it does."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: Instant = Field(alias="from")
    to: Instant | None = None


class ClockView(Value):
    """A clock in full.  ``due_before`` is exclusive: an act at t is in time when t < due_before."""

    id: UUID
    regime: Code
    version: Code
    calendar: Code
    calendar_version: Code
    milestone: Code
    number: int
    legal: bool
    started_at: Instant
    due_date: date
    due_before: Instant
    status: Code
    stopped_at: Instant | None
    noticed_at: Instant | None
    excused: bool
    late_evidence: bool
    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    paused: tuple[Paused, ...]
    explanation: PublicText


def view(clock: Clock, rules: Rulebook, *, as_of: datetime) -> ClockView:
    """Return *clock* with its working, recomputed from the versions that it is pinned to."""
    regime = rules.regime(clock.regime, clock.version)
    term = regime.term(clock.milestone)
    working = _working(clock, regime, term, rules, as_of)
    facts = clock.model_dump(include=set(ClockView.model_fields) - {"explanation"})
    return ClockView.model_validate(
        facts
        | {
            "counted": working.counted,
            "skipped": working.skipped,
            "paused": [{"from": pause.from_, "to": pause.to} for pause in clock.pauses],
            "explanation": _in_words(clock, regime, term, working),
        }
    )


def _working(clock: Clock, regime: Regime, term: Term, rules: Rulebook, as_of: datetime) -> Working:
    calendar = rules.calendar(clock.calendar, clock.calendar_version)
    return explain(
        term,
        regime,
        business_days(calendar, regime.closed_weekdays),
        clock.started_at,
        day_zero=clock.day_zero,
        pauses=clock.pauses,
        as_of=max(as_of, clock.started_at),
    )


def _in_words(clock: Clock, regime: Regime, term: Term, working: Working) -> str:
    return " ".join((*_promised(clock, regime, term, working), *_worked_out(clock, regime, working)))


def _promised(clock: Clock, regime: Regime, term: Term, working: Working) -> Iterator[str]:
    unit = UNITS.get(term.unit or "", term.unit or "")
    plural = "" if term.limit == 1 else "s"
    kind = "legal limit" if regime.legal else "house promise"
    yield f"{_name(term.milestone)}, {kind} of {regime.reference}: {term.limit} {unit}{plural}"
    yield f"counted from the day after {_day(working.day_zero)}, in {regime.zone},"
    yield f"on the calendar {clock.calendar}@{clock.calendar_version}."


def _worked_out(clock: Clock, regime: Regime, working: Working) -> Iterator[str]:
    if working.counted:
        yield f"Counted: {', '.join(map(_day, working.counted))}."
    if working.skipped:
        skipped = (f"{_day(skip.date)} ({skip.reason})" for skip in working.skipped)
        yield f"Skipped: {', '.join(skipped)}."
    if working.rolled_from is not None:
        yield f"The last day would have been {_day(working.rolled_from)}; it moved to the next open day."
    local = clock.due_before.astimezone(regime.tz)
    yield f"In time before {local:%Y-%m-%d %H:%M} ({local:%z}), that is by {_day(clock.due_date)}."
    yield RESULTS[clock.status]


def _name(milestone: str) -> str:
    return milestone.replace("_", " ").capitalize()


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
