"""The search index: a read model of its own database, which opens what the others keep sealed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.feed import Signal
from adapters.search import rows, tables
from adapters.search.people import SECRET, People
from adapters.search.rows import Opening, SearchRows
from adapters.vault.vault import Vault
from adapters.views.engine import ViewEngine
from adapters.views.rebuilding import PAUSE, BuildStopped, Rebuilt
from adapters.views.tables import View
from projections.search import SEARCH

log = structlog.get_logger()

POOL = 6
"""Connections to the index that a process keeps."""
AWAY = "See PLAINT_SEARCH_URL and that its database runs; the index is prepared once it does."


class SearchIndex:
    """Follows the logs into an index of clear words, and takes words out of it again."""

    def __init__(
        self,
        url: str,
        store: CaseStore,
        vault: Vault,
        now: Callable[[], datetime],
        moved: Signal | None = None,
    ) -> None:
        self.database = Database(url, connections=POOL)
        self.people = People(lambda: vault.secret(SECRET))
        self.prepared = False
        self._opening = Opening(vault, self.people)
        configure = _overwrite_what_is_deleted if self.database.is_sqlite else _look_into_the_schema
        self.database.on_connect(configure)
        self.engine = ViewEngine(
            self.database, store, (tables.SEARCH_VIEW,), now=now, moved=moved, rows=self._rows
        )

    def prepare(self) -> None:
        """Make the tables where they are missing; what is of another shape or ahead of the log is emptied.

        An index that is empty though the log is not is built as soon as a worker follows.  A file
        that is no database any more is removed: it holds nothing that the log does not.
        """
        try:
            tables.create(self.database)
        except DatabaseError as error:
            if not self._is_damaged(error):
                raise
            log.error("search_index_unreadable", remedy="It is removed and built anew.")  # noqa: TRY400
            self._remove()
            tables.create(self.database)
        places = self.engine.generations.places()
        ends = self.engine.store.ends()  # after the places: meanwhile both move on
        if any(place.number > ends.get(place.log, 0) for place in places):
            log.warning("search_index_ahead_of_the_log")
            self._empty()
        self.engine.prepare()
        self.prepared = True

    def prepare_if_there(self) -> None:
        """Prepare the index where its database answers; where it does not, the desk goes on without it."""
        try:
            self.prepare()
        except DatabaseError as error:
            log.error("search_index_away", error=type(error).__name__, remedy=AWAY)  # noqa: TRY400

    def prepare_again(self) -> None:
        """Prepare an index whose database was away when the desk was opened."""
        if not self.prepared:
            self.prepare()

    def _is_damaged(self, error: DatabaseError) -> bool:
        code = getattr(error.orig, "sqlite_errorcode", None)
        return self.database.is_sqlite and code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}

    def _remove(self) -> None:
        self.database.close()
        path = self.database.engine.url.database or ""
        for each in ("", "-wal", "-shm"):
            Path(path + each).unlink(missing_ok=True)

    def lag(self, ends: Mapping[int, int]) -> int | None:
        """Return how many events of logs that end at *ends* are not yet found; None while it is built."""
        reached = self.engine.cursors().get(SEARCH.name)
        return None if reached is None else sum(max(0, n - reached.get(at, 0)) for at, n in ends.items())

    def rebuild(self, progress: Callable[[int], object] | None = None) -> Rebuilt:
        """Empty the index and fill it from the log; meanwhile it cannot be searched.

        Raises BuildStopped at an event that cannot be read, and VaultAway.
        """
        began = time.monotonic()
        self._empty()
        while True:
            self.engine.catch_up(progress)
            if stopped := self.engine.stopped():
                raise BuildStopped(SEARCH.name, stopped[SEARCH.name])
            if not self.engine.unbuilt():
                break
            time.sleep(PAUSE)  # another process has the logs in hand
        with self.database.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM cases").scalar_one()
        events = sum(self.engine.cursors()[SEARCH.name].values())
        return Rebuilt(count, events, time.monotonic() - began, None)

    def purge(self, *case_ids: UUID) -> None:
        """Take away for good all that concerns a person of these cases, whose keys were destroyed before.

        No batch is under way meanwhile.  A process that has a destroyed key at hand may use it for
        adapters.vault.vault.HEED seconds: where others follow the log, purge once more after that.
        """
        c = tables.cases.c
        cursors = tables.views.cursors.c
        with self.database.write() as connection:
            connection.execute(select(cursors.log).order_by(cursors.log).with_for_update()).all()
            keys = connection.execute(select(c.key).where(c.id.in_(case_ids))).scalars().all()
            rows.forget(connection, keys)
            rows.scrub(connection)
        self._leave_no_trace()

    def close(self) -> None:
        """Let every connection go."""
        self.database.close()

    def _rows(self, connection: Connection, view: View, slot: str) -> SearchRows:
        return SearchRows(connection, view, slot, self._opening)

    def _empty(self) -> None:
        with self.database.write() as connection:
            tables.empty(connection)

    def _leave_no_trace(self) -> None:
        if self.database.is_sqlite:
            with self.database.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        names: Sequence[str] = [tables.words.name, tables.people.name]
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in names:
                connection.exec_driver_sql(f"VACUUM {name}")


def _overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")


def _look_into_the_schema(connection: Any, _record: object) -> None:
    connection.execute(f"SET search_path TO {tables.SCHEMA}")
    # A question is for few cases: by PostgreSQL's own estimate of a page that lies elsewhere, of a disk
    # that turns, it would rather read all of them.
    connection.execute("SET random_page_cost TO 1.1")
    # Nor is it worth the milliseconds until other processes help, or until its score is compiled.
    connection.execute("SET max_parallel_workers_per_gather TO 0")
    connection.execute("SET jit TO off")
    connection.commit()  # what is set in a transaction is lost with it
