"""The policy of access as a condition of a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, true

from domain.access import LEVELS, Scope


def within(
    scope: Scope,
    *,
    team: ColumnElement[Any],
    legal_entity: ColumnElement[Any],
    sensitivity: ColumnElement[Any],
) -> ColumnElement[bool]:
    """Return the condition under which a row with those columns is admitted by *scope*."""
    columns = {"team": team, "legal_entity": legal_entity, "sensitivity": sensitivity}
    among = admitted(scope)
    if not all(among.values()):
        return false()
    return and_(true(), *(columns[name].in_(values) for name, values in among.items()))


def admitted(scope: Scope) -> Mapping[str, Sequence[str]]:
    """Return which values some columns of a row have that *scope* admits; where they are none, none is."""
    among: dict[str, Sequence[str]] = {}
    if scope.teams is not None:
        among["team"] = sorted(scope.teams)
    if scope.legal_entities is not None:
        among["legal_entity"] = sorted(scope.legal_entities)
    if scope.levels != frozenset(LEVELS):
        among["sensitivity"] = sorted(level.value for level in scope.levels)
    return among
