"""A case that is only tried: what its clocks would do, with nothing stored.

It hears the same words as a real case, by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, date, datetime
from uuid import UUID

from pydantic import Field

from domain.calendars import Calendar, Holiday
from domain.clock_view import ClockView, view
from domain.clocks import Clock, Pin, Promises
from domain.kernel import Context, Instant, Value
from domain.policies import Regime, Rulebook
from domain.policies.model import Weekday
from domain.privacy import Code

CASE = UUID("00000000-0000-8000-8000-000000000000")
YEARS_BEYOND = 60
"""How far a calendar that is written in a case reaches beyond its events."""


class TrialCalendar(Value):
    """A calendar written into a case; it replaces that of the policy, with its zone and weekend."""

    zone: Code
    weekend: tuple[Weekday, ...] = ("sat", "sun")
    holidays: tuple[date, ...] = ()


class TrialEvent(Value):
    """A word and its instant; a notice may list the parts that it contained."""

    type: Code
    at: Instant
    parts: frozenset[Code] = frozenset()


class TrialCase(Value):
    """A case to try a policy on."""

    calendar: TrialCalendar | Code | None = None
    events: tuple[TrialEvent, ...] = Field(min_length=1)
    as_of: Instant | None = None

    @property
    def years(self) -> tuple[int, int]:
        """The years that a calendar for this case must reach over."""
        instants = [event.at.year for event in self.events]
        latest = max(*instants, self.as_of.year if self.as_of else 0)
        return max(min(instants) - 1, MINYEAR), min(latest + YEARS_BEYOND, MAXYEAR)


def with_calendar_of(case: TrialCase, regime: Regime) -> tuple[Regime, Calendar | None]:
    """Return *regime* as *case* wants it, and the calendar if the case brings its own.

    A calendar of the case's own stands under the code that the policy names.
    """
    wanted = case.calendar
    if wanted is None:
        return regime, None
    if isinstance(wanted, str):
        return _changed(regime, calendar=wanted), None
    first, last = (date(case.years[0], 1, 1), date(case.years[1], 12, 31))
    days = (Holiday(date=day, name="holiday") for day in wanted.holidays if first <= day <= last)
    calendar = Calendar.resolved(regime.calendar, "written in the case", first, last, days)
    return _changed(regime, zone=wanted.zone, weekend=wanted.weekend), calendar


def _changed(regime: Regime, **changes: object) -> Regime:
    return Regime.model_validate(regime.model_dump() | changes)


def run(case: TrialCase, regime: Regime, calendar: Calendar, *, now: datetime) -> list[ClockView]:
    """Return the clocks that *case* has under *regime* as of its ``as_of`` (default: *now*)."""
    as_of = case.as_of or now
    rules = Rulebook([regime], [calendar])
    pin = Pin(
        regime=regime.regime,
        version=regime.version,
        calendar=calendar.code,
        calendar_version=calendar.version,
    )
    clocks = hear_all(case.events, pin, rules, as_of=as_of)
    return [view(clock, rules, as_of=as_of) for clock in clocks]


def hear_all(words: Iterable[TrialEvent], pin: Pin, rules: Rulebook, *, as_of: datetime) -> list[Clock]:
    """Return the clocks of a case that heard *words*, given in any order, under one regime.

    Words of later than *as_of* are not heard.  The clocks come in the order of the terms.
    """
    trial = Promises(CASE)
    trial.pins = (pin,)
    by = Context(recorded_at=as_of, actor="trial", correlation_id=CASE)
    for event in _in_order(words, as_of):
        trial.hear(event.type, by, rules, at=event.at, parts=event.parts)
    trial.notice_misses(as_of, by, rules)
    terms = rules.regime(pin.regime, pin.version).terms
    order = {term.milestone: place for place, term in enumerate(terms)}
    return sorted(trial.clocks.values(), key=lambda clock: (order[clock.milestone], clock.number))


def _in_order(events: Iterable[TrialEvent], as_of: datetime) -> list[TrialEvent]:
    return sorted((event for event in events if event.at <= as_of), key=lambda event: event.at)


__all__ = ["TrialCase", "TrialEvent", "hear_all", "run", "with_calendar_of"]
