"""When to warn that a promise will fall due, and when a warning may reach somebody."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from domain.calendars import ONE_DAY
from domain.hours import first_instant, local_date, open_hours, opening, wall_time, windows
from domain.kernel import Instant, Value
from domain.policies.parts import WEEKDAYS
from domain.privacy import Code

if TYPE_CHECKING:
    from domain.calendars import BusinessDays
    from domain.deadlines import Deadline
    from domain.policies import Notifications, Regime, Term
    from domain.policies.parts import Offset

DAYS = {"calendar_day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}
LOOK_BACK = timedelta(days=14)


class WarnAt(Value):
    """A warning to come: *offset* as the policy writes it, and the instant it falls on."""

    offset: Code
    at: Instant


def written(offset: Offset) -> str:
    """Return *offset* as a policy writes it."""
    return f"{offset.number} {offset.unit}"


def warn_at(term: Term, regime: Regime, days: BusinessDays, due: Deadline) -> tuple[WarnAt, ...]:
    """Return when to warn of *due*, the earliest first; never at or after the due instant.

    Hours are counted back from the due instant: ``hour`` exactly, ``business_hour``
    in open time.  Every other offset is counted back from the due date, which is not
    counted itself: ``business_day`` in business days, the rest in the calendar.  Such
    a warning falls on the opening of business of the day it reaches, without hours
    on the beginning of that day.

    An offset that reaches back beyond the calendar gives no warning: nothing was
    promised then.
    """
    dated = {written(offset): _before(offset, regime, days, due) for offset in term.warn_before}
    ahead = [WarnAt(offset=name, at=at) for name, at in dated.items() if at and at < due.due_before]
    return tuple(sorted(ahead, key=lambda each: each.at))


def levels(term: Term) -> dict[str, int]:
    """Return the level of each offset of *term*: 1 for the first that the policy writes."""
    return {written(offset): level for level, offset in enumerate(term.warn_before, start=1)}


def deliver_from(notifications: Notifications, zone: str, at: datetime) -> datetime:
    """Return the first instant from *at* on at which a warning may reach somebody.

    The window has hours and a weekend of its own; a window that passes midnight
    belongs to the day on which it opens.
    """
    if not notifications.hours and not notifications.weekend:
        return at
    yesterday = local_date(at, zone) - ONE_DAY
    for day in (yesterday + ONE_DAY * n for n in count()):
        if WEEKDAYS[day.weekday()] not in notifications.weekend:
            for opens, closes in _windows(notifications, zone, day):
                if at < closes and opens < closes:
                    return max(at, opens)
    raise AssertionError  # the days are without end


def _windows(notifications: Notifications, zone: str, day: date) -> list[tuple[datetime, datetime]]:
    if not notifications.hours:
        return [(first_instant(day, zone), first_instant(day + ONE_DAY, zone))]
    return [
        (wall_time(day, window.opens, zone), wall_time(day, window.closes, zone))
        for window in windows(notifications.hours)
    ]


def _before(offset: Offset, regime: Regime, days: BusinessDays, due: Deadline) -> datetime | None:
    if offset.unit == "hour":
        return due.due_before - timedelta(hours=offset.number)
    if offset.unit == "business_hour":
        days.is_open(due.due_date)  # refused beyond the calendar, as every count is
        return _open_time_before(timedelta(hours=offset.number), regime, days, due.due_before)
    if offset.unit == "business_day":
        day = days.before(due.due_date, offset.number)
    elif offset.unit in DAYS:
        day = due.due_date - ONE_DAY * (offset.number * DAYS[offset.unit])
    else:
        day = _months_before(due.due_date, offset.number * MONTHS[offset.unit])
    return None if day is None else opening(day, regime.hours, regime.zone)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _open_time_before(
    amount: timedelta, regime: Regime, days: BusinessDays, end: datetime
) -> datetime | None:
    """Return the last instant from which *amount* of open time runs until *end*."""
    line = open_hours(days, regime.hours, regime.zone)
    while local_date(end, regime.zone) > days.calendar.first:
        begin = max(end - LOOK_BACK, first_instant(days.calendar.first, regime.zone))
        for opens, closes in reversed(line.between(begin, end)):
            if closes - opens >= amount:
                return closes - amount
            amount -= closes - opens
        end = begin
    return None
