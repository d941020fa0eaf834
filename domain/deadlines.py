"""When a promise falls due: the arithmetic, and the same worked out for a person to check."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from domain.calendars import ONE_DAY
from domain.errors import DomainError
from domain.hours import closing, first_at, first_instant, local_date, open_hours, opening
from domain.kernel import Instant, Value, made
from domain.pauses import CalendarDays, ElapsedTime, Pause, advance, running, stopped_days, stretches
from domain.policies.model import HOUR_UNITS
from domain.privacy import Code

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from domain.calendars import BusinessDays
    from domain.pauses import Eves, Stretch
    from domain.policies import Regime, Term

__all__ = [
    "Deadline",
    "NoLimit",
    "OutOfReach",
    "Pause",
    "Skipped",
    "Working",
    "day_zero_of",
    "deadline",
    "explain",
]

TICK = timedelta(microseconds=1)
DAYS = {"calendar_day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}
CALENDAR_DAYS = CalendarDays()
ELAPSED_TIME = ElapsedTime()


class Deadline(NamedTuple):
    """The local date of the last instant in time, and the first instant, in UTC, that is too late."""

    due_date: date
    due_before: datetime


class Skipped(Value):
    """A date that did not count, and why: ``weekend``, ``paused`` or a holiday's name."""

    date: date
    reason: Code


