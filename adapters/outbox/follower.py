"""Makes a message for every webhook and event, once, in the order of each log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.store import LOG, CaseStore
from adapters.eventstore.tables import position
from adapters.outbox.deliveries import Deliveries
from adapters.outbox.messages import delivery_id, told
from adapters.outbox.tables import webhook_cursors
from adapters.outbox.webhooks import Webhooks, wanted_topics
from domain.catalogue import EVENTS
from domain.ids import log_of
from domain.kernel import Event
from domain.reactions import is_imported
from domain.webhooks import Webhook, WebhookAdded, WebhookDisabled, WebhookRemoved
from projections import queue
from projections.queue import QueueRow

log = structlog.get_logger()

BATCH = 500
"""Events looked at together."""
IDLE = 1_000
"""Events that may lie unlooked at while there is no webhook: a cursor need not be saved for each."""
FAMILIES = frozenset({"complaint", "ticket", "clock", "attachment"})
"""The first words of the topics that are about a case."""
TOPICS = tuple(event.TOPIC for event in EVENTS if event.TOPIC.partition(".")[0] in FAMILIES)
"""The topics that a webhook can hear of."""
CONFIGURED = (WebhookAdded.TOPIC, WebhookDisabled.TOPIC, WebhookRemoved.TOPIC)
"""What befalls a webhook itself and its messages."""


class _Overtaken(Exception):
    """Another process has looked through this part of the log meanwhile."""


class Follower:
    """Looks through the logs; *source* is how the desk names itself to receivers."""

    def __init__(
        self,
        store: CaseStore,
        webhooks: Webhooks,
        deliveries: Deliveries,
        *,
        source: str,
        now: Callable[[], datetime],
        batch: int = BATCH,
    ) -> None:
        self.store, self.webhooks, self.deliveries = store, webhooks, deliveries
        self.source, self.now, self.batch = source, now, batch
        self.stopped: dict[int, str] = {}
        """Why a log is not followed: an event in it cannot be read."""
        self._seen: Mapping[int, int] = {}
        self._passed: dict[int, int] = {}
        """How far the cursors are at least, as this process has seen them while there was no webhook."""

    def follow(self, *, stopping: Callable[[], bool] = lambda: False) -> int:
        """Make a message of everything recorded by now that somebody wants; return how many were made.

        Which webhooks there are is asked after the ends of the logs: one that was there before
        an event is known when the event is looked at.  An event that cannot be read stops its
        log alone, until `retry`.
        """
        ends = self.store.ends()
        if ends == self._seen:
            return 0
        ids = self.webhooks.ids()
        if not ids:
            self._pass_over(ends)
            self._seen = ends
            return 0
        made, whole = 0, True
        found = self.webhooks.loaded(ids, whole=True)
        for number in sorted(ends.keys() - self.stopped.keys()):
            try:
                made += self._follow(number, ends[number], found, stopping)
            except _Overtaken:
                whole = False
            except UnreadableEvent as error:
                self._stop(number, error)
        if whole and not stopping():
            self._seen = ends
        return made

    def retry(self) -> None:
        """Try events that could not be read once more."""
        if self.stopped:
            self.stopped, self._seen = {}, {}

    def cursor(self, number: int) -> int:
        """Return how far a log was looked through."""
        with self.deliveries.database.read() as connection:
            c = webhook_cursors.c
            question = select(c.number).where(c.log == number)
            return connection.execute(question).scalar_one_or_none() or 0

    def _pass_over(self, ends: Mapping[int, int]) -> None:
        """Move the cursors on where there is no webhook, so that the first one finds little to look through.

        Whoever has moved one meanwhile has moved it as far.
        """
        for number, end in ends.items():
            if end - self._passed.get(number, 0) < IDLE:
                continue
            reached = self.cursor(number)
            if end - reached >= IDLE:
                try:
                    with self.deliveries.database.write() as connection:
                        self._move(connection, number, reached, end)
                    reached = end
                except _Overtaken:
                    reached = self.cursor(number)
            self._passed[number] = reached

    def _follow(self, number: int, end: int, found: Sequence[Webhook], stopping: Callable[[], bool]) -> int:
        reached, made = self.cursor(number), 0
        while reached < end and not stopping():
            stop = min(end, reached + self.batch) if found else end
            made += self._step(number, reached, stop, found)
            reached = stop
        return made

    def _step(self, number: int, after: int, stop: int, found: Sequence[Webhook]) -> int:
        """Make the messages of one batch, and move the cursor with them."""
        configured = CONFIGURED if number == LOG else ()
        topics = [*wanted_topics(found, TOPICS), *configured]
        events = self._events(number, after, stop, topics) if topics else []
        rows = list(self._messages([each for each in events if each[1].TOPIC not in configured], found))
        with self.deliveries.database.write() as connection:
            self._move(connection, number, after, stop)
            for event in (each[1] for each in events if each[1].TOPIC in configured):
                self._configure(connection, event, found)
            return self.deliveries.add(connection, rows)

    def _configure(self, connection: Connection, event: Event, found: Sequence[Webhook]) -> None:
        """Do to the messages of a webhook what follows from what befell it."""
        id = event.originator_id
        match event:
            case WebhookAdded():
                self.deliveries.know(connection, id)
            case WebhookRemoved():
                self.deliveries.forget(connection, id)
            case WebhookDisabled() if any(each.id == id and each.disabled for each in found):
                self.deliveries.give_up(connection, id)
            case _:
                pass

    def _events(self, number: int, after: int, stop: int, topics: Sequence[str]) -> list[tuple[int, Event]]:
        found = self.store.router.log(number).select_notifications(
            after, stop - after, stop, topics, inclusive_of_start=False
        )
        return [(each.id, self.store.decode(each)) for each in found]

    def _stop(self, number: int, error: UnreadableEvent) -> None:
        self.stopped[number] = error.why
        log.error("webhooks_stopped", log=number, case_id=str(error.stored.originator_id), why=error.why)

    def _messages(
        self, events: Sequence[tuple[int, Event]], found: Sequence[Webhook]
    ) -> Iterator[dict[str, object]]:
        heard = [each for each in events if any(_wants(webhook, each[1]) for webhook in found)]
        rows = self._rows(heard)
        for number, event in heard:
            row = rows.get((event.originator_id, event.originator_version))
            wanting = [] if row is None else [each for each in found if _hears(each, event, row)]
            if row is None or not wanting:
                continue
            body, now = told(event, number, row, self.source), self.now()
            for webhook in wanting:
                yield _row(webhook, event, number, body, now)

    def _rows(self, events: Iterable[tuple[int, Event]]) -> dict[tuple[UUID, int], QueueRow]:
        """Return each case as it was at each of *events*, by case and version."""
        wanted: dict[UUID, set[int]] = {}
        for _, event in events:
            wanted.setdefault(event.originator_id, set()).add(event.originator_version)
        found: dict[tuple[UUID, int], QueueRow] = {}
        for id, versions in wanted.items():
            row: QueueRow | None = None
            for number, event in self.store.numbered(id):
                row = queue.evolve(row, event, number)
                if row is not None and event.originator_version in versions:
                    found[id, event.originator_version] = row
        return found

    def _move(self, connection: Connection, number: int, after: int, stop: int) -> None:
        c = webhook_cursors.c
        moved = update(webhook_cursors).where(c.log == number, c.number == after).values(number=stop)
        if connection.execute(moved).rowcount == 1:
            return
        dialect = sqlite if self.deliveries.database.is_sqlite else postgresql
        begun = dialect.insert(webhook_cursors).on_conflict_do_nothing().values(log=number, number=stop)
        if after or connection.execute(begun).rowcount != 1:
            raise _Overtaken


def _wants(webhook: Webhook, event: Event) -> bool:
    """Whether *webhook* was there when *event* was recorded, and is to hear of it in some case."""
    terms, since = webhook.terms, webhook.added_at
    return (
        terms is not None
        and since is not None
        and event.recorded_at >= since
        and terms.want(event.TOPIC)
        and (terms.imports or not is_imported(event))
    )


def _hears(webhook: Webhook, event: Event, row: QueueRow) -> bool:
    """Whether *webhook* is to hear of *event* in the case that *row* shows."""
    return _wants(webhook, event) and webhook.in_force().scope.admits(row)


def _row(webhook: Webhook, event: Event, number: int, body: str, now: datetime) -> dict[str, object]:
    """Return a message as it is kept: while the webhook is disabled it is dead, and can be sent later."""
    off = webhook.disabled is not None
    at = log_of(event.originator_id)
    return {
        "id": delivery_id(webhook.id, position(at, number)),
        "webhook_id": webhook.id,
        "topic": event.TOPIC,
        "case_id": event.originator_id,
        "log": at,
        "number": number,
        "body": body,
        "state": "dead" if off else "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": None if off else now,
        "last_error": "disabled" if off else None,
    }
