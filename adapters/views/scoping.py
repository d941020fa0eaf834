"""The policy of access as a condition of a query."""

from __future__ import annotations

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
    if not scope.levels or scope.teams == frozenset():
        return false()
    conditions: list[ColumnElement[bool]] = []
    if scope.teams is not None:
        conditions.append(team.in_(sorted(scope.teams)))
    if scope.legal_entities is not None:
        conditions.append(legal_entity.in_(sorted(scope.legal_entities)))
    if scope.levels != frozenset(LEVELS):
        conditions.append(sensitivity.in_(sorted(level.value for level in scope.levels)))
    return and_(true(), *conditions)
