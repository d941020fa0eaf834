"""Regimes: what a firm or a law promises, as data that a file states and a version names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeAlias, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    field_validator,
    model_validator,
)

from domain.calendars import ONE_DAY, WEEK
from domain.hours import windows
from domain.kernel import Value
from domain.privacy import Code, Public

Unit: TypeAlias = Literal["business_day", "calendar_day", "week", "month", "year", "hour", "business_hour"]
Bound: TypeAlias = Literal["end_of_day", "close_of_business", "instant"]
Roll: TypeAlias = Literal["none", "following"]
OnReopen: TypeAlias = Literal["resume_original", "new_clock", "stop_while_closed"]
Duty: TypeAlias = Literal["without_undue_delay"]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

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


Word: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Words: TypeAlias = Annotated[tuple[Word, ...], BeforeValidator(_as_sequence)]
Name: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
]
CalendarCode: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^(none|[A-Z]{2}(-[A-Z0-9]{1,3})?)$")
]
Country: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Z]{2}$")]
WallTime: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]


class Offset(Value):
    """A distance in time before a due instant, written like ``1 business_day``."""

    number: StrictInt = Field(ge=1, le=3660)
    unit: Unit


class Term(Value):
    """One promise of a regime: what starts it, what keeps it, and by when.

    A term with a ``duty`` and no ``limit`` starts no clock until the firm fills in a
    limit.  ``until`` holds the words that end the promise altogether: the running
    clock is cancelled and no other follows.
    """

    milestone: Word
    limit: StrictInt | None = None
    unit: Unit | None = None
    duty: Duty | None = None
    start: Words
    stop: Words
    until: Words = ()
    bound: Bound = "end_of_day"
    roll: Roll = "none"
    pausable: StrictBool = False
    recurring: StrictBool = False
    on_reopen: OnReopen = "resume_original"
    rollover_after_close: StrictBool = False
    warn_before: tuple[Annotated[Offset, BeforeValidator(_as_offset)], ...] = ()
    required_parts: tuple[Code, ...] = ()

    @property
    def reads_hours(self) -> bool:
        """Whether the term cannot be computed without opening hours."""
        return self.unit == "business_hour" or self.bound == "close_of_business"

    @model_validator(mode="before")
    @classmethod
    def _ends_with_the_decision(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        facts = cast("Mapping[str, object]", given)
        default = ("decision_sent",) if facts.get("recurring") is True else ()
        return {"until": default} | dict(facts)

    @field_validator("start", "stop")
    @classmethod
    def _names_a_word(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if not words:
            raise ValueError('no event word is named; name at least one, such as "received"')
        return words

    @model_validator(mode="after")
    def _has_a_limit_or_a_duty(self) -> Self:
        if self.limit is None and self.duty is None:
            raise ValueError('there is neither limit nor duty; add limit, or duty = "without_undue_delay"')
        if self.limit is not None and self.unit is None:
            raise ValueError(f"limit has no unit; add unit, one of {', '.join(LONGEST)}")
        if self.limit is not None and self.unit and not 1 <= self.limit <= LONGEST[self.unit]:
            raise ValueError(
                f"limit {self.limit} is out of range; use 1 to {LONGEST[self.unit]} for a {self.unit}"
            )
        return self

    @model_validator(mode="after")
    def _counts_hours_as_hours(self) -> Self:
        if self.unit in HOUR_UNITS and self.roll == "following":
            raise ValueError('roll = "following" moves days, not hours; use roll = "none" or a unit of days')
        if self.unit in HOUR_UNITS and self.bound == "close_of_business":
            raise ValueError("a term in hours ends when they have run; leave bound out or use a unit of days")
        return self


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
        allowed_and_known = (
            (self.country, scope.country),
            (self.service, scope.service),
            (self.client_kind, scope.client_kind),
            (self.channel, scope.channel),
            (self.legal_entity, scope.legal_entity),
        )
        return all(not allowed or known in allowed for allowed, known in allowed_and_known)


class Regime(Value):
    """One version of a set of promises, with the calendar, zone and hours that they count in."""

    regime: Name
    version: Name
    effective_from: date
    effective_until: date | None = None
    jurisdiction: Code = "firm"
    source: Code = "published complaints procedure"
    verified: StrictBool = True
    legal: StrictBool = False
    calendar: CalendarCode
    zone: Code
    weekend: tuple[Weekday, ...] = ("sat", "sun")
    hours: tuple[tuple[WallTime, WallTime], ...] = ()
    applies: Applies = Applies()
    terms: tuple[Term, ...]

    @property
    def reference(self) -> str:
        """The regime and its version in one word, such as ``house@2026-01``."""
        return f"{self.regime}@{self.version}"

    @property
    def tz(self) -> ZoneInfo:
        """The zone whose calendar and clocks the terms count by."""
        return ZoneInfo(self.zone)

    @property
    def closed_weekdays(self) -> frozenset[int]:
        """The weekdays that are no business days; Monday is 0."""
        return _numbers(self.weekend)

    def in_force(self, on: date) -> bool:
        """Whether this version binds what begins on the local date *on*."""
        return self.effective_from <= on and (self.effective_until is None or on < self.effective_until)

    def term(self, milestone: str) -> Term:
        """Return the term that promises *milestone*; a `KeyError` when there is none."""
        return {term.milestone: term for term in self.terms}[milestone]

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in _zones():
            raise ValueError(f'"{zone}" is no time zone; use an IANA name such as "Europe/Paris"')
        return zone

    @field_validator("weekend")
    @classmethod
    def _leaves_a_business_day(cls, weekend: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if len(set(weekend)) == WEEK:
            raise ValueError("every day is a weekend; leave at least one business day")
        return weekend

    @field_validator("hours")
    @classmethod
    def _open_one_after_another(cls, hours: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        if any(opens in {closes, "24:00"} for opens, closes in hours):
            raise ValueError(
                'a window never opens; give it a length, or write ["00:00", "24:00"] for a whole day'
            )
        in_order = windows(hours)
        tomorrow = [window._replace(opens=window.opens + ONE_DAY) for window in in_order[:1]]
        if any(later.opens < earlier.closes for earlier, later in pairwise([*in_order, *tomorrow])):
            raise ValueError("two windows overlap; let each open when or after the one before has closed")
        return hours

    @field_validator("terms")
    @classmethod
    def _promises_something(cls, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        if not terms:
            raise ValueError("nothing is promised; add a [[terms]] table")
        milestones = [term.milestone for term in terms]
        if repeated := {each for each in milestones if milestones.count(each) > 1}:
            raise ValueError(f"milestone {min(repeated)} is promised twice; keep one term for it")
        return terms

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise ValueError(
                "effective_until is not after effective_from; give the first day it no longer applies"
            )
        if not self.hours and (needing := [term.milestone for term in self.terms if term.reads_hours]):
            raise ValueError(
                f'hours are missing and {needing[0]} needs them; add hours = [["09:00", "18:00"]]'
            )
        return self


@lru_cache(maxsize=128)
def _numbers(weekend: tuple[Weekday, ...]) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(name) for name in weekend)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
