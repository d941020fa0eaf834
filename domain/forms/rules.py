"""Rules across the fields of a form, as data: what each is called, and what it is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from domain.forms.conditions import Condition
from domain.forms.words import Words
from domain.kernel import Value
from domain.privacy import Code

Days: TypeAlias = Annotated[int, Field(ge=-36_500, le=36_500)]


class Ruled(Value):
    """What every rule says: which *fields* it is about, and how to put right what breaks it.

    A field is named by its path: ``proposals.date`` is the date of every proposal.
    A rule with ``when`` holds only then.
    """

    id: Code
    fields: tuple[Code, ...] = Field(min_length=1)
    message: Words
    when: Condition | None = None


class Dated(Ruled):
    """A rule about days: they are those of the zone that the field ``zone`` names, else of the firm."""

    zone: Code | None = None


class WithinDays(Dated):
    """Every date lies from ``first`` to ``last`` days after today (both inclusive; negative = before)."""

    rule: Literal["within_days"]
    first: Days = 0
    last: Days

    @model_validator(mode="after")
    def _forwards(self) -> WithinDays:
        if self.last < self.first:
            raise ValueError("last cannot lie before first; exchange them")
        return self


class NotToday(Dated):
    """No date is today."""

    rule: Literal["not_today"]


class NotInFuture(Dated):
    """No date, instant or estimate begins later than now."""

    rule: Literal["not_in_future"]


class NotPast(Dated):
    """No instant lies before now; of a date or a month, none that is over."""

    rule: Literal["not_past"]


class AtMostWeekend(Dated):
    """At most ``most`` of the dates fall on a Saturday or Sunday."""

    rule: Literal["at_most_weekend"]
    most: Annotated[int, Field(ge=0)] = 1


class NotBefore(Dated):
    """No date lies before that of the field ``other``."""

    rule: Literal["not_before"]
    other: Code


class Distinct(Dated):
    """No two answers are the same; letters compare without case, dates and instants by their day."""

    rule: Literal["distinct"]


class SumAtMost(Ruled):
    """The numbers add up to ``most`` or less."""

    rule: Literal["sum_at_most"]
    most: Decimal


class SomeAtLeast(Ruled):
    """One of the numbers is ``least`` or more, or one of the fields ``or_filled`` is answered."""

    rule: Literal["some_at_least"]
    least: Decimal
    or_filled: tuple[Code, ...] = ()


class OneRequired(Ruled):
    """One of the fields is answered."""

    rule: Literal["one_required"]


class AtMostOne(Ruled):
    """No more than one of the fields is answered."""

    rule: Literal["at_most_one"]


class AllTicked(Ruled):
    """Every one of the boxes is ticked."""

    rule: Literal["all_ticked"]


Rule: TypeAlias = Annotated[
    WithinDays
    | NotToday
    | NotInFuture
    | NotPast
    | AtMostWeekend
    | NotBefore
    | Distinct
    | SumAtMost
    | SomeAtLeast
    | OneRequired
    | AtMostOne
    | AllTicked,
    Field(discriminator="rule"),
]
