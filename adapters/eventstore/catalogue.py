"""The logs that there are, and in which of them a new case begins.

The catalogue grows and never shrinks.  Processes hear of new logs within seconds; one
that has not heard yet does no harm, because a case stays where it was born and a
repeated request is looked for where any recent size of the catalogue would have put it.
"""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, insert, select, text

from adapters.database import Database
from adapters.eventstore.appending import instant, library_errors
from adapters.eventstore.receipts import KEEP_RECEIPTS
from adapters.eventstore.tables import CATALOGUE, MOST_LOGS, LogTables, schema_of

LASTS = 5.0
"""Seconds for which a process trusts the catalogue that it has read."""
AGAIN = 1.0
"""The same when it is asked for a log that is not there."""


class LogsRefused(Exception):
    """The store cannot have that many logs; the message says why."""


class Catalogue:
    """The logs of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = float("-inf")
        self._opened: tuple[datetime, ...] = ()

    @property
    def logs(self) -> tuple[int, ...]:
        """The logs that there are, at most a few seconds old; none before the store is migrated."""
        self._refresh(LASTS)
        return tuple(range(len(self._opened)))

    def has(self, log: int) -> bool:
        """Say whether *log* is one of them."""
        self._refresh(LASTS)
        if log >= len(self._opened):
            self._refresh(AGAIN)
        return log < len(self._opened)

    def homes(self, digest: bytes, now: datetime) -> tuple[int, ...]:
        """Return the log in which a new case belongs whose request hashes to *digest*.

        After it come those where the same request may have put it before the catalogue
        grew, for as long as receipts are kept.
        """
        size, number, since = len(self.logs), int.from_bytes(digest), now - KEEP_RECEIPTS
        pairs = enumerate(pairwise(self._opened), 1)
        former = {count for count, (before, at) in pairs if before != at and at > since}
        sizes = sorted(former | {size}, reverse=True)
        return tuple(dict.fromkeys(number % each for each in sizes if each))

    def forget(self) -> None:
        """Read the catalogue anew when it is next asked: this process has changed it."""
        self._read_at = float("-inf")

    def _refresh(self, seconds: float) -> None:
        if self._opened and time.monotonic() - self._read_at <= seconds:
            return
        with library_errors():
            rows = self._database.rows("SELECT opened_at FROM logs ORDER BY log", ())
        self._opened = tuple(instant(at) for (at,) in rows)
        self._read_at = time.monotonic()


def grow(database: Database, logs: int, now: datetime) -> int:
    """Open logs until there are *logs* of them, all or none; return how many were opened.

    Raises LogsRefused when there are more already, and on SQLite, which has one.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("LOCK TABLE logs IN EXCLUSIVE MODE"))
        there = len(connection.execute(select(CATALOGUE.c.log)).all())
        _refuse(there, logs, sqlite=database.is_sqlite)
        for log in range(there, logs):
            _open(connection, log, now)
        return logs - there


def _refuse(there: int, logs: int, *, sqlite: bool) -> None:
    if sqlite and logs > 1:
        raise LogsRefused("A store on SQLite has one log; set PLAINT_DATABASE_URL to PostgreSQL for more.")
    if logs > MOST_LOGS:
        raise LogsRefused(f"A store has at most {MOST_LOGS} logs; name fewer.")
    if logs < there:
        raise LogsRefused(f"The store has {there} logs and never gives one up; name {there} or more.")


def _open(connection: Connection, log: int, now: datetime) -> None:
    tables = LogTables(schema_of(log))
    connection.execute(text(f"CREATE SCHEMA {schema_of(log)}"))
    tables.metadata.create_all(connection)
    connection.execute(insert(tables.head).values(one=1, last=0))
    connection.execute(insert(CATALOGUE).values(log=log, opened_at=now))
