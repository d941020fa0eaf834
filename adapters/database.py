"""Databases: how SQLite and PostgreSQL are opened, read and written."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, DateTime, Dialect, Engine, Integer, LargeBinary, create_engine, event, exc
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator, TypeEngine

from adapters.lending import Lending, Loan, ping, used
from adapters.one_file import OneFile
from domain.ids import EPOCH

BUSY_MILLISECONDS = 15_000
"""How long a SQLite connection waits for another process's write before it gives up."""
SPILL_PAGES = 4_000
"""Changed pages that a SQLite transaction keeps in memory, 16 MB: pages that do not fit go out twice."""
CHECKPOINT_PAGES = 4_000
"""Pages in SQLite's write-ahead log before they move into the file: one that changed often moves once."""

CONNECTIONS, FEWEST = 12, 8
"""Connections that a process keeps at most to one PostgreSQL database, unless it is told otherwise."""
FILE_HANDLES = 40
"""Connections to one SQLite file at most: they cost nobody else anything."""
POOL_SECONDS = 10.0
"""How long a thread waits for a connection that another one uses before it gives up."""
STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock: well below a millisecond."""
CANCELED = "57014"
"""SQLSTATE of a statement that was broken off (PostgreSQL, appendix A)."""
IMPATIENCE = 0.25
"""Seconds for which the event loop waits for an answer, before a thread does."""
STATEMENTS = 512
"""Prepared statements a PostgreSQL connection may keep: a handful for each of many logs."""


def postgres(name: str) -> tuple[type[Exception], ...]:
    """Return the error of psycopg that is called *name*, to be caught.

    The driver is imported with the first PostgreSQL database; where there is none it raises nothing.
    """
    driver = sys.modules.get("psycopg")
    return (getattr(driver, name),) if driver else ()


class Id(TypeDecorator[UUID]):
    """An identifier: ``uuid`` on PostgreSQL, 16 bytes on SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> object:
        """Give the database its form of *value*."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """Give back what was stored."""
        del dialect
        return value if value is None or isinstance(value, UUID) else UUID(bytes=value)


class Moment(TypeDecorator[datetime]):
    """An instant: ``timestamptz`` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(Integer())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Give the database its form of *value*."""
        if value is None or dialect.name == "postgresql":
            return value
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back what was stored, in UTC."""
        del dialect
        if value is None or isinstance(value, datetime):
            return value and value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=value)


