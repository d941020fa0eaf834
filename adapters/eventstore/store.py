"""The library's application over our log: aggregates are loaded by replay and saved whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Never, TypeVar, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    Notification,
    ProcessRecorder,
    StoredEvent,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.utils import Environment

from adapters.database import Database
from adapters.eventstore.mapper import EventMapper, Keys
from adapters.eventstore.recorder import LogRecorder, Receipt
from adapters.eventstore.tables import LogTables, position, schema_of
from domain.catalogue import EVENTS
from domain.errors import LostTheRace
from domain.kernel import Aggregate, Event

A = TypeVar("A", bound=Aggregate)

LOG = 0


class CaseStore(Application[UUID]):
    """Everything that ever happened, by aggregate and in order."""

    name = "plaint"

    def __init__(self, database: Database, keys: Keys | None = None) -> None:
        self.database = database
        tables = LogTables(None if database.is_sqlite else schema_of(LOG))
        self.recording = LogRecorder(database, tables, log=LOG)
        self.events_mapper = EventMapper(EVENTS, keys)
        super().__init__()

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Return a factory that builds upon our recorder and mapper."""
        return _Factory(env, self.recording)

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper of every event that exists."""
        return self.events_mapper

    def load(self, kind: type[A], id: UUID, *, version: int | None = None, opened: bool = True) -> A | None:
        """Return the aggregate as of *version* (default: now), or None when there is none.

        Unless *opened*, what is personal stays sealed and no key is needed.
        """
        projector = cast("Any", kind.replay)
        if not opened:
            stored = self.recording.select_events(id, lte=version)
            return cast("A | None", projector(None, map(self.decode, stored)))
        try:
            return cast("A", self.repository.get(id, version=version, projector_func=projector))
        except AggregateNotFoundError:
            return None

    def append(self, *aggregates: Aggregate, receipt: Receipt | None = None) -> str | None:
        """Save what *aggregates* recorded, all or nothing; return the last position.

        Raises LostTheRace when somebody else saved one of them meanwhile.
        """
        events = [event for each in aggregates for event in each.collect_events()]
        self.events_mapper.prepare(events)
        try:
            recordings = self.events.put(cast("Any", events), receipt=receipt)
        except IntegrityError:
            raise LostTheRace from None
        return position(LOG, recordings[-1].notification.id) if recordings else None

    def history(self, id: UUID) -> list[Event]:
        """Return the events of one aggregate, oldest first."""
        return cast("list[Event]", list(self.events.get(id)))

    def numbered(self, id: UUID, *, beyond: int = 0) -> list[tuple[int, Event]]:
        """Return the events of one aggregate beyond a version, oldest first, each with its number."""
        stored = self.recording.select_numbered(id, gt=beyond)
        return [(each.id, self.decode(each)) for each in stored]

    def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return those of *ids* under which something is stored."""
        return self.recording.known(ids)

    def position_of(self, id: UUID) -> str | None:
        """Return the position of the last event of one aggregate, or None when it has none."""
        number = self.recording.last_number_of(id)
        return None if number is None else position(LOG, number)

    @property
    def logs(self) -> tuple[int, ...]:
        """The logs that there are."""
        return (LOG,)

    def notifications(
        self, log: int, after: int, limit: int, *, stop: int | None = None
    ) -> Sequence[Notification]:
        """Return up to *limit* stored events of one log beyond number *after*, none beyond *stop*."""
        del log
        return self.recording.select_notifications(after, limit, stop, inclusive_of_start=False)

    def decode(self, notification: StoredEvent) -> Event:
        """Return the event in *notification*, personal values sealed; raise UnreadableEvent if it is none."""
        return self.events_mapper.sealed(notification)

    def ends(self) -> dict[int, int]:
        """Return the number of the last event of each log, 0 where there is none."""
        return {LOG: self.recording.max_notification_id() or 0}

    def count(self) -> int:
        """Return how many events there are in all logs together."""
        return sum(self.ends().values())

    def receipt(self, principal: str, key: str, now: datetime) -> Receipt | None:
        """Return the first answer to a request that *principal* sends again under *key*."""
        return self.recording.receipt(principal, key, now)

    def everything(self, after: int = 0, batch: int = 1000) -> Iterator[tuple[int, Event]]:
        """Yield number and event of every log in its order, one log after the other.

        The event's originator tells which log it is.
        """
        for log in self.logs:
            reached = after
            while notifications := self.notifications(log, reached, batch):
                for notification in notifications:
                    yield notification.id, self.decode(notification)
                reached = notifications[-1].id


class _Factory(InfrastructureFactory[Any]):
    """Hands the library the one recorder that there is."""

    def __init__(self, env: Environment, recorder: LogRecorder) -> None:
        super().__init__(env)
        self._recorder = recorder

    def transcoder(self) -> Transcoder:
        message = "events are mapped whole, never field by field"
        raise NotImplementedError(message)

    def application_recorder(self) -> ApplicationRecorder:
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        del purpose
        return self._recorder

    def tracking_recorder(self, tracking_recorder_class: type[TrackingRecorder] | None = None) -> Never:
        raise NotImplementedError

    def process_recorder(self) -> ProcessRecorder:
        raise NotImplementedError

    def close(self) -> None:
        self._recorder.database.close()
