"""Where a slot lies on SQLite: what is read in a table of its own, the other in one beside it.

Each batch of a build would touch pages of every index at random; what is indexed once all rows
are there is sorted first.  So a build goes into a table that has no index yet, and the two tables
exchange their names as their slots change places: readers know one name, and find indexes always.

What lies beside is told by the database alone, so whoever comes next goes on, whatever became of
the one that began.  On PostgreSQL both slots are in one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from sqlalchemy import Connection, MetaData, Table

from adapters.database import Database
from adapters.views.schema import metadata
from adapters.views.tables import View

MANY = 50_000
"""Events from which on indexes are made last: the pages of fewer stay in memory, and nothing is gained."""
SUFFIX, OTHER = "_beside", "_2"
"""What ends the name of a table beside another, and every second name of an index: no two may have one."""
MADE = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
"""Those that are made by a statement; a constraint comes along with its table."""
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
FORGET = (
    "DELETE FROM {0} WHERE EXISTS (SELECT 1 FROM generations AS g WHERE g.projection = {0}.projection "
    "AND g.slot = {0}.slot AND g.state <> 'live')"
)


class Beside:
    """The tables beside those that are read, in *database*."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, view: View, state: str) -> View:
        """Return *view* with the table that its slot of that *state* is in."""
        return view if state == "live" or not self.apart(view) else _moved(view)

    def apart(self, view: View) -> bool:
        """Whether the slots of *view* are in a table each."""
        return self.database.is_sqlite and view.table.metadata is metadata

    def worth_while(self, view: View, ends: Mapping[int, int]) -> bool:
        """Whether to build *view*, from logs that end at *ends*, without its indexes."""
        return self.apart(view) and sum(ends.values()) >= MANY

    def clear(self, connection: Connection, view: View, ends: Mapping[int, int]) -> None:
        """Have an empty table for what is built from logs that end at *ends*; what was there is gone."""
        if not self.apart(view):
            return
        name = _moved(view).table.name
        made: str = connection.exec_driver_sql(MADE, (view.table.name,)).scalar_one()
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TABLE {name} {_body(made)}")
        if not self.worth_while(view, ends):
            for statement in _missing(connection, view):
                connection.exec_driver_sql(statement)

    def lacks(self, connection: Connection, view: View) -> bool:
        """Whether what was built of *view* lacks an index that what is read has."""
        return self.apart(view) and bool(_missing(connection, view))

    def complete(self, view: View) -> None:
        """Make every index that is lacking; each is a transaction, so that others may write in between."""
        lacking = self.apart(view)
        while lacking:
            with self.database.write() as connection:
                lacking = self._made(connection, view)

    def _made(self, connection: Connection, view: View) -> bool:
        """Make one index; say whether there was any to make."""
        missing = _missing(connection, view)
        for statement in missing[:1]:
            connection.exec_driver_sql(statement)
        return bool(missing)

    def exchange(self, connection: Connection, view: View) -> None:
        """Have what was built read, and what was read lie beside it.

        A statement that another process has prepared is prepared anew by SQLite itself.
        """
        if self.apart(view):
            read, built = view.table.name, _moved(view).table.name
            for old, new in ((read, f"{read}_read"), (built, read), (f"{read}_read", built)):
                connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")


def drop_all(connection: Connection) -> None:
    """Leave what is read alone, with the names that whoever changes tables expects.

    Rows that lay beside are built from the log when they are wanted.
    """
    if connection.dialect.name != "sqlite":
        return
    names = [each for each in connection.exec_driver_sql(TABLES).scalars() if each.endswith(SUFFIX)]
    for name in names:
        connection.exec_driver_sql(f"DROP TABLE {name}")
        _rename_indexes(connection, name.removesuffix(SUFFIX))
    if names:
        for table in ("cursors", "counters"):
            connection.exec_driver_sql(FORGET.format(table))
        connection.exec_driver_sql("DELETE FROM generations WHERE state <> 'live'")


def _rename_indexes(connection: Connection, table: str) -> None:
    for name, made in connection.exec_driver_sql(INDEXES, (table,)).all():
        if name.endswith(OTHER):
            connection.exec_driver_sql(f"DROP INDEX {name}")
            connection.exec_driver_sql(_index(made, name.removesuffix(OTHER), table))


def _missing(connection: Connection, view: View) -> list[str]:
    """Return how to make the indexes that what lies beside *view* lacks."""
    name = _moved(view).table.name
    there = {row.name for row in connection.exec_driver_sql(INDEXES, (name,))}
    wanted = {_other(row.name): row.sql for row in connection.exec_driver_sql(INDEXES, (view.table.name,))}
    return [_index(made, each, name) for each, made in sorted(wanted.items()) if each not in there]


def _other(index: str) -> str:
    """Return the name that *index* has in the other table."""
    return index.removesuffix(OTHER) if index.endswith(OTHER) else index + OTHER


def _index(made: str, name: str, table: str) -> str:
    """Return how to make an index of *table* as another was *made*."""
    kind, _, _ = made.partition(" INDEX ")
    return f"{kind} INDEX {name} ON {table} {_body(made)}"


def _body(made: str) -> str:
    """Return what a table or an index consists of: all that follows the names."""
    return made[made.index("(") :]


@cache
def _table(table: Table) -> Table:
    return table.to_metadata(MetaData(), name=table.name + SUFFIX)


def _moved(view: View) -> View:
    return replace(view, table=_table(view.table))
