"""What a policy says about the desk's own work: what a second person approves, how long a department has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from pydantic import Field, StrictInt, field_validator, model_validator

from domain.codes import Outcome, Severity
from domain.kernel import Value
from domain.money import Amount, Currency
from domain.policies.parts import LONGEST, Unit

Worth: TypeAlias = tuple[str, Decimal]
"""A currency and how much of it."""


class Approval(Value):
    """Which decisions a second person has to approve before they are sent.

    ``amounts`` holds, by currency, the most that one person awards in one decision.  Redress in
    a currency that has none, or that is no money, cannot be compared: it has to be approved.
    """

    amounts: Mapping[Currency, Amount] = Field(default_factory=dict[str, str])
    outcomes: tuple[Outcome, ...] = ()
    severities: tuple[Severity, ...] = ()

    def asks(self, outcome: str, severity: str | None, redress: Iterable[Worth | None]) -> bool:
        """Whether a decision of that *outcome* and *redress* on a case of *severity* needs approval."""
        return outcome in self.outcomes or severity in self.severities or self._exceeded(redress)

    def _exceeded(self, redress: Iterable[Worth | None]) -> bool:
        if not self.amounts:
            return False
        totals: dict[str, Decimal] = {}
        for worth in redress:
            if worth is None or worth[0] not in self.amounts:
                return True
            totals[worth[0]] = totals.get(worth[0], Decimal(0)) + worth[1]
        return any(total > Decimal(self.amounts[currency]) for currency, total in totals.items())

    @model_validator(mode="after")
    def _asks_for_something(self) -> Approval:
        if not (self.amounts or self.outcomes or self.severities):
            raise ValueError("nothing is to be approved; add amounts, outcomes or severities")
        return self


class Consultation(Value):
    """How long a department has to answer what the desk asks it."""

    limit: StrictInt = Field(ge=1)
    unit: Unit = "business_day"

    @field_validator("limit")
    @classmethod
    def _is_no_slip(cls, limit: int) -> int:
        if limit > LONGEST["calendar_day"]:
            raise ValueError(f"{limit} is longer than ten years; give a shorter limit")
        return limit
