"""The personal fields of an event or a row: looked at, and exchanged for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from domain.privacy import Path, kept_fields

M = TypeVar("M", bound=BaseModel)


@cache
def fields_of(kind: type[BaseModel]) -> Mapping[Path, TypeAdapter[Any]]:
    """Return the personal fields of *kind*, each with what judges its value in clear."""
    return {path: TypeAdapter(clear) for path, clear in kept_fields(kind).items()}


def values_of(model: BaseModel) -> Sequence[tuple[Path, Any]]:
    """Return the personal fields of *model* that say something."""
    said = vars(model)
    return [
        (path, value)
        for path in fields_of(type(model))
        if said[path[0]] and (value := _value(said[path[0]], path[1:]))
    ]


def _value(value: Any, path: Path) -> Any:
    for name in path:
        value = getattr(value, name)
        if not value:
            return None
    return value


def exchanged(model: M, values: Mapping[Path, object]) -> M:
    """Return *model* with other *values* in place of its own."""
    if not values:
        return model
    update: dict[str, object] = {}
    for (name, *rest), value in values.items():
        inner: Any = update.get(name, getattr(model, name))
        update[name] = exchanged(inner, {tuple(rest): value}) if rest else value
    return model.model_copy(update=update)
