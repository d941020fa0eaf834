"""Indexes that wait until their read model is built, on SQLite.

Each batch of a build touches pages of every index at random; what is indexed once all rows are
there is sorted first.  Nobody can read the read model meanwhile: the build itself asks by key
alone.  How an index is made anew stands in the database, as the migrations wrote it, so whoever
comes next can make it, whatever became of the one that took it away.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Select, Table, delete, insert, select, text

from adapters.database import Database
from adapters.views.schema import metadata, postponed

MANY = 50_000
"""Events from which on it is worth while: the pages of fewer stay in memory, and indexes gain nothing."""

_C = postponed.c
INDEXES = text(
    "SELECT name, sql AS statement FROM sqlite_master "
    "WHERE type = 'index' AND tbl_name = :table AND sql LIKE 'CREATE INDEX %' ORDER BY name"
)
"""Those of a table that keep nothing from being written twice."""


class Postponing:
    """Takes indexes of read models in *database* away while they are built, and makes them again."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def worth_while(self, table: Table, ends: Mapping[int, int]) -> bool:
        """Whether to build *table*, from logs that end at *ends*, without its indexes."""
        return self._can(table) and sum(ends.values()) >= MANY

    def take_away(self, connection: Connection, table: Table) -> None:
        """Drop the indexes of *table* that are there, and note how they are made."""
        found = connection.execute(INDEXES, {"table": table.name}).mappings().all()
        for each in found:
            connection.execute(insert(postponed).values(table=table.name, **each))
            connection.execute(text(f"DROP INDEX {each['name']}"))

    def lacks(self, connection: Connection, table: Table) -> bool:
        """Whether *table* lacks an index."""
        return self._can(table) and connection.execute(_missing(table)).first() is not None

    def complete(self, table: Table) -> None:
        """Make every index that *table* lacks; each is a transaction, so that others may write in between."""
        missing = self._can(table)
        while missing:
            with self.database.write() as connection:
                missing = self._made(connection, table)

    def _made(self, connection: Connection, table: Table) -> bool:
        """Make one index; say whether there was any to make."""
        row = connection.execute(_missing(table)).first()
        if row is not None:
            connection.execute(text(row.statement))
            connection.execute(delete(postponed).where(_C.name == row.name))
        return row is not None

    def _can(self, table: Table) -> bool:
        return self.database.is_sqlite and table.metadata is metadata


def complete_all(connection: Connection) -> None:
    """Make every index that is postponed, as whoever changes tables expects them."""
    if connection.dialect.name == "sqlite" and connection.dialect.has_table(connection, postponed.name):
        for (statement,) in connection.execute(select(_C.statement)).all():
            connection.execute(text(statement))
        connection.execute(delete(postponed))


def _missing(table: Table) -> Select[str, str]:
    return select(_C.name, _C.statement).where(_C.table == table.name).order_by(_C.name).limit(1)
