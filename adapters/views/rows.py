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

from adapters.database import Id, Moment
from adapters.views import tables
from adapters.views.schema import LATEST
from adapters.views.tables import View

KEYS_AT_ONCE = 500
"""Keys a look-up: SQLite takes a limited number of parameters, and a short list is planned well."""
ROWS_AT_ONCE = 1_000
"""Rows a statement: more at once are no cheaper, and their bytes lie in memory."""

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
        table = written(self.view.table, self.connection.dialect)
        values = [table.values(self.slot, self.view.stored(row)) for row in rows]
        if values:
            put(self.connection, table.upsert, values)

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


def put(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Send *rows*: to PostgreSQL as an array a column, which costs a third of one row after the other."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(statement, list(rows))
        return
    for start in range(0, len(rows), ROWS_AT_ONCE):
        columns = zip(*rows[start : start + ROWS_AT_ONCE], strict=True)
        connection.exec_driver_sql(statement, tuple(list(column) for column in columns))


def source(columns: Sequence[Column[Any]], dialect: Dialect) -> str:
    """Return where an INSERT finds the rows that `put` sends."""
    if dialect.name == "postgresql":
        arrays = ", ".join(f"%b::{each.type.compile(dialect)}[]" for each in columns)
        return f"SELECT * FROM unnest({arrays})"  # noqa: S608
    return f"VALUES ({', '.join('?' * len(columns))})"


class _Written:
    """How one table is written by one driver."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self.table, self.dialect = table, dialect
        self._ours = [
            each for each in table.columns if each.name != "slot" and each.autoincrement is not True
        ]
        self._names = [each.name for each in self._ours]
        found = ((place, _processor(each, dialect)) for place, each in enumerate(self._ours, start=1))
        self._converted = [(place, convert) for place, convert in found if convert]

    @cached_property
    def upsert(self) -> str:
        names = self._names
        new = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        return (
            f"INSERT INTO {self.table.name} (slot, {', '.join(names)}) "
            f"{source([self.table.c.slot, *self._ours], self.dialect)} "
            f"ON CONFLICT (slot, id) DO UPDATE SET {new}{self._unless_later()}"
        )

    def _unless_later(self) -> str:
        """Return the condition under which a row replaces the one that is there: none as a rule."""
        if (field := self.table.info.get(LATEST)) is None:
            return ""
        # Instants are written in UTC; without its Z a whole second stands before what follows it.
        words = (
            f"({{0}}.doc::json ->> '{field}')::timestamptz"
            if self.dialect.name == "postgresql"
            else f"rtrim(json_extract({{0}}.doc, '$.{field}'), 'Z')"
        )
        return f" WHERE {words.format('excluded')} > {words.format(self.table.name)}"

    def values(self, slot: str, stored: Mapping[str, Any]) -> tuple[Any, ...]:
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


def written(table: Table, dialect: Dialect) -> _Written:
    key = (table.name, dialect.name)
    if key not in _tables:
        _tables[key] = _Written(table, dialect)
    return _tables[key]


def count(connection: Connection, deltas: Deltas) -> None:
    """Move counters by *deltas*, always in the same order: two that move the same ones cannot lock up."""
    moved = [(*key, amount) for key, amount in sorted(deltas.items()) if amount]
    if moved:
        put(connection, _count(connection.dialect), moved)


def _count(dialect: Dialect) -> str:
    c = tables.counters.c
    columns = [c.slot, c.projection, c.metric, c.value, c["count"]]
    return (
        f"INSERT INTO counters (slot, projection, metric, value, count) {source(columns, dialect)} "
        "ON CONFLICT (slot, projection, metric, value) DO UPDATE SET count = counters.count + excluded.count"
    )