class Working(Value):
    """A deadline with the way to it.

    ``counted`` and ``skipped`` hold the dates after day 0 of a term in business days;
    in other units of days ``skipped`` holds the paused dates.  Either way it also holds
    the dates that a due date rolled over, from ``rolled_from`` on.  ``segments`` holds
    the stretches of time that a term in hours counted, ``paused`` the pauses it honoured.
    """

    due_date: date
    due_before: Instant
    day_zero: date
    effective_start: Instant
    counted: tuple[date, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    rolled_from: date | None = None
    segments: tuple[tuple[Instant, Instant], ...] = ()
    paused: tuple[tuple[Instant, Instant], ...] = ()


class NoLimit(DomainError):
    """The term has a duty and no number: it starts no clock until the firm gives it a limit."""


class OutOfReach(DomainError):
    """The deadline lies beyond the dates there are; correct the instant it starts from."""


def deadline(
    term: Term,
    regime: Regime,
    days: BusinessDays,
    started_at: datetime,
    *,
    day_zero: date | None = None,
    pauses: Sequence[Pause] = (),
    as_of: datetime | None = None,
) -> Deadline:
    """Return when *term* falls due for a clock started at *started_at*.

    *day_zero* is the date that never counts; without it, `day_zero_of` tells.  A date
    after the local date of the start means a start that rolled over: it counts from
    the opening of that date.  *pauses* may come in any order; one still open is taken
    to end at *as_of*.

    Days end as ``bound`` says: with the local date, with the closing time of that date
    (also where it is no business day), or at the wall time of the start.  Hours end
    when they have run.  A business or calendar day counts when the clock runs at its
    end; weeks, months and years move by the dates on whose end it does not.
    """
    try:
        paused = _honoured(term, pauses, as_of) if pauses else ()
        if day_zero is None:
            day_zero = day_zero_of(term, regime, days, started_at)
        if term.unit in HOUR_UNITS:
            start = _effective_start(regime, started_at, day_zero)
            return _ending_at(_end_of_hours(term, regime, days, start, paused), regime.zone)
        due = _nominal(term, days, day_zero, stopped_days(paused, regime.zone) if paused else ())
        if term.roll == "following":
            due = days.following(due)
        if term.bound == "end_of_day":
            return _end_of_day(due, regime.zone)
        return _ending_at(_bound(term, regime, due, started_at, day_zero), regime.zone)
    except OverflowError:
        raise OutOfReach from None


def day_zero_of(term: Term, regime: Regime, days: BusinessDays, started_at: datetime) -> date:
    """Return day 0 of a clock: the local date of its start, or the business day a late start rolls to."""
    day = started_at.astimezone(regime.tz).date()
    if term.rollover_after_close and _after_close(regime, days, day, started_at):
        return days.add(day, 1)
    return day


def explain(
    term: Term,
    regime: Regime,
    days: BusinessDays,
    started_at: datetime,
    *,
    day_zero: date | None = None,
    pauses: Sequence[Pause] = (),
    as_of: datetime | None = None,
) -> Working:
    """Return what `deadline` returns for the same arguments, with every date or stretch counted."""
    due = deadline(term, regime, days, started_at, day_zero=day_zero, pauses=pauses, as_of=as_of)
    day_zero = day_zero or day_zero_of(term, regime, days, started_at)
    start = _effective_start(regime, started_at, day_zero)
    paused = _honoured(term, pauses, as_of)
    if term.unit in HOUR_UNITS:
        left = running(start, due.due_before, paused)
        way: dict[str, object] = {"segments": tuple(_segments(term, regime, days, left))}
    else:
        way = _dates(term, days, day_zero, stopped_days(paused, regime.zone))
    facts = due._asdict() | {"day_zero": day_zero, "effective_start": start, "paused": paused}
    return made(Working, facts | way)


def _after_close(regime: Regime, days: BusinessDays, day: date, moment: datetime) -> bool:
    eve = day - ONE_DAY
    if moment < closing(eve, regime.hours, regime.zone) and days.is_open(eve):
        return False
    return not days.is_open(day) or moment >= closing(day, regime.hours, regime.zone)


def _effective_start(regime: Regime, started_at: datetime, day_zero: date) -> datetime:
    if day_zero > local_date(started_at, regime.zone):
        return opening(day_zero, regime.hours, regime.zone)
    return started_at.astimezone(UTC)


def _honoured(term: Term, pauses: Sequence[Pause], as_of: datetime | None) -> tuple[Stretch, ...]:
    return stretches([pause for pause in pauses if term.pausable or pause.always], as_of)


def _limit(term: Term) -> int:
    if term.limit is None:
        raise NoLimit
    return term.limit


def _nominal(term: Term, days: BusinessDays, day_zero: date, stopped: Sequence[Eves]) -> date:
    if term.unit == "business_day":
        limit = _limit(term)
        return advance(days, day_zero, limit, stopped) if stopped else days.add(day_zero, limit)
    return advance(CALENDAR_DAYS, day_zero, _calendar_days(term, day_zero), stopped)


def _calendar_days(term: Term, day_zero: date) -> int:
    unit, limit = term.unit or "", _limit(term)
    if unit in DAYS:
        return limit * DAYS[unit]
    return (_months_later(day_zero, limit * MONTHS[unit]) - day_zero).days


def _months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end_of_hours(
    term: Term, regime: Regime, days: BusinessDays, start: datetime, paused: Sequence[Stretch]
) -> datetime:
    amount = timedelta(hours=_limit(term))
    if term.unit == "hour":
        return advance(ELAPSED_TIME, start, amount, paused)
    return advance(open_hours(days, regime.hours, regime.zone), start, amount, paused)


def _bound(term: Term, regime: Regime, due: date, started_at: datetime, day_zero: date) -> datetime:
    if term.bound == "close_of_business":
        return closing(due, regime.hours, regime.zone)
    start = _effective_start(regime, started_at, day_zero).astimezone(regime.tz)
    return first_at(datetime.combine(due, start.time(), regime.tz))


def _ending_at(due_before: datetime, zone: str) -> Deadline:
    return Deadline(local_date(due_before - TICK, zone), due_before)


@lru_cache(maxsize=65_536)
def _end_of_day(day: date, zone: str) -> Deadline:
    return _ending_at(first_instant(day + ONE_DAY, zone), zone)


def _segments(term: Term, regime: Regime, days: BusinessDays, left: Sequence[Stretch]) -> Iterator[Stretch]:
    if term.unit == "hour":
        yield from left
    else:
        for begins, ends in left:
            yield from open_hours(days, regime.hours, regime.zone).between(begins, ends)


def _dates(term: Term, days: BusinessDays, day_zero: date, stopped: Sequence[Eves]) -> dict[str, object]:
    if not stopped:
        return _unstopped(cast("Hashable", term), days, day_zero)  # it is frozen
    return _counted(term, days, day_zero, stopped)


@lru_cache(maxsize=4096)
def _unstopped(term: Any, days: BusinessDays, day_zero: date) -> dict[str, object]:
    """Return the same where nothing was paused: all cases of one day count the same dates."""
    return _counted(term, days, day_zero, ())


def _counted(term: Term, days: BusinessDays, day_zero: date, stopped: Sequence[Eves]) -> dict[str, object]:
    nominal = _nominal(term, days, day_zero, stopped)
    due = days.following(nominal) if term.roll == "following" else nominal
    reasons = {day: _reason(term, days, day, stopped) for day in _each(day_zero, nominal)}
    reasons |= {day: days.closed_because(day) for day in _each(nominal - ONE_DAY, due - ONE_DAY)}
    in_business_days = term.unit == "business_day"
    return {
        "counted": tuple(day for day, why in reasons.items() if why is None and in_business_days),
        "skipped": tuple(Skipped(date=day, reason=why) for day, why in reasons.items() if why),
        "rolled_from": None if due == nominal else nominal,
    }


def _reason(term: Term, days: BusinessDays, day: date, stopped: Sequence[Eves]) -> str | None:
    closed = days.closed_because(day) if term.unit == "business_day" else None
    return closed or ("paused" if any(eve < day <= last for eve, last in stopped) else None)


def _each(after: date, until: date) -> list[date]:
    return [after + ONE_DAY * n for n in range(1, (until - after).days + 1)]
