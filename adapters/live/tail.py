"""The logs as a stream tells of them: event by event, each with its case as the queue has it now.

Nothing is told before the queue has it: the row that decides for whom a case exists is then at
least as new as the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification
from pydantic_core import to_json

from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import position
from adapters.views.engine import ViewEngine
from adapters.views.queries import NotBuilt, Queries
from domain.access import OF_THEIR_OWN, Principal, Right
from domain.disclosure import concerns
from domain.kernel import Event
from projections.queue import QUEUE, CaseKind, QueueRow

Places = Mapping[int, int]
"""The number reached in each log."""


@dataclass(frozen=True)
class Message:
    """One event of one case, without anything that concerns a person."""

    log: int
    number: int
    topic: str
    row: QueueRow
    data: str
    """What is sent, as JSON."""
    public: str | None
    """What the complainant is sent; None for what is the desk's alone."""


@dataclass(frozen=True)
class Wanted:
    """Which messages somebody asked for; None means any."""

    team: str | None = None
    kind: CaseKind | None = None
    case: UUID | None = None

    def admits(self, row: QueueRow) -> bool:
        """Whether a message of the case in *row* was asked for."""
        return (
            (self.team is None or row.team == self.team)
            and (self.kind is None or row.kind == self.kind)
            and (self.case is None or row.id == self.case)
        )


class Audience:
    """What one principal is told: what was asked for, of the cases that exist for them."""

    def __init__(self, who: Principal, wanted: Wanted) -> None:
        self.wanted, self.scope = wanted, who.scope
        self.own = who.cases if who.may(Right.READ_OWN_CASE) else frozenset[UUID]()

    def of(self, message: Message) -> str | None:
        """Return what they are told by *message*, or None when it does not exist for them."""
        row = message.row
        if not self.wanted.admits(row):
            return None
        if row.id in self.own:
            return message.public
        return message.data if self.scope.admits(row) else None

    def has(self, row: QueueRow) -> bool:
        """Whether the case in *row* exists for them here."""
        return row.id in self.own or self.scope.admits(row)


class Tail:
    """Reads what is behind a place."""

    def __init__(self, store: CaseStore, views: ViewEngine, queries: Queries) -> None:
        self._store, self._views, self._queries = store, views, queries

    def ends(self) -> dict[int, int]:
        """Return how far every log can be told; raise NotBuilt when the queue cannot be read."""
        ends, cursors = self._store.ends(), self._views.cursors().get(QUEUE.name)
        if cursors is None:
            raise NotBuilt(QUEUE.name)
        return {log: min(end, cursors.get(log, 0)) for log, end in ends.items()}

    def read(self, after: Places, stop: Places, limit: int) -> tuple[list[Message], dict[int, int]]:
        """Return the messages of up to *limit* events beyond *after*, up to *stop*, and where they end."""
        reached, found = dict(after), list[tuple[int, Notification]]()
        for log, end in sorted(stop.items()):
            room = limit - len(found)
            if room and reached.get(log, 0) < end:
                some = self._store.notifications(log, reached.get(log, 0), room, stop=end)
                found += [(log, each) for each in some]
                reached[log] = some[-1].id if some else end
        return self._messages(found), reached

    def _messages(self, found: Sequence[tuple[int, Notification]]) -> list[Message]:
        rows = self._queries.rows({uuid_of(each) for _, each in found})
        told = ((log, each, rows.get(uuid_of(each))) for log, each in found)
        return [self._message(log, each, row) for log, each, row in told if row is not None]

    def _message(self, log: int, stored: Notification, row: QueueRow) -> Message:
        event = self._event(stored)
        public: dict[str, Any] = {
            "position": position(log, stored.id),
            "topic": stored.topic,
            "id": row.id,
            "reference": row.reference,
            "kind": row.kind,
            "recorded_at": event.recorded_at if event else None,
        }
        data = public | {"team": row.team, "version": stored.originator_version}
        told = event is not None and concerns(event, OF_THEIR_OWN)
        return Message(
            log=log,
            number=stored.id,
            topic=stored.topic,
            row=row,
            data=to_json(data).decode(),
            public=to_json(public).decode() if told else None,
        )

    def _event(self, stored: Notification) -> Event | None:
        try:
            return self._store.decode(stored)
        except UnreadableEvent:
            return None


def uuid_of(stored: Notification) -> UUID:
    """Return the aggregate that *stored* belongs to."""
    id = stored.originator_id
    return id if isinstance(id, UUID) else UUID(id)
