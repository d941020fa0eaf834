"""Changes to what is known of something: what is left out stays, and what is given as None is taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from domain.kernel import Event

T = TypeVar("T")


def asked_of(order: BaseModel, names: Iterable[str]) -> dict[str, Any]:
    """Return which of *names* the order says anything about, and what: None where it is to be taken away."""
    return {name: getattr(order, name) for name in names if name in order.model_fields_set}


def given(value: T) -> T:
    """Return *value*, which cannot be missing; raise ValueError for None."""
    if value is None:
        raise ValueError("Give a value, or leave it out to keep what there is.")
    return value


def news(asked: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of *asked* differs from what is *known*, as an event says it."""
    differs = {name: value for name, value in asked.items() if known.get(name) != value}
    gone = tuple(sorted(name for name, value in differs.items() if value is None))
    said = {name: value for name, value in differs.items() if value is not None}
    return said | ({"unset": gone} if gone else {})


def after(event: Event, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of *names* that *event* brings, None for what it takes away."""
    gone: tuple[str, ...] = getattr(event, "unset", ())
    said = {name: getattr(event, name) for name in names}
    return {name: value for name, value in said.items() if value is not None or name in gone}
