"""The names of time zones that there are."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator

from domain.privacy import Code


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Return every name that the time zone database knows."""
    return frozenset(available_timezones())


def _known(name: str) -> str:
    if name not in zones():
        raise ValueError('There is no such time zone; use an IANA name such as "Europe/Paris".')
    return name


Zone: TypeAlias = Annotated[Code, AfterValidator(_known)]
"""A time zone, as somebody names it from outside."""
