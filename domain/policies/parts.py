"""What the parts of a policy file are made of: words, distances, notices, warnings, scopes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StringConstraints

from domain.calendars import FIRM_CODE, ONE_DAY, WEEK
from domain.hours import windows
from domain.kernel import Value
from domain.privacy import Code, Public

Unit: TypeAlias = Literal["business_day", "calendar_day", "week", "month", "year", "hour", "business_hour"]
Bound: TypeAlias = Literal["end_of_day", "close_of_business", "instant"]
Roll: TypeAlias = Literal["none", "following"]
OnReopen: TypeAlias = Literal["resume_original", "new_clock", "stop_while_closed"]
Duty: TypeAlias = Literal["without_undue_delay"]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Confidence: TypeAlias = Literal["S", "S2", "M", "given", ""]
"""What a term rests on: ``S`` the text, ``S2`` a secondary source, ``M`` memory, ``given`` the firm."""

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR_UNITS = frozenset({"hour", "business_hour"})

# Ten years in each unit: a longer promise is a slip of the pen.
LONGEST: dict[Unit, int] = {
    "business_day": 3660,
    "calendar_day": 3660,
    "week": 522,
    "month": 120,
    "year": 10,
    "hour": 87_840,
    "business_hour": 87_840,
}


def _as_sequence(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _as_offset(given: object) -> object:
    if not isinstance(given, str):
        return given
    number, _, unit = given.partition(" ")
    if not number.isdecimal():
        raise ValueError(f'"{given}" is not a number and a unit; write it like "1 business_day"')
    return {"number": int(number), "unit": unit}


def _is_a_calendar_code(code: str) -> str:
    if re.fullmatch(rf"none|[A-Z]{{2}}(-[A-Z0-9]{{1,3}})?|{FIRM_CODE}", code) is None:
        raise ValueError(
            f'"{code}" is not written like a calendar; use a code such as "FR" or "GB-ENG", "none", '
            'or one of the firm\'s own such as "house-fr"'
        )
    return code


def _open_one_after_another(hours: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if any(opens in {closes, "24:00"} for opens, closes in hours):
        raise ValueError(
            'a window never opens; give it a length, or write ["00:00", "24:00"] for a whole day'
        )
    in_order = windows(hours)
    tomorrow = [window._replace(opens=window.opens + ONE_DAY) for window in in_order[:1]]
    if any(later.opens < earlier.closes for earlier, later in pairwise([*in_order, *tomorrow])):
        raise ValueError("two windows overlap; let each open when or after the one before has closed")
    return hours


def _leaves_a_day(weekend: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if len(set(weekend)) == WEEK:
        raise ValueError("every day is a weekend; leave at least one business day")
    return weekend


Line: TypeAlias = Annotated[str, Public(), StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Words: TypeAlias = Annotated[tuple[Word, ...], BeforeValidator(_as_sequence)]
Name: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
]
CalendarCode: TypeAlias = Annotated[Line, AfterValidator(_is_a_calendar_code)]
Country: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Z]{2}$")]
WallTime: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
Hours: TypeAlias = Annotated[tuple[tuple[WallTime, WallTime], ...], AfterValidator(_open_one_after_another)]
Weekend: TypeAlias = Annotated[tuple[Weekday, ...], AfterValidator(_leaves_a_day)]
Level: TypeAlias = Annotated[int, Field(ge=1, le=9)]


class Offset(Value):
    """A distance in time before a due instant, written like ``1 business_day``."""

    number: StrictInt = Field(ge=1, le=3660)
    unit: Unit


Offsets: TypeAlias = tuple[Annotated[Offset, BeforeValidator(_as_offset)], ...]


class Extension(Value):
    """A notice that moves the due instant: to ``limit`` units from the same start, never in addition."""

    by: Word
    limit: StrictInt
    unit: Unit
    required_parts: tuple[Code, ...] = ()


class Notifications(Value):
    """When and whom warnings may reach, apart from the calendar that the clocks count by.

    Wall times are those of the regime's zone; without ``hours`` any time will do,
    without ``weekend`` any day.  ``recipients`` names, by level, whom a warning reaches;
    level *n* is the *n*-th entry of a term's ``warn_before``.
    """

    hours: Hours = ()
    weekend: Weekend = ()
    recipients: Mapping[Level, tuple[Code, ...]] = Field(default_factory=dict[int, tuple[str, ...]])

    def __hash__(self) -> int:
        return hash((self.hours, self.weekend, tuple(sorted(self.recipients.items()))))


class Scope(Value):
    """The declared facts of a case that decide which regimes bind it; None is not known."""

    country: str | None = None
    service: str | None = None
    client_kind: str | None = None
    channel: str | None = None
    legal_entity: str | None = None


class Applies(Value):
    """Which cases a regime binds; an empty list binds any."""

    country: tuple[Country, ...] = ()
    service: tuple[Code, ...] = ()
    client_kind: tuple[Code, ...] = ()
    channel: tuple[Code, ...] = ()
    legal_entity: tuple[Code, ...] = ()

    def matches(self, scope: Scope) -> bool:
        """Whether every fact of *scope* is allowed; a fact not known is in no list."""
        return (
            (not self.country or scope.country in self.country)
            and (not self.service or scope.service in self.service)
            and (not self.client_kind or scope.client_kind in self.client_kind)
            and (not self.channel or scope.channel in self.channel)
            and (not self.legal_entity or scope.legal_entity in self.legal_entity)
        )
