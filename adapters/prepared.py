"""Statements that stand alone, prepared on their connection and asked of libpq itself.

A cursor of psycopg takes twice the processor time of everything else that a short statement
costs us.  What it does for many kinds of use is left out here: each statement is a transaction
of its own, has its values in order, and all of its rows are fetched at once.  Values and rows
are turned by psycopg's own adapters, waiting is its own too (a Ctrl-C breaks a statement off),
and errors are those that a cursor raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg import errors, generators, pq
from psycopg.adapt import PyFormat, Transformer

from adapters.awaiting import awaited

if TYPE_CHECKING:
    from psycopg.abc import PQGen

MOST = 512
"""Statements that a connection keeps prepared: a handful for each of many logs."""
FORMATS = {"%b": PyFormat.BINARY, "%s": PyFormat.AUTO}
"""How a value is sent that stands at such a mark."""

Key: TypeAlias = tuple[str, tuple[int, ...] | None]
"""A statement and the types of its values."""


class Prepared:
    """The statements that are prepared on one *connection*, which commits each of them alone."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection, self._pgconn = connection, connection.pgconn
        self._adapt = Transformer(connection)
        self._names: dict[Key, bytes] = {}
        self._made = 0

    @property
    def idle(self) -> bool:
        """Whether the connection is there and nothing goes on in it."""
        return self._pgconn.transaction_status == pq.TransactionStatus.IDLE

    def rows(self, statement: str, values: Sequence[object], *, anew: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows that answer *statement*, with ``%b`` or ``%s`` for each of *values*; [] for none.

        With *anew* it is not prepared: the server plans it for these values, not for any.
        Every error is psycopg's.  Nothing of the statement was done when one is raised, unless the
        connection broke meanwhile.
        """
        return self._connection.wait(self._rows(statement, values, anew=anew))

    async def awaited(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Return the same, while the event loop goes on with others."""
        return await awaited(self._rows(statement, values), self._pgconn.socket)

    def _rows(
        self, statement: str, values: Sequence[object], *, anew: bool = False
    ) -> PQGen[list[tuple[Any, ...]]]:
        query, formats = _numbered(statement)
        if len(values) != len(formats):
            message = f"{len(formats)} values are asked for, not {len(values)}"
            raise psycopg.ProgrammingError(message)
        adapt = self._adapt
        given = adapt.dump_sequence(values, formats)
        key = statement, adapt.types
        ask = self._unprepared if anew else self._answer
        result = yield from ask(query, key, given, adapt.formats)
        adapt.set_pgresult(result)
        rows = adapt.load_rows(0, result.ntuples, tuple)
        adapt.set_pgresult(None)  # whose memory may be large
        return rows

    def _answer(self, query: bytes, key: Key, given: Any, formats: Any) -> PQGen[Any]:
        try:
            return (yield from self._asked(query, key, given, formats))
        except errors.InvalidSqlStatementName:
            # Somebody between us and the server had it forget them all.
            self._names.clear()
        except errors.FeatureNotSupported:
            # A table has changed beneath a prepared statement.
            if not (name := self._names.pop(key, None)):
                raise
            yield from self._said(b"DEALLOCATE " + name)
        # In both cases it was refused before anything of it was done.
        return (yield from self._asked(query, key, given, formats))

    def _asked(self, query: bytes, key: Key, given: Any, formats: Any) -> PQGen[Any]:
        name = self._names.get(key)
        if name is None:
            # What is asked once, such as a list with a filter of somebody's own, is not prepared.
            yield from self._remember(key)
            return (yield from self._unprepared(query, key, given, formats))
        if not name:
            name = yield from self._prepare(query, key)
        self._pgconn.send_query_prepared(name, given, formats, pq.Format.BINARY)
        return (yield from self._result())

    def _unprepared(self, query: bytes, key: Key, given: Any, formats: Any) -> PQGen[Any]:
        self._pgconn.send_query_params(query, given, key[1], formats, pq.Format.BINARY)
        return (yield from self._result())

    def _prepare(self, query: bytes, key: Key) -> PQGen[bytes]:
        self._made += 1
        name = b"plaint_%d" % self._made
        self._pgconn.send_prepare(name, query, key[1])
        yield from self._result()
        self._names[key] = name
        return name

    def _remember(self, key: Key) -> PQGen[None]:
        """Have *key* prepared when it is asked again; let go of the statement that was met first."""
        if len(self._names) >= MOST:
            name = self._names.pop(next(iter(self._names)))
            if name:
                yield from self._said(b"DEALLOCATE " + name)
        self._names[key] = b""

    def _said(self, command: bytes) -> PQGen[None]:
        self._pgconn.send_query(command)
        yield from self._result()

    def _result(self) -> PQGen[Any]:
        """Return what the server answers; raise what a cursor would."""
        results = yield from generators.execute(self._pgconn)
        for result in results:
            if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
                raise errors.error_from_result(result, encoding=self._adapt.encoding)
        return results[0]


@lru_cache(maxsize=4 * MOST)
def _numbered(statement: str) -> tuple[bytes, list[PyFormat]]:
    """Return *statement* with the numbers of its values in the place of their marks, and how each is sent."""
    first, *parts = re.split("(%[bs])", statement)
    marks = parts[::2]
    said = first + "".join(f"${n}{text}" for n, text in enumerate(parts[1::2], 1))
    return said.encode(), [FORMATS[mark] for mark in marks]
