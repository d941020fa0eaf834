"""The record: aggregates are loaded by replay and saved whole, each in the log that it was born in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Never, TypeVar, cast
from uuid import UUID

from eventsourcing.application import Application
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
from adapters.eventstore.news import Stretch, read
from adapters.eventstore.receipts import Receipt, Scope
from adapters.eventstore.recorder import Entry, Row, StreamRecorder
from adapters.eventstore.router import LogRouter
from adapters.eventstore.tables import position, positions
from adapters.memory import without_cycles
from domain.case import Case
from domain.catalogue import EVENTS
from domain.errors import LostTheRace
from domain.ids import log_of
from domain.kernel import Aggregate, Event
from domain.kinds import aggregate_begun_by, kind_begun_by

A = TypeVar("A", bound=Aggregate)

LOG = 0
"""The log of configuration, which every store has."""


@dataclass(frozen=True)
class Loaded(Generic[A]):
    """One aggregate, if there is one, and the number of its last event; or a receipt in its place."""

    aggregate: A | None
    number: int = 0
    receipt: Receipt | None = None


class CaseStore(Application[UUID]):
    """Everything that ever happened, by aggregate and in the order of each log."""

    name = "plaint"

    def __init__(self, database: Database, keys: Keys | None = None) -> None:
        self.database = database
        self.router = LogRouter(database)
        self.events_mapper = EventMapper(EVENTS, keys)
        super().__init__()

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Return a factory that builds upon our recorder and mapper."""
        return _Factory(env, self.router)

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper of every event that exists."""
        return self.events_mapper

    def load(self, kind: type[A], id: UUID, *, version: int | None = None, opened: bool = True) -> A | None:
        """Return the aggregate as of *version* (default: now), or None when there is none.

        Unless *opened*, what is personal stays sealed and no key is needed.
        """
        log = self.router.of(id)
        if log is None:
            return None
        return self._replay(kind, id, log.stream(id, lte=version), opened=opened)

    def load_begun(self, id: UUID, *, opened: bool = True) -> Aggregate | None:
        """Return the case, user, team or issue of that *id*, of the kind that its first event tells.

        Unless *opened*, what is personal stays sealed and no key is needed.
        """
        log = self.router.of(id)
        rows = () if log is None else log.stream(id)
        kind = aggregate_begun_by(rows[0][2]) if rows else None
        return None if kind is None else self._replay(kind, id, rows, opened=opened)

    def look(
        self, kind: type[A], id: UUID, scope: Scope | None, now: datetime, *, opened: bool = True
    ) -> Loaded[A]:
        """Return the aggregate with the number of its last event, and the receipt under *scope*.

        One question to the log answers both; where there is a receipt, nothing is replayed.
        Unless *opened*, what is personal stays sealed and no key is needed.
        """
        log = self.router.of(id)
        if log is None:
            return Loaded(None)
        if scope is None:
            rows = log.stream(id)
        else:
            found = log.case(id, scope, now)
            if found.receipt is not None:
                return Loaded(None, receipt=found.receipt)
            rows = found.rows
        return Loaded(self._replay(kind, id, rows, opened=opened), rows[-1][0] if rows else 0)

    def load_cases(self, ids: Sequence[UUID], *, opened: bool = True) -> dict[UUID, Case | Exception]:
        """Return each of *ids* that is a case: complaint or ticket, or what is wrong with its events.

        Which of them it is, its first event says; one question for many cases answers all.
        Unless *opened*, what is personal stays sealed and no key is needed.
        """
        return self._load_many(ids, kind_begun_by, opened=opened)

    def load_all(
        self, kind: type[A], ids: Sequence[UUID], *, opened: bool = True
    ) -> dict[UUID, A | Exception]:
        """Return each of *ids* that has events, as `load_cases` does, all of one *kind*."""
        return self._load_many(ids, lambda _topic: kind, opened=opened)

    def _load_many(
        self, ids: Sequence[UUID], kind_of: Callable[[str], type[A] | None], *, opened: bool
    ) -> dict[UUID, A | Exception]:
        found: dict[UUID, A | Exception] = {}
        for id, rows in self.router.streams(ids):
            kind = kind_of(rows[0][2])
            if kind is None:
                continue
            try:
                loaded = self._replay(kind, id, rows, opened=opened)
            except Exception as error:  # noqa: BLE001 - one that cannot be read stops no other
                found[id] = error
            else:
                found |= {} if loaded is None else {id: loaded}
        return found

    def append(
        self, *aggregates: Aggregate, receipt: Receipt | None = None, also: Sequence[int] = ()
    ) -> str | None:
        """Save what *aggregates* recorded, as `put` does; return the last position, None for nothing.

        With several logs the positions are joined by commas.
        """
        last = self.put(*aggregates, receipt=receipt, also=also)
        return positions(last) if last else None

    def put(
        self, *aggregates: Aggregate, receipt: Receipt | None = None, also: Sequence[int] = ()
    ) -> Mapping[int, int]:
        """Save what *aggregates* recorded, all or nothing; return the last number of each log it went to.

        The receipt is stored in the log of its case and in the logs *also*.  Raises LostTheRace
        when somebody else saved one of the aggregates or the same receipt meanwhile.
        """
        events = [event for each in aggregates for event in each.collect_events()]
        self.events_mapper.prepare(events)
        stored = [self.events_mapper.to_stored_event(event) for event in events]
        try:
            return self.router.append(stored, receipt, also)
        except IntegrityError:
            raise LostTheRace from None

    def history(self, id: UUID) -> list[Event]:
        """Return the events of one aggregate, oldest first."""
        log = self.router.of(id)
        return [] if log is None else [*self._read(id, log.stream(id))]

    def numbered(self, id: UUID, *, beyond: int = 0) -> list[tuple[int, Event]]:
        """Return the events of one aggregate beyond a version, oldest first, each with its number."""
        log = self.router.of(id)
        rows = () if log is None else log.stream(id, gt=beyond)
        read = self.events_mapper.read
        return [(number, read(id, version, topic, state)) for number, version, topic, state in rows]

    def last_version_of(self, id: UUID) -> str | None:
        """Return the question for the last version of one aggregate, as text; None where it has no log.

        It is for whoever asks the same database something else at once: ``?`` stands for the id.
        """
        log = self.router.of(id)
        return None if log is None else log.says.last_version

    def last_event_of(self, id: UUID) -> str | None:
        """Return the question for the last version of one aggregate and what its event says, as stored.

        It is for whoever asks something else at once, as `last_version_of` is.
        """
        log = self.router.of(id)
        return None if log is None else log.says.last_event

    def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return those of *ids* under which something is stored."""
        return self.router.known(ids)

    def position_of(self, id: UUID) -> str | None:
        """Return the position of the last event of one aggregate, or None when it has none."""
        log = self.router.of(id)
        number = None if log is None else log.last_number_of(id)
        return None if number is None else position(log_of(id), number)

    @property
    def logs(self) -> tuple[int, ...]:
        """The logs that there are."""
        return self.router.catalogue.logs

    def homes(self, digest: bytes, now: datetime) -> tuple[int, ...]:
        """Return where a new case belongs whose request hashes to *digest*, and where it may be already."""
        return self.router.catalogue.homes(digest, now)

    def notifications(
        self, log: int, after: int, limit: int, *, stop: int | None = None, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        """Return up to *limit* stored events of one log beyond number *after*, none beyond *stop*.

        With *topics*, those of other topics are passed over.
        """
        ask = self.router.log(log).select_notifications
        return ask(after, limit, stop, topics, inclusive_of_start=False)

    def news(self, wanted: Mapping[int, Stretch]) -> Mapping[int, Sequence[Entry]]:
        """Return stretches of logs, less dear to make than `notifications`; a log without any is left out."""
        return read(self.router, wanted)

    def read(self, id: UUID | bytes, version: int, topic: str, state: bytes) -> Event:
        """Return one of `news` decoded, personal values sealed; raise UnreadableEvent if it is none."""
        return self.events_mapper.read(id, version, topic, state)

    def decode(self, notification: StoredEvent) -> Event:
        """Return the event in *notification*, personal values sealed; raise UnreadableEvent if it is none."""
        return self.events_mapper.sealed(notification)

    def actor(self, notification: StoredEvent) -> str:
        """Return who recorded the event in *notification*; raise UnreadableEvent if it does not say."""
        return self.events_mapper.actor(notification)

    def ends(self) -> dict[int, int]:
        """Return the number of the last event of each log, 0 where there is none, all at one moment."""
        return self.router.ends()

    def count(self) -> int:
        """Return how many events there are in all logs together."""
        return sum(self.ends().values())

    def receipt(self, scope: Scope, logs: Sequence[int], now: datetime) -> Receipt | None:
        """Return the answer to a request that is sent again under *scope*, from the first log that has it."""
        return self.router.receipt(scope, logs, now)

    def everything(
        self, after: int | Mapping[int, int] = 0, batch: int = 1000
    ) -> Iterator[tuple[int, Event]]:
        """Yield number and event of every log in its order, one log after the other.

        *after* is a number, or one for each log.  The event's originator tells which log it is.
        """
        for log in self.logs:
            reached = after if isinstance(after, int) else after.get(log, 0)
            while notifications := self.notifications(log, reached, batch):
                for notification in notifications:
                    yield notification.id, self.decode(notification)
                reached = notifications[-1].id

    def _replay(self, kind: type[A], id: UUID, rows: Iterable[Row], *, opened: bool = True) -> A | None:
        with without_cycles():
            return cast("Any", kind.replay)(None, self._read(id, rows, opened=opened))

    def _read(self, id: UUID, rows: Iterable[Row], *, opened: bool = True) -> Iterator[Event]:
        events = self.events_mapper.history(id, rows)
        return map(self.events_mapper.opened, events) if opened else events


class _Factory(InfrastructureFactory[Any]):
    """Hands the library the router, and a log for what needs no place in it."""

    def __init__(self, env: Environment, router: LogRouter) -> None:
        super().__init__(env)
        self._router = router

    def transcoder(self) -> Transcoder:
        message = "events are mapped whole, never field by field"
        raise NotImplementedError(message)

    def application_recorder(self) -> ApplicationRecorder:
        return self._router

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        del purpose
        return StreamRecorder(self._router.log(LOG))

    def tracking_recorder(self, tracking_recorder_class: type[TrackingRecorder] | None = None) -> Never:
        raise NotImplementedError

    def process_recorder(self) -> ProcessRecorder:
        raise NotImplementedError

    def close(self) -> None:
        self._router.database.close()
