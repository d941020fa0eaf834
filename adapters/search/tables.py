"""The tables of the index, in a database or a schema of their own.

All of them are made anew from the log, so nothing is migrated: where what is there is of another
shape, it is thrown away.  On PostgreSQL they are not logged, cursors included: a crash of the
server empties all of them together, and the index is built again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    column,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.schema import CreateIndex, CreateTable

from adapters.database import Database, Id, Moment
from adapters.views import tables as views
from adapters.views.tables import NUMBER, View
from projections.search import PUBLIC, SEARCH, TOLD, SearchRow

SCHEMA = "search"
SHAPE = f"2.{SEARCH.version}"
"""Raise it with every change of these tables or of how words are folded."""
FIELDS = (*PUBLIC, *TOLD)
BEGINNING = 0x73656172
"""Advisory lock under which one process at a time makes the tables on PostgreSQL."""
KEPT_CLOSER = text("sensitivity <> 'normal'")
WAITING = {"gin_pending_list_limit": 128}
"""Kilobytes of words that wait to be sorted into an index, and are looked through by every question.

At PostgreSQL's own 4,096 that takes longer than the rest of the question, and is thought to take
so much longer that the whole table is read instead.
"""

metadata = MetaData()

about = Table(
    "about",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("shape", Text, nullable=False),
)
cases = Table(
    "cases",
    metadata,
    Column("key", NUMBER, primary_key=True, autoincrement=True),
    Column("slot", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("reference", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("legal_entity", Text, nullable=False),
    Column("sensitivity", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("doc", Text, nullable=False),
    # The id first: on the slot alone, which is always the same, no statement should look anything up.
    UniqueConstraint("id", "slot", name="cases_once"),
    Index("cases_by_reference", "reference"),
    # Those who may see nothing personal of them ask for them apart, and they are few.
    Index("cases_kept_closer", "key", postgresql_where=KEPT_CLOSER, sqlite_where=KEPT_CLOSER),
)
people = Table(
    "people",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("key", NUMBER, primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    Index("people_by_case", "key"),
)
"""Keyed hashes of what tells a person; *key* is that of the case."""
words = Table(
    "words",
    metadata,
    Column("key", NUMBER, primary_key=True, autoincrement=False),
    *(Column(name, Text, nullable=False) for name in FIELDS),
    Column("public", TSVECTOR, nullable=False),
    Column("everything", TSVECTOR, nullable=False),
    Index("words_public", "public", postgresql_using="gin", postgresql_with=WAITING),
    Index("words_everything", "everything", postgresql_using="gin", postgresql_with=WAITING),
)
"""The words of each case by field, and PostgreSQL's index of them."""
fts = table("words", column("rowid", Integer), *(column(name, Text) for name in FIELDS))
"""The same on SQLite, where the table is the index."""
_FTS = f"CREATE VIRTUAL TABLE words USING fts5({', '.join(FIELDS)}, tokenize=\"ascii tokenchars '_'\")"
FOLLOWING = (views.counters, views.cursors, views.generations)
MADE_ANEW = (*FOLLOWING, cases, people, words)


def _columns(row: Any) -> Mapping[str, object]:
    entry: SearchRow = row
    case = entry.case
    return {
        "reference": case.reference,
        "kind": case.kind,
        "status": case.status,
        "team": case.team,
        "legal_entity": case.legal_entity,
        "sensitivity": case.sensitivity.value,
        "received_at": case.received_at,
    }


SEARCH_VIEW = View(SEARCH, cases, _columns)


def create(database: Database) -> None:
    """Make the tables where they are missing or of another shape; whoever comes second changes nothing."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BEGINNING})
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        if _shape(connection) == SHAPE:
            return
        _drop(connection, ("about", *(each.name for each in MADE_ANEW)))
        for statement in _statements(connection, (about, *MADE_ANEW)):
            connection.exec_driver_sql(statement)
        connection.execute(insert(about).values(one=1, shape=SHAPE))


def empty(connection: Connection) -> None:
    """Take everything out."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"TRUNCATE {', '.join(each.name for each in MADE_ANEW)}")
        return
    _drop(connection, [each.name for each in MADE_ANEW])
    for statement in _statements(connection, MADE_ANEW):
        connection.exec_driver_sql(statement)


def _shape(connection: Connection) -> str | None:
    known = "to_regclass('search.about')"
    if connection.dialect.name == "sqlite":
        known = "(SELECT name FROM sqlite_master WHERE name = 'about')"
    if connection.exec_driver_sql(f"SELECT {known}").scalar() is None:
        return None
    return connection.execute(select(about.c.shape)).scalar()


def _drop(connection: Connection, names: Iterable[str]) -> None:
    for name in names:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def _statements(connection: Connection, wanted: Iterable[Table]) -> Iterator[str]:
    dialect = connection.dialect
    for each in wanted:
        if each is words and dialect.name == "sqlite":
            yield _FTS
            continue
        made = str(CreateTable(each).compile(dialect=dialect))
        unlogged = dialect.name == "postgresql" and each is not about
        yield made.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1) if unlogged else made
        for index in sorted(each.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect))
