"""Regimes: what a firm or a law promises, as data that a file states and a version names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Self, cast
from zoneinfo import ZoneInfo

from pydantic import StrictBool, StrictInt, field_validator, model_validator

from domain.calendars import is_firms_own
from domain.hours import zone_named
from domain.kernel import Value
from domain.policies.handling import Approval, Consultation
from domain.policies.parts import (
    HOUR_UNITS,
    LONGEST,
    WEEKDAYS,
    Applies,
    Bound,
    CalendarCode,
    Confidence,
    Duty,
    Extension,
    Hours,
    Line,
    Name,
    Notifications,
    Offset,
    Offsets,
    OnReopen,
    Roll,
    Scope,
    Unit,
    Weekday,
    Weekend,
    Word,
    Words,
)
from domain.policies.tickets import TicketTerms
from domain.privacy import Code
from domain.zones import zones

__all__ = [
    "HOUR_UNITS",
    "Applies",
    "Approval",
    "Bound",
    "Consultation",
    "Extension",
    "Notifications",
    "Offset",
    "OnReopen",
    "Regime",
    "Roll",
    "Scope",
    "Term",
    "Unit",
    "Weekday",
]


class Term(Value):
    """One promise of a regime: what starts it, what keeps it, and by when.

    A term with a ``duty`` and no ``limit`` starts no clock until the firm fills in a
    limit.  ``until`` holds the words that end the promise altogether: the running
    clock is cancelled and no other follows.  ``warn_before`` goes from the earliest
    warning to the last: the first entry is level 1, the next level 2.  A ``window`` is
    open to somebody: its passing breaches nothing.  ``article`` is
    the place in the text that the term rests on, ``confidence`` how well it was read.
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
    warn_before: Offsets = ()
    required_parts: tuple[Code, ...] = ()
    extension: Extension | None = None
    window: StrictBool = False
    article: Line = ""
    confidence: Confidence = ""

    @property
    def reads_hours(self) -> bool:
        """Whether the term cannot be computed without opening hours."""
        return self.unit == "business_hour" or self.bound == "close_of_business"

    @property
    def words(self) -> frozenset[str]:
        """The words that the term itself names; others end, pause or revive any promise."""
        extended = () if self.extension is None else (self.extension.by,)
        return frozenset((*self.start, *self.stop, *self.until, *extended))

    @model_validator(mode="before")
    @classmethod
    def _ends_with_the_decision(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        facts = cast("Mapping[str, object]", given)
        default = ("decision_sent",) if facts.get("recurring") is True else ()
        return {"until": default} | dict(facts)

    @model_validator(mode="before")
    @classmethod
    def _extends_in_its_own_unit(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        facts = cast("Mapping[str, object]", given)
        extension = facts.get("extension")
        if not isinstance(extension, Mapping) or "unit" not in facts:
            return dict(facts)
        own = {"unit": facts["unit"]} | dict(cast("Mapping[str, object]", extension))
        return dict(facts) | {"extension": own}

    @field_validator("warn_before")
    @classmethod
    def _warns_in_order(cls, offsets: tuple[Offset, ...]) -> tuple[Offset, ...]:
        if any(a.unit == b.unit and a.number <= b.number for a, b in pairwise(offsets)):
            raise ValueError("the warnings are not in the order of time; put the longest distance first")
        return offsets

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

    @model_validator(mode="after")
    def _extends_what_it_promises(self) -> Self:
        longer = self.extension
        if longer is None:
            return self
        if self.limit is None:
            raise ValueError("extension has no limit to extend; add limit and unit, or remove the extension")
        if longer.by in {*self.start, *self.stop, *self.until}:
            raise ValueError(
                f"{longer.by} extends the term and also starts or ends it; let one event word do one thing"
            )
        if (longer.unit in HOUR_UNITS) != (self.unit in HOUR_UNITS):
            raise ValueError("extension counts hours where the term counts days; use the same kind of unit")
        if not 1 <= longer.limit <= LONGEST[longer.unit]:
            raise ValueError(
                f"extension.limit {longer.limit} is out of range; use 1 to {LONGEST[longer.unit]}"
                f" for a {longer.unit}"
            )
        if longer.unit == self.unit and longer.limit <= self.limit:
            raise ValueError(
                f"extension.limit {longer.limit} is not beyond limit {self.limit}; "
                "count it from the same start, so that 35 includes the first 15"
            )
        return self


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
    weekend: Weekend = ("sat", "sun")
    hours: Hours = ()
    notifications: Notifications = Notifications()
    applies: Applies = Applies()
    approval: Approval | None = None
    consultation: Consultation | None = None
    tickets: TicketTerms = TicketTerms()
    terms: tuple[Term, ...]

    @property
    def reference(self) -> str:
        """The regime and its version in one word, such as ``house@2026-01``."""
        return f"{self.regime}@{self.version}"

    @property
    def tz(self) -> ZoneInfo:
        """The zone whose calendar and clocks the terms count by."""
        return zone_named(self.zone)

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
        if zone not in zones():
            raise ValueError(f'"{zone}" is no time zone; use an IANA name such as "Europe/Paris"')
        return zone

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
        needing = [term.milestone for term in self.terms if term.reads_hours]
        if self.consultation is not None and self.consultation.unit == "business_hour":
            needing.append("consultation")
        if not self.hours and needing:
            raise ValueError(
                f'hours are missing and {needing[0]} needs them; add hours = [["09:00", "18:00"]]'
            )
        if self.legal and is_firms_own(self.calendar):
            raise ValueError(
                f"legal is true and {self.calendar} is a calendar of the firm's own, with days that a law "
                "does not know; name the calendar of a country or subdivision"
            )
        if self.verified and (doubtful := [term.milestone for term in self.terms if term.confidence == "M"]):
            raise ValueError(
                f"verified is true and {doubtful[0]} rests on memory; write verified = false until it is read"
            )
        return self


@lru_cache(maxsize=128)
def _numbers(weekend: tuple[Weekday, ...]) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(name) for name in weekend)
