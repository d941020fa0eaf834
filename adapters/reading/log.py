"""The log of reading: appended in bulk, dense, and asked by case, by reader and by time.

The events of a case are numbered by themselves: its first reading is version 1.  The lock on the
head row orders all writers through their commits, as in every other log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from sqlalchemy import ColumnElement, and_, or_, select

from adapters.database import Database
from adapters.eventstore.mapper import EventMapper, Keys, UnreadableEvent
from adapters.reading.statements import Statements
from adapters.reading.tables import SCHEMA, ReadTables
from adapters.vault.errors import VaultAway
from domain.errors import PersonalDataErased
from domain.kernel import changed
from domain.privacy import ERASED
from domain.reading import READING_EVENTS, CaseRead

IDS_AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """Which readings are asked for; None means any."""

    case: UUID | None = None
    reader: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True)
class Reading:
    """One reading as it is stored: its number, when it was, and the event, None when that cannot be read."""

    number: int
    read_at: datetime
    case_id: UUID
    event: CaseRead | None


class ReadLog:
    """The readings in *database*, their purposes sealed with *keys*."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database = database
        self.tables = ReadTables(None if database.is_sqlite else SCHEMA)
        self.says = Statements(sqlite=database.is_sqlite)
        self.mapper = EventMapper(READING_EVENTS, keys)
        self._reached: int | None = None

    def last(self) -> int:
        """Return the number of the last reading, 0 when there is none."""
        with self.database.read() as connection:
            return connection.execute(select(self.tables.head.c.last)).scalar_one()

    def append(self, readings: Sequence[CaseRead], *, again: bool = False) -> set[UUID]:
        """Store *readings*, whose versions are given here; return those that could not be sealed.

        They are named by their correlation.  *again* says that it was tried before and may have
        been committed: what is stored already is then not stored twice.
        """
        if self._reached is None:
            self._reached = self.last()
        with self.database.driver_write() as connection:
            before = self.says.hold(connection)
            if not again:
                self._reached = before
            known = self._known(connection, self._reached) if again else set[UUID]()
            new = [each for each in readings if each.correlation_id not in known]
            stored, unsealed = self._versioned(connection, new)
            if stored:
                self._store(connection, before, stored)
        return unsealed

    def prepare(self, reading: CaseRead) -> None:
        """Have the key at hand under which a purpose is sealed; raise VaultAway when there is none."""
        self.mapper.prepare([reading])

    def find(self, asked: Asked, *, limit: int, after: tuple[datetime, int] | None = None) -> list[Reading]:
        """Return readings by time and number, beyond the key *after*."""
        readers, events = self.tables.readers, self.tables.events
        query = (
            select(readers.c.number, readers.c.read_at, readers.c.case_id)
            .add_columns(events.c.originator_version, events.c.topic, events.c.state)
            .join(events, events.c.number == readers.c.number)
            .where(*self._conditions(asked))
        )
        if after is not None:
            at, number = after
            beyond = and_(readers.c.read_at == at, readers.c.number > number)
            query = query.where(or_(readers.c.read_at > at, beyond))
        query = query.order_by(readers.c.read_at, readers.c.number).limit(limit)
        with self.database.read() as connection:
            return [
                Reading(row.number, row.read_at, row.case_id, self._event(StoredEvent(row.case_id, *row[3:])))
                for row in connection.execute(query)
            ]

    def _conditions(self, asked: Asked) -> Iterator[ColumnElement[bool]]:
        c = self.tables.readers.c
        yield c.acting if asked.reader is None else c.reader == asked.reader
        if asked.case is not None:
            yield c.case_id == asked.case
        if asked.since is not None:
            yield c.read_at >= asked.since
        if asked.until is not None:
            yield c.read_at < asked.until

    def _event(self, stored: StoredEvent) -> CaseRead | None:
        try:
            return cast("CaseRead", self.mapper.sealed(stored))
        except UnreadableEvent:
            return None

    def _known(self, connection: Any, reached: int) -> set[UUID]:
        """Return the correlations of what was stored since the last batch that was new was begun."""
        read = (self._event(StoredEvent(*row)) for row in self.says.beyond(connection, reached))
        return {event.correlation_id for event in read if event is not None}

    def _versioned(
        self, connection: Any, readings: Sequence[CaseRead]
    ) -> tuple[list[tuple[CaseRead, StoredEvent]], set[UUID]]:
        versions = self._versions(connection, {each.originator_id for each in readings})
        stored: list[tuple[CaseRead, StoredEvent]] = []
        unsealed: set[UUID] = set()
        for each in readings:
            event = changed(each, {"originator_version": versions[each.originator_id] + 1})
            try:
                stored.append((event, self._sealed(event)))
            except VaultAway:
                unsealed.add(each.correlation_id)
            else:
                versions[each.originator_id] += 1
        return stored, unsealed

    def _sealed(self, event: CaseRead) -> StoredEvent:
        try:
            return self.mapper.to_stored_event(event)
        except PersonalDataErased:
            # What could be said of this person has ended with their key; that the case was read has not.
            return self.mapper.to_stored_event(event.model_copy(update={"purpose": ERASED}))

    def _versions(self, connection: Any, cases: set[UUID]) -> Counter[UUID]:
        known, found = sorted(cases), Counter[UUID]()
        for start in range(0, len(known), IDS_AT_ONCE):
            found.update(self.says.versions(connection, known[start : start + IDS_AT_ONCE]))
        return found

    def _store(self, connection: Any, before: int, stored: Sequence[tuple[CaseRead, StoredEvent]]) -> None:
        numbered = list(enumerate(stored, before + 1))
        events = [
            (number, event.originator_id, each.originator_version, each.topic, each.state)
            for number, (event, each) in numbered
        ]
        readers = [
            (number, reader, reader == event.principal, event.originator_id, event.recorded_at)
            for number, (event, _) in numbered
            for reader in event.readers
        ]
        self.says.store(connection, before + len(stored), events, readers)
