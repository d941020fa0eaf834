"""Local time as instants: the days of a zone, wall times, and opening hours."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from domain.calendars import ONE_DAY, CalendarExhausted

if TYPE_CHECKING:
    from domain.calendars import BusinessDays

NOTHING = timedelta(0)

Hours = tuple[tuple[str, str], ...]
"""Opening hours as written in a policy: ``(("09:00", "12:00"), ("13:00", "18:00"))``."""


class Window(NamedTuple):
    """Opening and closing wall time, counted from the midnight that begins the day of opening."""

    opens: timedelta
    closes: timedelta


def first_at(wall: datetime) -> datetime:
    """Return the first instant, in UTC, at which the clocks of a zone show *wall* or later.

    A wall time that clocks show twice is its first showing; one that they skip is
    the end of the gap.
    """
    shown = wall.replace(fold=0).astimezone(UTC)
    if shown.astimezone(wall.tzinfo) == wall:
        return shown
    before_gap = int(wall.replace(fold=1).timestamp())
    seconds = range(before_gap, int(shown.timestamp()) + 2)
    after_gap = bisect_left(
        seconds, True, key=lambda second: datetime.fromtimestamp(second, wall.tzinfo) >= wall
    )
    return datetime.fromtimestamp(seconds[after_gap], UTC)


@lru_cache(maxsize=1_024)
def zone_named(name: str) -> ZoneInfo:
    """Return the zone called *name*; the library keeps eight by itself, and reads the others again."""
    return ZoneInfo(name)


def wall_time(day: date, since_midnight: timedelta, zone: str) -> datetime:
    """Return the first instant, in UTC, at which clocks in *zone* show that time of *day*."""
    return first_at(datetime.combine(day, time.min, zone_named(zone)) + since_midnight)


@lru_cache(maxsize=65_536)
def first_instant(day: date, zone: str) -> datetime:
    """Return the instant, in UTC, at which *day* begins in *zone*, also where midnight is skipped."""
    return wall_time(day, NOTHING, zone)


def local_date(moment: datetime, zone: str) -> date:
    """Return the date that calendars in *zone* show at *moment*."""
    return moment.astimezone(zone_named(zone)).date()


@lru_cache(maxsize=256)
def windows(hours: Hours) -> tuple[Window, ...]:
    """Return *hours* as windows in order; one that closes no later than it opens passes midnight."""
    return tuple(sorted(_window(*pair) for pair in hours))


def _window(opens: str, closes: str) -> Window:
    opening, closing = _since_midnight(opens), _since_midnight(closes)
    return Window(opening, closing if closing > opening else closing + ONE_DAY)


def _since_midnight(text: str) -> timedelta:
    hour, minute = text.split(":")
    return timedelta(hours=int(hour), minutes=int(minute))


def opening(day: date, hours: Hours, zone: str) -> datetime:
    """Return the instant at which business begins on *day*; without hours, the start of the day."""
    return wall_time(day, windows(hours)[0].opens, zone) if hours else first_instant(day, zone)


def closing(day: date, hours: Hours, zone: str) -> datetime:
    """Return the instant at which the last window of *day* closes; without hours, the end of the day."""
    return wall_time(day, windows(hours)[-1].closes if hours else ONE_DAY, zone)


class OpenHours:
    """The open windows of the business days of a calendar, compiled for counting open time.

    A window belongs to the day on which it opens, also where it passes midnight.
    """

    def __init__(self, days: BusinessDays, hours: Hours, zone: str) -> None:
        self._days = days
        self._zone = zone
        every = [
            (wall_time(day, window.opens, zone), wall_time(day, window.closes, zone))
            for day in days.between(days.calendar.first, days.calendar.last)
            for window in windows(hours)
        ]
        self._segments = [(opens, closes) for opens, closes in every if opens < closes]
        self._opens = [opens for opens, _ in self._segments]
        lengths = (closes - opens for opens, closes in self._segments)
        self._elapsed = list(accumulate(lengths, initial=NOTHING))

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """Return the first instant by which *amount* of open time has run since *at*."""
        target = self._until(at) + amount
        index = bisect_left(self._elapsed, target) - 1
        if index >= len(self._segments):
            raise CalendarExhausted(self._days.calendar)
        return self._opens[index] + (target - self._elapsed[index])

    def count(self, after: datetime, until: datetime) -> timedelta:
        """Return how long business was open between two instants."""
        return max(NOTHING, self._until(until) - self._until(after))

    def between(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the open stretches from *start* to *end*."""
        first = max(0, bisect_right(self._opens, start) - 1)
        stretches = self._segments[first : bisect_left(self._opens, end)]
        cut = ((max(opens, start), min(closes, end)) for opens, closes in stretches)
        return [(opens, closes) for opens, closes in cut if opens < closes]

    def _until(self, moment: datetime) -> timedelta:
        self._days.is_open(local_date(moment, self._zone))
        index = bisect_right(self._opens, moment) - 1
        if index < 0:
            return NOTHING
        opens, closes = self._segments[index]
        return self._elapsed[index] + min(moment, closes) - opens


@lru_cache(maxsize=64)
def open_hours(days: BusinessDays, hours: Hours, zone: str) -> OpenHours:
    """Return the open windows of *days*, compiled once."""
    return OpenHours(days, hours, zone)
