"""Redress: what a complainant is given because of a complaint."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import model_validator

from domain.complaint.codes import RedressHead, RedressKind
from domain.kernel import Instant, Value
from domain.money import Asset, Currency, Sum
from domain.privacy import PersonalText


class Redress(Value):
    """One thing that is given: money, a crypto-asset with its value at an instant, or something in kind.

    ``amount`` is in ``currency`` for money and in ``asset`` for a crypto-asset; ``value`` is in
    ``currency``, as of ``valued_at`` (DISP 1.10.2G(3) and ASIC count redress in money).
    """

    kind: RedressKind
    head: RedressHead = "principal"
    amount: Sum | None = None
    currency: Currency | None = None
    asset: Asset | None = None
    value: Sum | None = None
    valued_at: Instant | None = None

    @property
    def worth(self) -> tuple[str, Decimal] | None:
        """Its currency and how much of it; None for what nobody valued."""
        said = self.amount if self.kind == "money" else self.value
        return None if said is None or self.currency is None else (self.currency, Decimal(said))


NEEDS: dict[RedressKind, tuple[frozenset[str], frozenset[str]]] = {
    "money": (frozenset({"amount", "currency"}), frozenset()),
    "crypto_asset": (frozenset({"amount", "asset", "value", "currency", "valued_at"}), frozenset()),
    "in_kind": (frozenset({"description"}), frozenset({"value", "currency", "valued_at"})),
}
"""By kind what has to be said of redress, and what may be said besides."""
SAID = ("amount", "currency", "asset", "value", "valued_at")


class RedressWish(Redress):
    """Redress as it is sent."""

    description: PersonalText | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        needed, besides = NEEDS[self.kind]
        said = {name for name in (*SAID, "description") if getattr(self, name) is not None}
        if lacking := sorted(needed - said):
            raise ValueError(f"Give {', '.join(lacking)} as well: redress of this kind needs it.")
        if surplus := sorted(said - needed - besides - {"description"}):
            raise ValueError(f"Leave {', '.join(surplus)} out: redress of this kind has none.")
        if (self.value is None) != (self.currency is None) and self.kind == "in_kind":
            raise ValueError("Give value and currency together.")
        return self


class NumberedRedress(Redress):
    """Redress as it is kept; its number is the same as long as there is the case."""

    number: int
