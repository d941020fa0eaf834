"""Which days are business days: resolved calendars, and the counting on them."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic import model_validator

from domain.errors import DomainError
from domain.kernel import Value
from domain.privacy import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WEEK = 7
ONE_DAY = timedelta(days=1)
WITHOUT_HOLIDAYS = "none"
"""The code of the calendar on which every day but the weekend is a business day."""
FIRM_CODE = r"[a-z]{4}[a-z0-9]{0,15}(-[a-z0-9]{1,15}){0,3}"
"""How the codes of the firm's own calendars are written: in small letters, never like ISO 3166."""
MAX_SOURCE = 200


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

    def __eq__(self, other: object) -> bool:
        # The version stands for the content: a calendar is looked up with every due date, and
        # comparing hundreds of holidays there took longer than the date itself.
        return isinstance(other, Calendar) and (self.code, self.version, self.source) == (
            other.code,
            other.version,
            other.source,
        )

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


def is_firms_own(code: str) -> bool:
    """Whether *code* is that of a calendar that the firm defines; no legal limit counts on one."""
    return code != WITHOUT_HOLIDAYS and re.fullmatch(FIRM_CODE, code) is not None


class Amendment(Value):
    """One day decided by hand: ``closed`` makes it a holiday of that name, otherwise it is none.

    It holds whatever a holiday library says of the day, now or later.
    """

    date: date
    closed: bool
    name: Code
    source: Code


def amended(calendar: Calendar, amendments: Iterable[Amendment], *, code: str | None = None) -> Calendar:
    """Return *calendar* with *amendments*, under *code* (default: its own).

    What lies outside its dates is left for a calendar that reaches there.
    """
    within = [each for each in amendments if calendar.first <= each.date <= calendar.last]
    code = code or calendar.code
    own = code == calendar.code
    origin = calendar.source.partition("; ")[0] if own else f"{calendar.code}@{calendar.version}"
    if own and not within:
        return calendar
    names = {holiday.date: holiday.name for holiday in calendar.holidays}
    for each in within:
        names.pop(each.date, None)
        if each.closed:
            names[each.date] = each.name
    days = (Holiday(date=day, name=name) for day, name in names.items())
    return Calendar.resolved(code, _sources(origin, within), calendar.first, calendar.last, days)


def _sources(origin: str, amendments: Sequence[Amendment]) -> str:
    """Return where the content came from, cut to what a code may hold; the amendments keep it whole."""
    named = "; ".join([origin, *(f"{each.date} {each.source}" for each in reversed(amendments))])
    return named if len(named) <= MAX_SOURCE else f"{named[: MAX_SOURCE - 1]}…"


class Difference(NamedTuple):
    """What one version of a calendar has and another lacks, on the dates that both cover."""

    gained: tuple[Holiday, ...]
    lost: tuple[Holiday, ...]
    renamed: tuple[Holiday, ...]


def difference(old: Calendar, new: Calendar) -> Difference:
    """Return the holidays that *new* gained over *old*, those it lost, and those with another name."""
    first, last = max(old.first, new.first), min(old.last, new.last)
    before, after = (
        {each.date: each for each in calendar.holidays if first <= each.date <= last}
        for calendar in (old, new)
    )
    return Difference(
        gained=tuple(each for day, each in after.items() if day not in before),
        lost=tuple(each for day, each in before.items() if day not in after),
        renamed=tuple(each for day, each in after.items() if day in before and before[day] != each),
    )


class CalendarExhausted(DomainError):
    """The calendar does not reach that far; correct the date, or run `plaint calendar update`."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        super().__init__(
            f"Calendar {calendar.code} version {calendar.version} runs from {calendar.first} to "
            f"{calendar.last} and the count leaves it; correct the date, or extend the calendar with "
            "`plaint calendar update` and retarget a clock that is pinned to this version."
        )


class NoCodeOfTheFirm(DomainError):
    """The firm's own calendars have codes of small letters, four or more, such as house-fr; choose one."""


class DefinedOtherwise(DomainError):
    """The calendar is defined on another base; define one under a new code."""


class HoldsPublicHolidays(DomainError):
    """Legal limits count on this calendar; close and open days on one made by `plaint calendar define`."""


class NotPublic(DomainError):
    """Public holidays belong to the calendar of a country or subdivision; name that, or close the day."""


class CountsOnClosures(DomainError):
    """A legal limit counts public holidays alone; name the calendar of a country or subdivision."""


class BeyondTheCalendar(DomainError):
    """The calendar does not cover that day; choose another, or extend it with `plaint calendar update`."""


class DayHasPassed(DomainError):
    """That day has passed; a firm's day is decided before it comes, and a miss of then can be excused."""


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

    def before(self, day: date, n: int) -> date | None:
        """Return the *n*-th business day strictly before *day*; None where the calendar begins later."""
        if n < 1:
            raise ValueError(f"n is at least 1, not {n}")
        index = self._opened[self._index(day)] - n
        return self._open_days[index] if index >= 0 else None

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
