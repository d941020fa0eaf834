"""Sums of money and of crypto-assets, as decimal text: a float would change what was awarded."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, StringConstraints

from domain.privacy import Public


def _more_than_nothing(amount: str) -> str:
    if not Decimal(amount):
        raise ValueError('Give an amount above zero, such as "12.50".')
    return amount


Amount: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$")
]
"""A decimal number as text, never a float: up to 18 digits on either side of the point."""
Sum: TypeAlias = Annotated[Amount, AfterValidator(_more_than_nothing)]
"""An amount above zero."""
Currency: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A currency by its ISO 4217 code."""
Asset: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$")]
"""A crypto-asset by its ticker or identifier (DTI, CAIP-19 or the firm's own)."""
