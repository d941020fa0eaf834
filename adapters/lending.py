"""Connections to PostgreSQL lent for one statement, tried where they were idle for long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NoReturn

from sqlalchemy import exc
from sqlalchemy.pool import QueuePool
from sqlalchemy.util.queue import Empty

PING_AFTER = 1.0
"""Seconds without use after which a PostgreSQL connection is tried before it is lent."""


class Lending(QueuePool):
    """A pool that also lends connections without all that SQLAlchemy does around a loan.

    Each statement is committed alone and leaves nothing behind that would have to be undone.  The
    connection used last is lent next: it has the most statements prepared.
    """

    def lend(self) -> Any:
        """Return the entry of a connection that works, with what it has prepared; take it back."""
        entry: Any = self._do_get()
        try:
            connection = entry.get_connection()
            try:
                ping(connection, entry, None)
            except exc.DisconnectionError as error:
                entry.invalidate(error)
                connection = entry.get_connection()
            if "prepared" not in entry.info:
                entry.info["prepared"] = _prepared(connection)
        except BaseException as error:
            entry.invalidate(error)
            self._do_return_conn(entry)
            raise
        return entry

    def at_hand(self) -> Any:
        """Return the entry that was used last, if it was a moment ago; else None. Nothing is waited for."""
        if not self.checkedin():
            return None
        try:
            entry: Any = self._pool.get(block=False)
        except Empty:
            return None
        # One that was let go says what it had prepared until it is made again.
        there = entry.dbapi_connection is not None and "prepared" in entry.info
        if there and time.monotonic() - entry.info["used"] < PING_AFTER:
            return entry
        self._do_return_conn(entry)
        return None

    def take_back(self, entry: Any) -> None:
        """Have *entry* at hand for others again."""
        used(None, entry)
        self._do_return_conn(entry)


def _prepared(connection: Any) -> Any:
    from adapters.prepared import Prepared  # imports the driver of PostgreSQL, as its first connection did

    return Prepared(connection)


class Loan:
    """An entry of *pool*, lent while this lasts; a connection that is left in the middle of something goes.

    It stands around nearly every statement, where a generator would take three times as long.  *dispose*
    lets the others go too, where one was cut off.  The *entry* is one that was taken before, or any.
    """

    __slots__ = ("_dispose", "_entry", "_pool")

    def __init__(self, pool: Lending, dispose: Callable[[], None], entry: Any = None) -> None:
        self._pool, self._dispose, self._entry = pool, dispose, entry

    def __enter__(self) -> Any:
        if self._entry is None:
            self._entry = self._pool.lend()
        return self._entry

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if error is not None and not self._entry.info["prepared"].idle:
                cut_off = self._entry.dbapi_connection.closed
                self._entry.invalidate(error)
                if cut_off:
                    self._dispose()  # the others were cut off by the same event
        finally:
            self._pool.take_back(self._entry)


def used(_connection: object, record: Any) -> None:
    """Note when a connection was used."""
    record.info["used"] = time.monotonic()


def ping(connection: Any, record: Any, _proxy: object) -> None:
    """Try a connection that was idle for long; one that is dead is replaced."""
    last = record.info.get("used")
    if last is None or time.monotonic() - last < PING_AFTER:
        return
    try:
        connection.execute("")
        if not connection.autocommit:
            connection.rollback()
    except Exception as error:  # noqa: BLE001 - whatever it is, this connection is of no use
        _replace(error)


def _replace(error: Exception) -> NoReturn:
    raise exc.DisconnectionError(str(error)) from error
