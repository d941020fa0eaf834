"""Conditions of a form: when a field is asked, a piece of advice given, a rule applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, TypeAlias, cast

from pydantic import ConfigDict, Field, model_validator

from domain.kernel import Value
from domain.privacy import Code

Answers: TypeAlias = Mapping[str, object]
"""What was answered, by the name of the field, as it stands in the JSON that was sent."""


class Condition(Value):
    """Something that is so or not, judged by what was answered.

    Either one test of one ``field``, or other conditions joined by ``all``, ``any`` or ``not``.
    A field without an answer passes no test but ``filled = false``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: Code | None = None
    is_: Literal[True] | Code | None = Field(default=None, alias="is")
    one_of: tuple[Code, ...] | None = None
    filled: bool | None = None
    below: Decimal | None = None
    at_least: Decimal | None = None
    all: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    any: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    not_: Condition | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Condition:
        tests = [self.is_, self.one_of, self.filled, self.below, self.at_least]
        joins = [self.all, self.any, self.not_]
        tested, joined = (sum(each is not None for each in group) for group in (tests, joins))
        if (self.field is not None, tested, joined) not in {(True, 1, 0), (False, 0, 1)}:
            raise ValueError(
                "a condition is one field with one of is, one_of, filled, below, at_least; "
                "or one of all, any, not"
            )
        return self

    def named(self) -> Iterator[str]:
        """Yield every field that the condition looks at."""
        if self.field is not None:
            yield self.field
        for each in (*(self.all or ()), *(self.any or ()), *([self.not_] if self.not_ else [])):
            yield from each.named()

    def holds(self, answers: Answers) -> bool:
        """Whether it is so, given *answers*."""
        if self.all is not None:
            return all(each.holds(answers) for each in self.all)
        if self.any is not None:
            return any(each.holds(answers) for each in self.any)
        if self.not_ is not None:
            return not self.not_.holds(answers)
        return self._passes(answers.get(str(self.field)))

    def _passes(self, answer: object) -> bool:
        if self.filled is not None:
            return is_filled(answer) == self.filled
        given = entries(answer)
        if self.below is not None or self.at_least is not None:
            amounts = [amount for each in given if (amount := decimal(each)) is not None]
            return any(self._within(amount) for amount in amounts)
        wanted = self.one_of if self.one_of is not None else (self.is_,)
        return any(each == one and type(each) is type(one) for each in given for one in wanted)

    def _within(self, amount: Decimal) -> bool:
        return amount < self.below if self.below is not None else amount >= (self.at_least or 0)


def is_filled(answer: object) -> bool:
    """Whether *answer* says anything: neither nothing, nor empty, nor a box that is not ticked."""
    return answer is not None and answer is not False and answer not in ("", [], (), {})


def entries(answer: object) -> list[object]:
    """Return the entries of a list, or the one answer that it is."""
    return cast("list[object]", answer) if isinstance(answer, list) else [answer]


def decimal(answer: object) -> Decimal | None:
    """Return *answer* as a finite number, or None where it is none."""
    if isinstance(answer, bool) or not isinstance(answer, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(answer))
    except (ArithmeticError, ValueError):
        return None
    return found if found.is_finite() else None
