"""Which days are business days: resolved calendars, and the counting on them."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from domain.errors import DomainError
from domain.kernel import Value
from domain.privacy import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

WEEK = 7
ONE_DAY = timedelta(days=1)


class Holiday(Value):
    """A date on which nobody works, and why."""

    date: date
    name: Code


class Calendar(Value):
    """The holidays of a country or subdivision between two dates, both included.

    A clock pins ``code`` and ``version``, so that new holiday data moves no promise
    already made.  ``version`` is the first 12 hexadecimal digits of the SHA-256 of
    the content as JSON without spaces, ``{"code","first","holidays":[[date,name]],"last"}``;
    ``source`` tells where it came from and is no part of it.
    """

    code: Code
    version: Code
    source: Code
    first: date
    last: date
    holidays: tuple[Holiday, ...] = ()

    @classmethod
    def resolved(cls, code: str, source: str, first: date, last: date, holidays: Iterable[Holiday]) -> Self:
        """Return the calendar of this content, under the version the content gives it."""
        in_order = tuple(sorted(holidays, key=lambda holiday: holiday.date))
        version = content_version(code, first, last, in_order)
        return cls(code=code, version=version, source=source, first=first, last=last, holidays=in_order)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        dates = [self.first, *(holiday.date for holiday in self.holidays), self.last]
        if any(later < earlier for earlier, later in pairwise(dates)):
            raise ValueError(
                f"calendar {self.code}: holidays must be in order and between {self.first} and {self.last}"
            )
        if len({holiday.date for holiday in self.holidays}) != len(self.holidays):
            raise ValueError(f"calendar {self.code}: a date is a holiday twice; join the names")
        if self.version != content_version(self.code, self.first, self.last, self.holidays):
            raise ValueError(
                f"calendar {self.code}: its content does not match its version; resolve it again"
            )
        return self

    def __hash__(self) -> int:
        return hash((self.code, self.version))


def content_version(code: str, first: date, last: date, holidays: Iterable[Holiday]) -> str:
    """Return the version of a calendar: the same content has the same version everywhere."""
    content = {
        "code": code,
        "first": first.isoformat(),
        "holidays": [[holiday.date.isoformat(), holiday.name] for holiday in holidays],
        "last": last.isoformat(),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


class CalendarExhausted(DomainError):
    """The calendar does not reach that far; resolve a newer calendar."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        super().__init__(
            f"Calendar {calendar.code} version {calendar.version} runs from {calendar.first} to "
            f"{calendar.last} and the count leaves it; resolve a newer calendar that covers the dates."
        )


class NeverOpen(DomainError):
    """A week must have a business day; take a weekday out of the weekend."""


class BusinessDays:
    """The business days of one calendar and one weekend, compiled for counting.

    Every answer is a look-up: the number of business days up to each date, and the
    business days in order.  An answer outside the calendar is refused as
    `CalendarExhausted`, never guessed.
    """

    def __init__(self, calendar: Calendar, weekend: frozenset[int]) -> None:
        if weekend.issuperset(range(WEEK)):
            raise NeverOpen
        self.calendar = calendar
        self.weekend = weekend
        self._origin = calendar.first.toordinal()
        self._names = {holiday.date: holiday.name for holiday in calendar.holidays}
        every_day = [calendar.first + ONE_DAY * n for n in range((calendar.last - calendar.first).days + 1)]
        is_open = [day.weekday() not in weekend and day not in self._names for day in every_day]
        self._opened = list(accumulate(is_open, initial=0))
        self._open_days = [day for day, opened in zip(every_day, is_open, strict=True) if opened]

    def is_open(self, day: date) -> bool:
        """Whether *day* is a business day."""
        index = self._index(day)
        return self._opened[index + 1] > self._opened[index]

    def closed_because(self, day: date) -> str | None:
        """Return ``weekend``, the holiday's name, or None for a business day."""
        self._index(day)
        return "weekend" if day.weekday() in self.weekend else self._names.get(day)

    def add(self, day: date, n: int) -> date:
        """Return the *n*-th business day strictly after *day*; *n* is at least 1."""
        if n < 1:
            raise ValueError(f"n is at least 1, not {n}")
        index = day.toordinal() - self._origin
        if index < 0:
            raise CalendarExhausted(self.calendar)
        try:
            return self._open_days[self._opened[index + 1] + n - 1]
        except IndexError:
            raise CalendarExhausted(self.calendar) from None

    def count(self, after: date, until: date) -> int:
        """Return how many business days lie after *after*, up to and including *until*."""
        return max(0, self._opened[self._index(until) + 1] - self._opened[self._index(after) + 1])

    def following(self, day: date) -> date:
        """Return *day* when it is a business day, else the next one."""
        return day if self.is_open(day) else self.add(day, 1)

    def between(self, first: date, last: date) -> list[date]:
        """Return the business days from *first* to *last*, both included."""
        return self._open_days[self._opened[self._index(first)] : self._opened[self._index(last) + 1]]

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._origin
        if not 0 <= index < len(self._opened) - 1:
            raise CalendarExhausted(self.calendar)
        return index


@lru_cache(maxsize=512)
def business_days(calendar: Calendar, weekend: frozenset[int]) -> BusinessDays:
    """Return *calendar* compiled for *weekend* (Monday is 0), the same object each time."""
    return BusinessDays(calendar, weekend)
