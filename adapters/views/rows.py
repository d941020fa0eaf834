"""The rows of one slot, loaded and saved in bulk.

The statements are written once for each table and go straight to the driver: per row
this costs a third of what building them anew would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Dialect, Table, delete
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Id, Moment
from adapters.views import tables
from adapters.views.tables import View

KEYS_AT_ONCE = 500
"""Keys a look-up: SQLite takes a limited number of parameters, and a short list is planned well."""

Deltas = Mapping[tuple[str, str, str, str], int]
"""By slot, read model, metric and value: how a counter moves."""


class Rows:
    """The rows of *view* in *slot*, as one transaction sees and changes them."""

    def __init__(self, connection: Connection, view: View, slot: str) -> None:
        self.connection, self.view, self.slot = connection, view, slot

    def load(self, keys: Sequence[UUID]) -> dict[UUID, Any]:
        """Return the rows that there are under *keys*."""
        found: dict[UUID, Any] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            for id, doc in self._docs(keys[start : start + KEYS_AT_ONCE]):
                found[id if isinstance(id, UUID) else UUID(bytes=id)] = self.view.loaded(doc)
        return found

    def save(self, rows: Iterable[Any]) -> None:
        """Put *rows* where they belong, in place of what was there."""
        table = _written(self.view.table, self.connection.dialect)
        values = [table.values(self.slot, self.view.stored(row)) for row in rows]
        if values:
            self.connection.exec_driver_sql(table.upsert, values)

    def remove(self, keys: Sequence[UUID]) -> None:
        """Take the rows under *keys* away."""
        c = self.view.table.c
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            self.connection.execute(delete(self.view.table).where(c.slot == self.slot, c.id.in_(some)))

    def _docs(self, keys: Sequence[UUID]) -> Iterable[Any]:
        name = self.view.table.name
        if self.connection.dialect.name == "postgresql":
            query = f"SELECT id, doc FROM {name} WHERE slot = %s AND id = ANY(%s)"  # noqa: S608
            return self.connection.exec_driver_sql(query, (self.slot, list(keys)))
        marks = ",".join("?" * len(keys))
        query = f"SELECT id, doc FROM {name} WHERE slot = ? AND id IN ({marks})"  # noqa: S608
        return self.connection.exec_driver_sql(query, (self.slot, *(key.bytes for key in keys)))


class _Written:
    """How one table is written by one driver."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self.table, self.dialect = table, dialect
        columns = [
            column for column in table.columns if column.name != "slot" and column.autoincrement is not True
        ]
        self._names = [column.name for column in columns]
        found = ((place, _processor(column, dialect)) for place, column in enumerate(columns, start=1))
        self._converted = [(place, convert) for place, convert in found if convert]

    @cached_property
    def upsert(self) -> str:
        names = self._names
        mark = "%s" if self.dialect.name == "postgresql" else "?"
        marks = ", ".join([mark] * (len(names) + 1))
        new = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        return (
            f"INSERT INTO {self.table.name} (slot, {', '.join(names)}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT (slot, id) DO UPDATE SET {new}"
        )

    def values(self, slot: str, stored: Mapping[str, Any]) -> Sequence[Any]:
        values = [slot, *map(stored.__getitem__, self._names)]
        for place, convert in self._converted:
            values[place] = convert(values[place])
        return tuple(values)


def _processor(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return how the driver is given what *column* keeps, None where it takes it as it is."""
    kind = column.type
    if not isinstance(kind, Id | Moment):
        return kind.dialect_impl(dialect).bind_processor(dialect)
    if dialect.name == "postgresql":
        return None
    give = kind.process_bind_param  # what it gives needs nothing more, and is all that a row needs
    return lambda value: give(value, dialect)


_tables: dict[tuple[str, str], _Written] = {}


def _written(table: Table, dialect: Dialect) -> _Written:
    key = (table.name, dialect.name)
    if key not in _tables:
        _tables[key] = _Written(table, dialect)
    return _tables[key]


def count(connection: Connection, deltas: Deltas) -> None:
    """Move counters by *deltas*, always in the same order: two that move the same ones cannot lock up."""
    moved = [
        {"slot": slot, "projection": projection, "metric": metric, "value": value, "count": amount}
        for (slot, projection, metric, value), amount in sorted(deltas.items())
        if amount
    ]
    if not moved:
        return
    table = tables.counters
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = kind.insert(table)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["slot", "projection", "metric", "value"],
            set_={"count": table.c.count + statement.excluded.count},
        ),
        moved,
    )
