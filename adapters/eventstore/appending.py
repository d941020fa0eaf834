"""Events into their logs: dense numbers in the order of commits, all logs or none.

The head row's lock orders the writers of a log through their commits, and numbers
return with a rollback.  So a reader that asks for numbers beyond its cursor misses
nothing and meets no gap.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeAlias
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import StoredEvent
from sqlalchemy import exc

from adapters.database import Database, postgres
from adapters.eventstore.receipts import Receipt
from adapters.eventstore.statements import IN_ONE_ROW_SET, Statements
from domain.ids import EPOCH

COPY_FROM = 20
"""From so many events on COPY is quicker than a statement that names them."""
TYPES = ("int8", "uuid", "int4", "text", "bytea")

Rows: TypeAlias = Callable[[str, Sequence[object]], Sequence[tuple[int]]]
"""Given a statement and its values, the rows that it returns."""


class ReceiptExists(persistence.IntegrityError):
    """Another request has stored a receipt under the same key meanwhile."""


@dataclass(frozen=True)
class Part:
    """What an append brings to one log."""

    log: Statements
    events: Sequence[StoredEvent]
    receipt: Receipt | None = None


def append(database: Database, parts: Sequence[Part], also: Sequence[Statements] = ()) -> list[int]:
    """Store *parts*, ascending by log, all or nothing; return the last number of each.

    The receipt of the first part that has one is stored in the logs *also* too.
    """
    with library_errors():
        if database.is_sqlite:
            with database.driver_write() as connection:
                return [_on_sqlite(connection, part) for part in parts]
        if len(parts) == 1 and not also and len(parts[0].events) < COPY_FROM:
            return [_by_one_statement(database.rows, parts[0])]
        with database.driver_write() as connection:
            numbers = [_on_postgres(connection, part) for part in parts]
            for part, number in zip(parts, numbers, strict=True):
                if part.receipt is not None:
                    receipt = replace(part.receipt, number=number)
                    for log in also:
                        connection.execute(log.keep, receipt_row(receipt, sqlite=False))
        return numbers


def _on_postgres(connection: Any, part: Part) -> int:
    if len(part.events) >= COPY_FROM:
        return _keep(connection, part, _copy(connection, part))

    def rows(statement: str, values: Sequence[object]) -> Sequence[tuple[int]]:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else ()

    return _by_one_statement(rows, part)


def _by_one_statement(rows: Rows, part: Part) -> int:
    count, receipt = len(part.events), part.receipt
    if not count:
        if receipt is not None:
            rows(part.log.keep, receipt_row(receipt, sqlite=False))
        return receipt.number if receipt else 0
    values = receipt_row(receipt, sqlite=False)[:-1] if receipt else []
    values += _values(part.events)
    numbers = rows(part.log.append(count, receipt=receipt is not None), values)
    if len(numbers) != count:
        _no_head()
    return max(numbers)[0]


def _copy(connection: Any, part: Part) -> int:
    count = len(part.events)
    last = _last(connection.execute(part.log.bump, [count]).fetchall())
    with connection.cursor() as cursor, cursor.copy(part.log.copy) as copy:
        copy.set_types(TYPES)
        for number, e in enumerate(part.events, last - count + 1):
            copy.write_row((number, e.originator_id, e.originator_version, e.topic, e.state))
    return last


def _values(events: Sequence[StoredEvent]) -> list[object]:
    rows = [(e.originator_id, e.originator_version, e.topic, e.state) for e in events]
    if len(rows) <= IN_ONE_ROW_SET:
        return [value for row in rows for value in row]
    return [list(column) for column in zip(*rows, strict=True)]


def _on_sqlite(connection: sqlite3.Connection, part: Part) -> int:
    count = len(part.events)
    if not count:
        return _keep(connection, part, part.receipt.number if part.receipt else 0)
    # Fetched to its end: a statement that is not done would hold the commit up.
    last = _last(connection.execute(part.log.bump, [count]).fetchall())
    rows = [
        (number, _bytes(e.originator_id), e.originator_version, e.topic, e.state)
        for number, e in enumerate(part.events, last - count + 1)
    ]
    connection.executemany(part.log.insert, rows)
    return _keep(connection, part, last)


def _keep(connection: Any, part: Part, number: int) -> int:
    if part.receipt is not None:
        row = receipt_row(replace(part.receipt, number=number), sqlite=part.log.sqlite)
        connection.execute(part.log.keep, row)
    return number


def receipt_row(receipt: Receipt, *, sqlite: bool) -> list[Any]:
    """Return *receipt* as its row, the number last."""
    scope = receipt.scope
    return [
        scope.principal,
        scope.path,
        scope.key,
        receipt.fingerprint,
        receipt.status,
        _bytes(receipt.case_id) if sqlite else receipt.case_id,
        receipt.version,
        moment(receipt.recorded_at, sqlite=sqlite),
        receipt.number,
    ]


def moment(at: datetime, *, sqlite: bool) -> datetime | int:
    """Return *at* as the database keeps it."""
    return (at - EPOCH) // timedelta(microseconds=1) if sqlite else at


def instant(at: datetime | int) -> datetime:
    """Return the instant that `moment` made *at* of, in UTC."""
    return at.astimezone(UTC) if isinstance(at, datetime) else EPOCH + timedelta(microseconds=at)


def _bytes(id: UUID | str) -> bytes:
    return id.bytes if isinstance(id, UUID) else id.encode()


def _last(rows: Sequence[tuple[int]]) -> int:
    if len(rows) != 1:
        _no_head()
    return rows[0][0]


def _no_head() -> NoReturn:
    message = "the log has no head row; run `plaint migrate`"
    raise persistence.OperationalError(message)


class _LibraryErrors:
    """What `library_errors` does; a generator would take four times as long, at every statement."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            _as_the_library(error)


_LIBRARY_ERRORS = _LibraryErrors()


def library_errors() -> _LibraryErrors:
    """Give what a driver raises the library's names; no message repeats a value."""
    return _LIBRARY_ERRORS


def _as_the_library(error: BaseException) -> None:
    """Raise what the library calls *error*, if a driver raised it."""
    if isinstance(error, postgres("IntegrityError")):
        _conflict(_told(error))
    if isinstance(error, sqlite3.IntegrityError):
        _conflict(str(error))
    away = (sqlite3.OperationalError, sqlite3.InterfaceError, exc.OperationalError, exc.TimeoutError)
    if isinstance(error, (*postgres("OperationalError"), *postgres("InterfaceError"), *away)):
        raise persistence.OperationalError(_first_line(error)) from error
    if isinstance(error, (*postgres("Error"), sqlite3.Error, exc.DBAPIError)):
        raise persistence.DatabaseError(_first_line(error)) from error


def _conflict(message: str) -> NoReturn:
    kind = ReceiptExists if "receipts" in message else persistence.IntegrityError
    raise kind(message) from None


def _told(error: Any) -> str:
    """Return what PostgreSQL says of a conflict, without the values that its details repeat."""
    return error.diag.message_primary or ""


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
