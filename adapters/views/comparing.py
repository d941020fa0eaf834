"""Two slots of one read model held against each other, row by row, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from adapters.views import tables
from adapters.views.tables import View

Slot: TypeAlias = tuple[View, str]
"""A read model, with the table that a slot of it is in, and that slot."""
NAMED = 5
"""Rows that a comparison names."""


@dataclass(frozen=True)
class Comparison:
    """How many rows a slot has, how many rows and counters differ, and the first of these rows."""

    rows: int
    differences: int
    first: tuple[UUID, ...] = ()


def compare(connection: Connection, live: Slot, built: Slot) -> Comparison:
    """Compare slot *built* of a read model with slot *live*, as *connection* sees both."""
    different, lacking, extra = _different(live, built), _without(live, built), _without(built, live)
    found = [connection.execute(_count(query)).scalar_one() for query in (different, lacking, extra)]
    first: list[UUID] = []
    for query, number in zip((different, lacking, extra), found, strict=True):
        if number:
            first += connection.execute(query.limit(NAMED)).scalars()
    differences = sum(found) + _counters(connection, live, built)
    return Comparison(rows(connection, *built), differences, tuple(first[:NAMED]))


def rows(connection: Connection, view: View, slot: str) -> int:
    """Return how many rows *slot* has."""
    query = select(func.count()).select_from(view.table).where(view.table.c.slot == slot)
    return connection.execute(query).scalar_one()


def _different(live: Slot, built: Slot) -> Select[Any]:
    (view, slot), (beside, another) = live, built
    one, other = view.table.alias(), beside.table.alias()
    names = [each.name for each in one.columns if each.name not in {"slot", "id", *view.moved_by_others}]
    unlike = or_(*(one.c[name].is_distinct_from(other.c[name]) for name in names))
    same = and_(one.c.id == other.c.id, other.c.slot == another)
    return select(one.c.id).join(other, same).where(one.c.slot == slot, unlike)


def _without(ours: Slot, others: Slot) -> Select[Any]:
    (view, slot), (beside, other) = ours, others
    there, here = view.table.alias(), beside.table.alias()
    same = and_(here.c.id == there.c.id, here.c.slot == other)
    return select(there.c.id).where(there.c.slot == slot, ~select(here.c.id).where(same).exists())


def _counters(connection: Connection, live: Slot, built: Slot) -> int:
    """Return how many counters differ; one at zero counts as one that is not there."""
    kept = [_counted(connection, view, slot) for view, slot in (live, built)]
    return len(dict(kept[0].items() ^ kept[1].items()))


def _counted(connection: Connection, view: View, slot: str) -> dict[tuple[str, str], int]:
    c = tables.counters.c
    mine: ColumnElement[bool] = and_(c.projection == view.name, c.slot == slot, c.count != 0)
    found = connection.execute(select(c.metric, c.value, c.count.label("kept")).where(mine))
    return {(row.metric, row.value): row.kept for row in found}


def _count(query: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(query.subquery())