class Database:
    """One database, with a way to read, a way to write, and the driver beneath for what must be quick.

    SQLite writes begin immediately, behind one lock a process: a deferred
    transaction that reads and then writes fails as soon as two meet.

    On PostgreSQL a process has no more than so many *connections*: *transactions* of them, half
    unless told otherwise, for those, the rest for statements that stand alone; whoever finds none waits.  Of
    the threads in a transaction only the few of the background ask for a second one of
    the first half (worker, scheduler, a nightly job): it must have more than those hold.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        transactions: int | None = None,
        statement_seconds: float | None = None,
    ) -> None:
        self.is_sqlite = url.startswith("sqlite")
        in_turn = max(1, connections // 2) if transactions is None else transactions
        self.engine = _engine(url, FILE_HANDLES if self.is_sqlite else in_turn)
        if statement_seconds is not None:
            _limit_statements(self.engine, statement_seconds, is_sqlite=self.is_sqlite)
        self._writer = RLock()
        self._file = OneFile(self.engine.url.database if self.is_sqlite else None)
        if self.is_sqlite:
            event.listen(self.engine, "do_connect", self._file.before)
            event.listen(self.engine, "connect", self._file.note)
            event.listen(self.engine, "connect", _configure)
            event.listen(self.engine, "begin", _begin)
            self._reading = self._direct = self.engine
        else:
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ")
            # A statement that stands alone needs no BEGIN and no COMMIT of its own.
            self._direct = _engine(
                url,
                max(1, connections - in_turn),
                Lending,
                isolation_level="AUTOCOMMIT",
                pool_reset_on_return=None,
                pool_use_lifo=True,
            )
            if statement_seconds is not None:
                _limit_statements(self._direct, statement_seconds, is_sqlite=False)
            event.listen(self._direct, "connect", _configure_direct)
            for engine in (self.engine, self._direct):
                event.listen(engine, "checkin", used)
                event.listen(engine, "checkout", ping)

    def on_connect(self, configure: Callable[[Any, object], None]) -> None:
        """Have *configure* prepare every connection of the driver that is made from now on."""
        for engine in {self.engine, self._direct}:
            event.listen(engine, "connect", configure)

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Open a transaction that writes; it is committed at the end or not at all."""
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer, self.engine.connect() as connection:
            writing = connection.execution_options(plaint_write=True)
            with writing.begin():
                yield writing
                self.refuse_another_file()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Open a transaction that sees one state of the database and changes nothing."""
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def ask(self) -> Generator[Connection]:
        """Lend a connection for one question: each statement sees a state of the database of its own.

        On PostgreSQL it costs one way there and back, where a transaction costs three.
        """
        with self._direct.connect() as connection:
            yield connection

    def answers(self, question: str, values: Sequence[object], *, anew: bool = False) -> Sequence[Any]:
        """Return the rows that answer one *question* in the driver's own words, with ``?`` for each value.

        It stands alone, as in `ask`, and costs a third of the processor; errors are SQLAlchemy's.
        With *anew* PostgreSQL plans it for these values each time, where the best plan depends on them.
        """
        try:
            return self.rows(question if self.is_sqlite else question.replace("?", "%s"), values, anew=anew)
        except self._direct.dialect.loaded_dbapi.Error as error:
            raise self._as_usual(error) from error

    def rows(self, statement: str, values: Sequence[object], *, anew: bool = False) -> list[Any]:
        """Return the rows of one *statement* that stands alone, [] where it has none, committed by then.

        It is in the driver's own words: ``?`` for a value on SQLite, ``%b`` or ``%s`` on PostgreSQL,
        where it costs a quarter of the processor that a cursor and a loan of `driver` cost.  Errors
        are the driver's own.
        """
        if self.is_sqlite:
            with self.driver() as connection:
                return connection.execute(statement, values).fetchall()
        with self._lent() as entry:
            return entry.info["prepared"].rows(statement, values, anew=anew)

    async def answers_at_once(self, question: str, values: Sequence[object]) -> Sequence[Any] | None:
        """Return the same as `answers` while the event loop goes on with others.

        None where that is not to be had at once: on SQLite, where no connection is at hand, where the
        server says nothing for IMPATIENCE or says that something is wrong.  A thread may ask again,
        and tells what it is.
        """
        entry = None if self.is_sqlite else cast("Lending", self._direct.pool).at_hand()
        if entry is None:
            return None
        try:
            with self._lent(entry):
                async with asyncio.timeout(IMPATIENCE):
                    return await entry.info["prepared"].awaited(question.replace("?", "%s"), values)
        except (TimeoutError, self._direct.dialect.loaded_dbapi.Error):
            return None

    def _lent(self, entry: Any = None) -> Loan:
        """Lend an entry of PostgreSQL's pool."""
        return Loan(cast("Lending", self._direct.pool), self._direct.dispose, entry)

    def _as_usual(self, error: Exception) -> Exception:
        """Return an *error* of the driver as SQLAlchemy tells it, without what was asked."""
        driver = self._direct.dialect.loaded_dbapi
        return exc.DBAPIError.instance(
            None, None, error, driver.Error, hide_parameters=True, dialect=self._direct.dialect
        )

    @contextmanager
    def driver(self) -> Generator[Any]:
        """Lend a connection of the driver, outside any transaction: each statement is committed alone.

        Every error is the driver's own.
        """
        if not self.is_sqlite:
            with self._lent() as entry:
                yield entry.dbapi_connection
            return
        pooled = self._direct.raw_connection()
        try:
            yield pooled.dbapi_connection
        except self._direct.dialect.loaded_dbapi.Error as error:
            if self._direct.dialect.is_disconnect(error, pooled.dbapi_connection, None):
                pooled.invalidate()
            raise
        finally:
            pooled.close()

    @contextmanager
    def driver_write(self) -> Generator[Any]:
        """Lend a connection of the driver inside a transaction, committed at the end or not at all."""
        if not self.is_sqlite:
            with self.driver() as connection, connection.transaction():
                yield connection
            return
        with self._writer, self.driver() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                self._file.refuse_another()
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def refuse_another_file(self) -> None:
        """Raise OperationalError when the file of SQLite is not the one any more that was opened."""
        try:
            self._file.refuse_another()
        except sqlite3.Error as error:
            raise self._as_usual(error) from error

    def close(self) -> None:
        """Let every connection go."""
        self._file.forget()
        self.engine.dispose()
        self._direct.dispose()


def _engine(url: str, pool_size: int, pool: type[QueuePool] = QueuePool, **options: Any) -> Engine:
    return create_engine(
        url,
        poolclass=pool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,  # an error would carry what a person typed into the logs
        **options,
    )


def _limit_statements(engine: Engine, seconds: float, *, is_sqlite: bool) -> None:
    """Break off a statement of PostgreSQL after so many seconds; on SQLite all of one connection's loan."""

    def deadline(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        end = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)

    def timeout(connection: Any, _record: object) -> None:
        connection.execute(f"SET statement_timeout = {round(seconds * 1000)}")
        connection.commit()

    if is_sqlite:
        event.listen(engine, "checkout", deadline)
    else:
        event.listen(engine, "connect", timeout)


def took_too_long(error: BaseException) -> bool:
    """Whether *error* says that a statement was broken off because it took too long."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) == CANCELED or str(cause) == "interrupted"


def _configure_direct(connection: Any, _record: object) -> None:
    connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED")
    connection.prepared_max = STATEMENTS
    connection.prepare_threshold = 1  # few statements, all of them used for as long as the process lives


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_spill = {SPILL_PAGES}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; two that do so at once may meet, which no busy timeout covers."""
    for _ in range(BUSY_MILLISECONDS // 50):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("plaint_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
