"""One log: the library's recorder contract over tables with a dense order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import structlog
from eventsourcing import persistence
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)

from adapters.database import Database
from adapters.eventstore.appending import Part, append, instant, library_errors, moment
from adapters.eventstore.receipts import KEEP_RECEIPTS, Receipt, Scope
from adapters.eventstore.statements import Statements

logger = structlog.get_logger()

IDS_AT_ONCE = 500
LAST = 2**62
"""Beyond every number, every version and every limit."""
PURGE_EVERY = 600.0
"""Seconds between two looks of one process for receipts of one log that have expired."""

Row: TypeAlias = tuple[int, int, str, bytes]
"""Number, version, topic and state of a stored event."""
Entry: TypeAlias = tuple[int, UUID | bytes, int, str, bytes]
"""Number, aggregate (as the driver gives it), version, topic and state of a stored event."""


@dataclass(frozen=True)
class Found:
    """The stored events of one aggregate, oldest first, and the receipt of a request about it."""

    rows: Sequence[Row]
    receipt: Receipt | None = None


class LogRecorder(ApplicationRecorder):
    """Stores and reads the events of one log; it asks neither whose they are nor where they begin."""

    def __init__(self, database: Database, log: int = 0) -> None:
        self.database, self.log = database, log
        self.says = Statements(log, sqlite=database.is_sqlite)
        self._purge_at = 0.0

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append the events, and the receipt of the request that caused them, or nothing at all."""
        receipt: Receipt | None = kwargs.get("receipt")
        if not stored_events and receipt is None:
            return []
        last = append(self.database, [Part(self.says, stored_events, receipt)])[0]
        if receipt is not None:
            self.purge_sometimes(receipt.recorded_at)
        return list(range(last - len(stored_events) + 1, last + 1))

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
        rows = self.stream(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)
        return [StoredEvent(originator_id, version, topic, state) for _, version, topic, state in rows]

    def stream(
        self,
        id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[Row]:
        """Return the rows of one aggregate beyond version *gt*, none beyond *lte*."""
        question = self.says.stream_back if desc else self.says.stream
        bounds = (-1 if gt is None else gt, LAST if lte is None else lte, LAST if limit is None else limit)
        return self._ask(question, [self._id(id), *bounds])

    def case(self, id: UUID, scope: Scope, now: datetime) -> Found:
        """Return the rows of one aggregate and the receipt under *scope*, by one question."""
        since = moment(now - KEEP_RECEIPTS, sqlite=self.says.sqlite)
        asked = [scope.principal, scope.path, scope.key, since, self._id(id)]
        rows = sorted(self._ask(self.says.case, asked), key=_version)
        if not rows or rows[0][1] > 0:
            return Found(rows)
        number, status, said, fingerprint = rows[0]
        version, _, case_id = said.partition(" ")
        receipt = Receipt(scope, fingerprint, -status, UUID(case_id), int(version), now, number)
        return Found(rows[1:], receipt)

    def many(self, ids: Sequence[UUID]) -> Sequence[tuple[int, UUID, int, str, bytes]]:
        """Return number, id, version, topic and state of every event of *ids*, by aggregate."""
        rows = self._ask(self.says.of_many(len(ids)), self._ids(ids))
        return [(number, _uuid(id), version, topic, state) for number, id, version, topic, state in rows]

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
        first = 0 if start is None else start if inclusive_of_start else start + 1
        bounds = [first, LAST if stop is None else stop, *topics, limit]
        rows = self._ask(self.says.notifications(len(topics)), bounds)
        return [
            Notification(_uuid(id), version, topic, state, number)
            for number, id, version, topic, state in rows
        ]

    def entries(self, after: int, limit: int, stop: int | None = None) -> Sequence[Entry]:
        """Return up to *limit* events beyond number *after*, none beyond *stop*, as the driver gives them."""
        return self._ask(self.says.notifications(0), [after + 1, LAST if stop is None else stop, limit])

    def max_notification_id(self) -> int | None:
        """Return the number of the last event, or None when there is none."""
        rows = self._ask(self.says.last, [])
        return rows[0][0] or None if rows else None

    def last_number_of(self, originator_id: UUID) -> int | None:
        """Return the number of the last event of one aggregate, or None when it has none."""
        rows = self._ask(self.says.last_of, [self._id(originator_id)])
        return rows[0][0] if rows else None

    def known(self, originator_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of *originator_ids* that have events."""
        found: set[UUID] = set()
        for start in range(0, len(originator_ids), IDS_AT_ONCE):
            some = originator_ids[start : start + IDS_AT_ONCE]
            found.update(_uuid(row[0]) for row in self._ask(self.says.known(len(some)), self._ids(some)))
        return found

    def receipt(self, scope: Scope, now: datetime) -> Receipt | None:
        """Return the receipt under *scope*, unless it is older than 72 hours."""
        since = moment(now - KEEP_RECEIPTS, sqlite=self.says.sqlite)
        rows = self._ask(self.says.kept, [scope.principal, scope.path, scope.key, since])
        if not rows:
            return None
        *_, fingerprint, status, case_id, version, recorded_at, number = rows[0]
        return Receipt(scope, fingerprint, status, _uuid(case_id), version, instant(recorded_at), number)

    def purge(self, now: datetime) -> int:
        """Let go of receipts that have expired; return how many there were."""
        before = moment(now - KEEP_RECEIPTS, sqlite=self.says.sqlite)
        with library_errors(), self.database.driver_write() as connection:
            return connection.execute(self.says.purge, [before]).rowcount

    def purge_sometimes(self, now: datetime) -> None:
        """Purge when this process has not for some minutes; what fails is tried again by then."""
        if time.monotonic() < self._purge_at:
            return
        self._purge_at = time.monotonic() + PURGE_EVERY
        try:
            self.purge(now)
        except persistence.PersistenceError as error:
            logger.warning("receipts_not_purged", log=self.log, reason=str(error))

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Not offered: read models follow the log with a cursor of their own."""
        del gt, topics
        raise persistence.NotSupportedError

    def _ask(self, question: str, values: Sequence[object]) -> Sequence[Any]:
        with library_errors():
            return self.database.rows(question, values)

    def _id(self, id: UUID | str) -> object:
        return id.bytes if self.says.sqlite and isinstance(id, UUID) else id

    def _ids(self, ids: Sequence[UUID]) -> list[object]:
        return [id.bytes for id in ids] if self.says.sqlite else [list(ids)]


class StreamRecorder(AggregateRecorder):
    """One log for what has a version but no place: the library hears of no numbers."""

    def __init__(self, log: LogRecorder) -> None:
        self.log = log

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Store the events or nothing at all."""
        self.log.insert_events(stored_events, **kwargs)

    def select_events(self, originator_id: UUID | str, **bounds: Any) -> Sequence[StoredEvent]:
        """Return the events of one aggregate."""
        return self.log.select_events(originator_id, **bounds)


def _version(row: Row) -> int:
    return row[1]


def _uuid(id: Any) -> UUID:
    return id if isinstance(id, UUID) else UUID(bytes=id)
