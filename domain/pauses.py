"""Pauses of a clock, and how a promise is counted around them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias, TypeVar

from pydantic import AliasChoices, Field, model_validator

from domain.calendars import ONE_DAY
from domain.errors import DomainError
from domain.hours import local_date
from domain.kernel import Instant, Value

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Amount(Protocol):
    def __sub__(self, other: Self, /) -> Self: ...


Point = TypeVar("Point", date, datetime)
Amount = TypeVar("Amount", bound=_Amount)
Stretch: TypeAlias = tuple[datetime, datetime]
"""From an instant to another."""
Eves: TypeAlias = tuple[date, date]
"""Dates after the first, up to and including the second."""


class Pause(Value):
    """A time during which a clock stood still; *to* is None while it still does.

    A pause counts where the term is pausable, and with ``always`` in any term.
    """

    from_: Instant = Field(validation_alias=AliasChoices("from", "from_"), serialization_alias="from")
    to: Instant | None = None
    always: bool = False

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError("a pause ends before it begins; correct its instants")
        return self

    def until(self, as_of: datetime | None) -> Stretch:
        """Return the pause as a stretch that ends; one still open ends at *as_of*."""
        if self.to is not None:
            return self.from_, self.to
        if as_of is None:
            raise OpenPause
        return self.from_, max(self.from_, as_of.astimezone(UTC))


class OpenPause(DomainError):
    """A pause is still open: say as of which instant the deadline is asked."""


class Line(Protocol[Point, Amount]):
    """Something along which a promise is counted: days or time."""

    def add(self, at: Point, amount: Amount, /) -> Point:
        """Return the point at which *amount* has been counted since *at*."""
        ...

    def count(self, after: Point, until: Point, /) -> Amount:
        """Return how much is counted between two points."""
        ...


class CalendarDays:
    """Every day counts."""

    def add(self, day: date, n: int) -> date:
        return day + ONE_DAY * n

    def count(self, after: date, until: date) -> int:
        return (until - after).days


class ElapsedTime:
    """All time counts, by the clock of physics: a change of local time adds or takes nothing."""

    def add(self, at: datetime, amount: timedelta) -> datetime:
        return at + amount

    def count(self, after: datetime, until: datetime) -> timedelta:
        return until - after


def advance(
    line: Line[Point, Amount], at: Point, amount: Amount, paused: Sequence[tuple[Point, Point]]
) -> Point:
    """Return the point at which *amount* has been counted since *at*, counting nothing in a pause."""
    for begins, ends in paused:
        due = line.add(at, amount)
        if due <= begins:
            return due
        if ends > at:
            amount -= line.count(at, max(begins, at))
            at = ends
    return line.add(at, amount)


def stretches(pauses: Sequence[Pause], as_of: datetime | None) -> tuple[Stretch, ...]:
    """Return *pauses*, given in any order, as stretches in order that do not touch."""
    merged: list[Stretch] = []
    for begins, ends in sorted(pause.until(as_of) for pause in pauses):
        if merged and begins <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ends)
        elif begins < ends:
            merged.append((begins, ends))
    return tuple(merged)


def stopped_days(paused: Sequence[Stretch], zone: str) -> tuple[Eves, ...]:
    """Return the local dates at whose end the clock stood still."""
    return tuple(
        (local_date(begins, zone) - ONE_DAY, local_date(ends, zone) - ONE_DAY) for begins, ends in paused
    )


def running(start: datetime, end: datetime, paused: Sequence[Stretch]) -> list[Stretch]:
    """Return what *paused* leaves of the time from *start* to *end*."""
    left: list[Stretch] = []
    for begins, ends in (*paused, (end, end)):
        left.append((start, min(begins, end)))
        start = max(start, ends)
    return [(begins, ends) for begins, ends in left if begins < ends]
