"""All logs as one recorder: an aggregate's identifier says which log it lives in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription

from adapters.database import Database
from adapters.eventstore.appending import Part, ReceiptExists, append, library_errors
from adapters.eventstore.catalogue import Catalogue
from adapters.eventstore.receipts import Receipt, Scope
from adapters.eventstore.recorder import IDS_AT_ONCE, LogRecorder, Row
from adapters.eventstore.statements import ends
from domain.ids import log_of


class UnknownLog(persistence.OperationalError):
    """The identifier names a log that the store does not have; a backup of fewer logs may be in use."""


class LogRouter(ApplicationRecorder):
    """Sends each aggregate's events to its log; what touches several logs is stored in all or none."""

    def __init__(self, database: Database) -> None:
        self.database, self.catalogue = database, Catalogue(database)
        self._logs: dict[int, LogRecorder] = {}

    def log(self, number: int) -> LogRecorder:
        """Return one log, whether or not the catalogue has it."""
        found = self._logs.get(number)
        if found is None:
            found = self._logs[number] = LogRecorder(self.database, number)
        return found

    def of(self, id: UUID) -> LogRecorder | None:
        """Return the log that *id* lives in, or None when there is no such log."""
        number = log_of(id)
        return self.log(number) if self.catalogue.has(number) else None

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append the events; return the number that each has in its own log."""
        last = self.append(stored_events, kwargs.get("receipt"))
        left = _by_log(stored_events)
        numbers = {
            log: iter(range(last[log] - len(events) + 1, last[log] + 1)) for log, events in left.items()
        }
        return [next(numbers[log_of(_id(event))]) for event in stored_events]

    def append(
        self, stored_events: Sequence[StoredEvent], receipt: Receipt | None = None, also: Sequence[int] = ()
    ) -> dict[int, int]:
        """Append the events and the receipt; return the last number of each log that got events.

        The receipt goes to the log of its case, and to the logs *also*, where others may look for it.
        """
        if not stored_events and receipt is None:
            return {}
        parts = self._parts(stored_events, receipt)
        logs = [self.log(log).says for log in sorted(also)]
        try:
            last = append(self.database, parts, logs)
        except ReceiptExists:
            if receipt is None or not self._expired(receipt, also):
                raise
            last = append(self.database, parts, logs)
        if receipt is not None:
            self.log(log_of(receipt.case_id)).purge_sometimes(receipt.recorded_at)
        return {part.log.log: number for part, number in zip(parts, last, strict=True) if part.events}

    def _parts(self, stored_events: Sequence[StoredEvent], receipt: Receipt | None) -> list[Part]:
        events = _by_log(stored_events)
        home = None if receipt is None else log_of(receipt.case_id)
        logs = sorted({*events, *(() if home is None else (home,))})
        for log in logs:
            if not self.catalogue.has(log):
                raise UnknownLog(UnknownLog.__doc__)
        return [
            Part(self.log(log).says, events.get(log, ()), receipt if log == home else None) for log in logs
        ]

    def _expired(self, receipt: Receipt, also: Sequence[int]) -> bool:
        """Purge where *receipt* goes; say whether anything was in its way that should have been gone."""
        homes = (log_of(receipt.case_id), *also)
        return sum(self.log(log).purge(receipt.recorded_at) for log in homes) > 0

    def select_events(self, originator_id: UUID | str, **bounds: Any) -> Sequence[StoredEvent]:
        """Return the events of one aggregate."""
        log = self.of(originator_id) if isinstance(originator_id, UUID) else None
        return [] if log is None else log.select_events(originator_id, **bounds)

    def receipt(self, scope: Scope, logs: Sequence[int], now: datetime) -> Receipt | None:
        """Return the receipt under *scope* in the first of *logs* that has it."""
        found = (self.log(log).receipt(scope, now) for log in logs)
        return next((receipt for receipt in found if receipt is not None), None)

    def ends(self) -> dict[int, int]:
        """Return the last number of each log, as they are at one moment."""
        logs = self.catalogue.logs
        if not logs:
            return {}
        question = ends(tuple(self.log(log).says for log in logs))
        with library_errors(), self.database.driver() as connection:
            return dict(connection.execute(question).fetchall())

    def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return those of *ids* that have events."""
        return {each for log, some in self.by_log(ids).items() for each in log.known(some)}

    def by_log(self, ids: Sequence[UUID]) -> dict[LogRecorder, list[UUID]]:
        """Return *ids* by the log that they live in; those of no log are left out."""
        found: dict[LogRecorder, list[UUID]] = {}
        for id in ids:
            log = self.of(id)
            if log is not None:
                found.setdefault(log, []).append(id)
        return found

    def streams(self, ids: Sequence[UUID]) -> Iterator[tuple[UUID, list[Row]]]:
        """Yield the rows of each of *ids* that has events, asking each log for many at once."""
        for log, some in self.by_log(ids).items():
            for start in range(0, len(some), IDS_AT_ONCE):
                rows = log.many(some[start : start + IDS_AT_ONCE])
                for id, group in groupby(rows, key=itemgetter(1)):
                    yield id, [(number, version, topic, state) for number, _, version, topic, state in group]

    def select_notifications(self, *args: Any, **kwargs: Any) -> Sequence[Notification]:
        """Not offered: a number belongs to one log; ask that one."""
        del args, kwargs
        raise persistence.NotSupportedError(type(self).select_notifications.__doc__)

    def max_notification_id(self) -> int | None:
        """Not offered: a number belongs to one log; ask that one."""
        raise persistence.NotSupportedError(type(self).max_notification_id.__doc__)

    def subscribe(self, *args: Any, **kwargs: Any) -> Subscription[ApplicationRecorder]:
        """Not offered: read models follow each log with a cursor of their own."""
        del args, kwargs
        raise persistence.NotSupportedError(type(self).subscribe.__doc__)


def _id(event: StoredEvent) -> UUID:
    id = event.originator_id
    return id if isinstance(id, UUID) else UUID(id)


def _by_log(events: Sequence[StoredEvent]) -> dict[int, list[StoredEvent]]:
    found: dict[int, list[StoredEvent]] = {}
    for event in events:
        found.setdefault(log_of(_id(event)), []).append(event)
    return found
