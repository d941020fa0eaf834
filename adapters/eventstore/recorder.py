"""One log: the library's recorder contract over tables with a dense order.

The head row's lock orders the writers of a log through their commits, so the
order of numbers is the order of commits: a reader that asks for numbers beyond
its cursor misses nothing and meets no gap.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription
from sqlalchemy import Connection, Select, delete, exc, insert, select, update

from adapters.database import Database
from adapters.eventstore.tables import LogTables, position

READ_LIMIT = 10_000
IDS_AT_ONCE = 500
KEEP_RECEIPTS = timedelta(hours=72)


@dataclass(frozen=True)
class Receipt:
    """The first answer to a request that may be repeated; it holds nothing of the body."""

    principal: str
    key: str
    fingerprint: bytes
    status: int
    case_id: UUID
    version: int
    recorded_at: datetime
    position: str = ""


class LogRecorder(ApplicationRecorder):
    """Stores and reads the events of one log."""

    def __init__(self, database: Database, tables: LogTables, *, log: int = 0) -> None:
        self.database, self.log = database, log
        self.events, self.head, self.receipts = tables.events, tables.head, tables.receipts

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append the events, and the receipt of the request that caused them, or nothing at all."""
        receipt: Receipt | None = kwargs.get("receipt")
        if not stored_events and receipt is None:
            return []
        with _library_errors(), self.database.write() as connection:
            numbers = self._append(connection, stored_events)
            if receipt is not None:
                self._keep(connection, receipt, numbers)
        return numbers

    def _append(self, connection: Connection, stored_events: Sequence[StoredEvent]) -> list[int]:
        count = len(stored_events)
        bump = update(self.head).values(last=self.head.c.last + count).returning(self.head.c.last)
        last = connection.execute(bump).scalars().all()
        if len(last) != 1:
            message = "the log has no head row; run `plaint migrate`"
            raise persistence.OperationalError(message)
        numbers = list(range(last[0] - count + 1, last[0] + 1))
        rows = [
            {
                "number": number,
                "originator_id": event.originator_id,
                "originator_version": event.originator_version,
                "topic": event.topic,
                "state": event.state,
            }
            for number, event in zip(numbers, stored_events, strict=True)
        ]
        if rows:
            connection.execute(insert(self.events), rows)
        return numbers

    def _keep(self, connection: Connection, receipt: Receipt, numbers: Sequence[int]) -> None:
        row = receipt.__dict__ | {
            "position": position(self.log, numbers[-1]) if numbers else receipt.position
        }
        old = self.receipts.c.recorded_at < receipt.recorded_at - KEEP_RECEIPTS
        connection.execute(delete(self.receipts).where(old))
        connection.execute(insert(self.receipts), [row])

    def receipt(self, principal: str, key: str, now: datetime) -> Receipt | None:
        """Return the receipt that *principal* has under *key*, unless it is older than 72 hours."""
        table = self.receipts
        query = select(table).where(
            table.c.principal == principal,
            table.c.key == key,
            table.c.recorded_at >= now - KEEP_RECEIPTS,
        )
        with _library_errors(), self.database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else Receipt(**row)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of one aggregate."""
        table = self.events
        query = select(table).where(table.c.originator_id == originator_id)
        if gt is not None:
            query = query.where(table.c.originator_version > gt)
        if lte is not None:
            query = query.where(table.c.originator_version <= lte)
        version = table.c.originator_version
        query = query.order_by(version.desc() if desc else version).limit(limit)
        return [
            StoredEvent(row.originator_id, row.originator_version, row.topic, row.state)
            for row in self._rows(query)
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return the events of the log from *start* on, in its order."""
        number = self.events.c.number
        query = select(self.events).order_by(number).limit(limit)
        if start is not None:
            query = query.where(number >= start if inclusive_of_start else number > start)
        if stop is not None:
            query = query.where(number <= stop)
        if topics:
            query = query.where(self.events.c.topic.in_(topics))
        return [_notification(row) for row in self._rows(query)]

    def max_notification_id(self) -> int | None:
        """Return the number of the last event, or None when there is none."""
        rows = self._rows(select(self.head.c.last))
        return rows[0].last or None if rows else None

    def last_number_of(self, originator_id: UUID) -> int | None:
        """Return the number of the last event of one aggregate, or None when it has none."""
        table = self.events
        query = select(table.c.number).where(table.c.originator_id == originator_id)
        rows = self._rows(query.order_by(table.c.originator_version.desc()).limit(1))
        return rows[0].number if rows else None

    def select_numbered(self, originator_id: UUID, *, gt: int = 0) -> Sequence[Notification]:
        """Return the events of one aggregate beyond version *gt*, oldest first, with their numbers."""
        table = self.events
        query = select(table).where(table.c.originator_id == originator_id, table.c.originator_version > gt)
        return [_notification(row) for row in self._rows(query.order_by(table.c.originator_version))]

    def known(self, originator_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of *originator_ids* that have events."""
        table = self.events
        found: set[UUID] = set()
        for start in range(0, len(originator_ids), IDS_AT_ONCE):
            some = originator_ids[start : start + IDS_AT_ONCE]
            query = select(table.c.originator_id).where(
                table.c.originator_version == 1, table.c.originator_id.in_(some)
            )
            found.update(row.originator_id for row in self._rows(query))
        return found

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Not offered: read models follow the log with a cursor of their own."""
        del gt, topics
        raise persistence.NotSupportedError

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with _library_errors(), self.database.read() as connection:
            return connection.execute(query).all()


def _notification(row: Any) -> Notification:
    return Notification(row.originator_id, row.originator_version, row.topic, row.state, row.number)


@contextmanager
def _library_errors() -> Generator[None]:
    try:
        yield
    except exc.IntegrityError as error:
        raise persistence.IntegrityError(str(error.orig)) from error
    except exc.OperationalError as error:
        raise persistence.OperationalError(str(error.orig)) from error
    except exc.DBAPIError as error:
        raise persistence.DatabaseError(str(error.orig)) from error
