"""Instants as they are written in what somebody sends: in full, and in a year that can be counted with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from domain.kernel import UNREADABLE, Instant

D = TypeVar("D", bound=date)
_INSTANT = TypeAdapter[datetime](Instant)

FIRST_YEAR, LAST_YEAR = 1000, 9000
"""Between them every day can be told in every zone, and days be added to it."""


def countable(day: D) -> D:
    """Return *day*, unless its year is one from which nothing can be counted: then a ValueError."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("Give a year from 1000 to 9000.")
    return day


def _in_full(given: object) -> object:
    """Return the instant that a text is, but none for digits, which could count seconds since 1970."""
    if not isinstance(given, str):
        return given
    try:
        # Here: once it has been looked at, a strict model takes no text for an instant.
        return _INSTANT.validate_python(given if "T" in given.upper() else "")
    except ValidationError:
        raise PydanticCustomError("datetime_aware", UNREADABLE) from None


InFull: TypeAlias = Annotated[Instant, BeforeValidator(_in_full)]
"""An instant as RFC 3339 writes it."""
Stated: TypeAlias = Annotated[InFull, AfterValidator(countable)]
"""An instant of which somebody says that something happened, or falls due, then."""
