"""Which fields of a document its reader gets: those for others are absent, never null.

Every field of a document says whom it is for (`Sight`), as a mark on its type; what stands
within a field that says so, and says nothing itself, is for the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from domain.access import Sight

Sights = frozenset[Sight]


def narrowed(model: BaseModel, sights: Sights) -> str:
    """Return *model* as JSON, with the fields that a reader of *sights* gets."""
    return model.model_dump_json(by_alias=True, exclude=_hidden(type(model), sights, Sight.PUBLIC) or None)


@cache
def _hidden(kind: type[BaseModel], sights: Sights, inherited: Sight) -> dict[str, Any]:
    """Return what pydantic is to leave out of a model of *kind*."""
    hidden: dict[str, Any] = {}
    for name, sight, inner, many in fields(kind, inherited):
        if sight not in sights:
            hidden[name] = True
        elif inner is not None and (within := _hidden(inner, sights, sight)):
            hidden[name] = {"__all__": within} if many else within
    return hidden


def fields(
    kind: type[BaseModel], inherited: Sight = Sight.PUBLIC
) -> Iterator[tuple[str, Sight, type[BaseModel] | None, bool]]:
    """Yield each field of *kind*: its name, whom it is for, the model within it, whether there are many."""
    hints = get_type_hints(kind, include_extras=True)
    for name in kind.model_fields:
        inner, many = _within(hints[name])
        yield name, declared(kind, name) or inherited, inner, many


def declared(kind: type[BaseModel], name: str) -> Sight | None:
    """Return whom the field says it is for."""
    marks = (mark for mark in kind.model_fields[name].metadata if isinstance(mark, Sight))
    return next(marks, None)


def _within(hint: Any, *, many: bool = False) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint, many
    origin = get_origin(hint)
    if origin in (tuple, list):
        return _within(get_args(hint)[0], many=True)
    if origin is Annotated:
        return _within(get_args(hint)[0], many=many)
    if origin in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        # Of several kinds none is looked into: all that such a field holds is for whom it is itself.
        return _within(parts[0], many=many) if len(parts) == 1 else (None, False)
    return None, False


def may_lack(kind: type[BaseModel]) -> dict[str, frozenset[str]]:
    """Return, by model, the fields that some of its readers do not get: of *kind* and of all within it."""
    return {
        model.__name__: frozenset(
            name
            for name in model.model_fields
            if declared(model, name) not in (None, inherited, Sight.PUBLIC)
        )
        for model, inherited in reachable(kind)
    }


def reachable(
    kind: type[BaseModel], inherited: Sight = Sight.PUBLIC
) -> Iterator[tuple[type[BaseModel], Sight]]:
    """Yield *kind* and every model within it, each with whom it is for where it says nothing itself."""
    yield kind, inherited
    for _, sight, inner, _ in fields(kind, inherited):
        if inner is not None:
            yield from reachable(inner, sight)
