"""The engine that keeps read models up to date.

It loads the rows that a batch of events touches, folds in memory, and saves rows,
counter changes and cursors in one transaction: after a crash a batch is there whole
or not at all, and whoever reads several read models at once sees them agree.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from threading import Condition, Lock
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.persistence import Notification
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Database
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.store import LOG, CaseStore
from adapters.eventstore.tables import position
from adapters.views import tables
from adapters.views.tables import VIEWS, View
from domain.kernel import Event
from projections.projection import CounterKey

log = structlog.get_logger()

BATCH = 500
"""Events a transaction: beyond this the gain is small and readers wait longer."""
KEYS_AT_ONCE = 500
LOOK_AGAIN = 0.05
"""Seconds between two looks at cursors that another process moves."""


class AheadOfTheLog(Exception):
    """A read model has seen events that the log does not have."""

    def __init__(self, projection: str, number: int, last: int) -> None:
        super().__init__(
            f"The read model {projection} is at {position(LOG, number)}, but the log ends at "
            f"{position(LOG, last)}: an older log was restored. Run `plaint rebuild`."
        )


class ViewEngine:
    """Follows the log; every read model has a cursor of its own."""

    def __init__(
        self, database: Database, store: CaseStore, views: Sequence[View] = VIEWS, *, batch: int = BATCH
    ) -> None:
        self.database, self.store, self.views, self.batch = database, store, views, batch
        self._moved = Condition()
        self._one_at_a_time = Lock()
        self._dialect = sqlite if database.is_sqlite else postgresql

    def prepare(self) -> None:
        """Give every read model its cursor; one of another version starts anew."""
        for view in self.views:
            with self.database.write() as connection:
                cursor = self._cursor(connection, view)
                if cursor is None or cursor.version != view.projection.version:
                    self._empty(connection, view)

    def refuse_if_ahead(self) -> None:
        """Raise AheadOfTheLog when a cursor points beyond the end of the log."""
        last = self.store.count()
        for name, number in self.cursors().items():
            if number > last:
                raise AheadOfTheLog(name, number, last)

    def cursors(self) -> dict[str, int]:
        """Return how far each read model has come."""
        query = select(tables.cursors.c.projection, tables.cursors.c.number)
        with self.database.read() as connection:
            return {row.projection: row.number for row in connection.execute(query)}

    def stopped(self) -> dict[str, str]:
        """Return the read models that an event has stopped, with its position and what is wrong."""
        table = tables.cursors
        query = select(table).where(table.c.stopped_at.is_not(None))
        with self.database.read() as connection:
            return {
                row.projection: f"{row.stopped_at}: {row.stopped_because}"
                for row in connection.execute(query)
            }

    def catch_up(self, progress: Callable[[int], object] | None = None) -> int:
        """Fold every event that is stored by now; return how many were new to some read model.

        *progress* is told after each batch how many there were so far.
        """
        with self._one_at_a_time:
            seen = 0
            while moved := self._batch():
                seen += moved
                if progress is not None:
                    progress(seen)
        return seen

    def wait_for(self, number: int, seconds: float, names: Iterable[str]) -> bool:
        """Wait until the named read models have reached *number*; say whether they have.

        Another process may move the cursors, so they are looked at again and again.
        """
        wanted, end = set(names), time.monotonic() + seconds
        while True:
            cursors = self.cursors()
            if all(cursors.get(name, 0) >= number for name in wanted):
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            with self._moved:
                self._moved.wait(min(left, LOOK_AGAIN))

    def rebuild(self, names: Iterable[str] = (), progress: Callable[[int], object] | None = None) -> None:
        """Throw the named read models away (default: all) and fold the log again."""
        wanted = set(names) or {view.projection.name for view in self.views}
        for view in self.views:
            if view.projection.name in wanted:
                with self.database.write() as connection:
                    self._empty(connection, view)
        self.catch_up(progress)

    def _batch(self) -> int:
        cursors = self.cursors()
        stopped = self.stopped()
        following = [view for view in self.views if view.projection.name not in stopped]
        if not following:
            return 0
        after = min(cursors.get(view.projection.name, 0) for view in following)
        notifications = self.store.notifications(LOG, after, self.batch)
        if not notifications:
            return 0
        events, unreadable = self._decode(notifications)
        with self.database.write() as connection:
            moved = [self._advance(connection, view, after, events, unreadable) for view in following]
        with self._moved:
            self._moved.notify_all()
        return len(notifications) if any(moved) else 0

    def _decode(
        self, notifications: Sequence[Notification]
    ) -> tuple[list[tuple[int, Event]], tuple[int, str] | None]:
        events: list[tuple[int, Event]] = []
        for notification in notifications:
            try:
                events.append((notification.id, self.store.decode(notification)))
            except UnreadableEvent as error:
                return events, (notification.id, error.why)
        return events, None

    def _advance(
        self,
        connection: Connection,
        view: View,
        after: int,
        events: Sequence[tuple[int, Event]],
        unreadable: tuple[int, str] | None,
    ) -> bool:
        """Fold *events*, those beyond number *after*, into *view*; say whether there is more to do."""
        cursor = self._cursor(connection, view)
        if cursor is None or cursor.stopped_at is not None:
            return False
        if cursor.number < after:
            # Somebody began to rebuild it after this batch was read.
            return True
        if unreadable is not None and unreadable[0] <= cursor.number:
            unreadable = None
        fresh = [(number, event) for number, event in events if number > cursor.number]
        reached, poison = self._fold(connection, view, fresh)
        reached = reached or cursor.number
        self._move(connection, view, reached, poison or unreadable)
        return reached > cursor.number

    def _fold(
        self, connection: Connection, view: View, events: Sequence[tuple[int, Event]]
    ) -> tuple[int, tuple[int, str] | None]:
        """Fold and save *events*; return the last number folded and the event that stopped it."""
        projection = view.projection
        mine = [(n, event) for n, event in events if event.TOPIC in projection.topics]
        keys = dict.fromkeys(projection.key(event) for _, event in mine)
        before = self._load(connection, view, list(keys))
        after: dict[UUID, Any] = dict(before)
        reached, poison = (events[-1][0] if events else 0), None
        for number, event in mine:
            try:
                after[projection.key(event)] = projection.evolve(
                    after.get(projection.key(event)), event, number
                )
            except Exception as error:  # noqa: BLE001 - whatever is wrong stops this read model alone
                why = type(error).__name__
                reached, poison = number - 1, (number, why)
                where = position(LOG, number)
                log.error("read_model_stopped", projection=projection.name, position=where, error=why)  # noqa: TRY400 - a traceback may quote a person
                break
        self._save(connection, view, before, after)
        return reached, poison

    def _load(self, connection: Connection, view: View, keys: list[UUID]) -> dict[UUID, Any]:
        rows: dict[UUID, Any] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            query = select(view.table.c.id, view.table.c.doc).where(view.table.c.id.in_(some))
            rows |= {row.id: view.loaded(row.doc) for row in connection.execute(query)}
        return rows

    def _save(
        self, connection: Connection, view: View, before: dict[UUID, Any], after: dict[UUID, Any]
    ) -> None:
        gone = [key for key, row in after.items() if row is None and key in before]
        moved = [row for key, row in after.items() if row is not None and row is not before.get(key)]
        changed = [view.stored(row) for row in moved]
        change: Counter[CounterKey] = Counter()
        for key, row in after.items():
            change.update(view.projection.delta(before.get(key), row))
        if gone:
            connection.execute(delete(view.table).where(view.table.c.id.in_(gone)))
        if changed:
            statement = self._dialect.insert(view.table)
            new = {name: statement.excluded[name] for name in changed[0] if name != "id"}
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=new), changed)
        self._count(connection, view, change)

    def _count(self, connection: Connection, view: View, change: Counter[CounterKey]) -> None:
        moved = [
            {"projection": view.projection.name, "metric": metric, "value": value, "count": count}
            for (metric, value), count in sorted(change.items())
            if count
        ]
        if not moved:
            return
        table = tables.counters
        statement = self._dialect.insert(table)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["projection", "metric", "value"],
                set_={"count": table.c.count + statement.excluded.count},
            ),
            moved,
        )

    def _cursor(self, connection: Connection, view: View) -> Any:
        table = tables.cursors
        query = select(table).where(table.c.projection == view.projection.name, table.c.log == LOG)
        return connection.execute(query.with_for_update()).one_or_none()

    def _move(self, connection: Connection, view: View, number: int, poison: tuple[int, str] | None) -> None:
        table = tables.cursors
        where = (table.c.projection == view.projection.name) & (table.c.log == LOG)
        values: dict[str, object] = {"number": number}
        if poison is not None:
            values |= {"stopped_at": position(LOG, poison[0]), "stopped_because": poison[1]}
        connection.execute(update(table).where(where).values(values))

    def _empty(self, connection: Connection, view: View) -> None:
        name = view.projection.name
        connection.execute(delete(view.table))
        connection.execute(delete(tables.counters).where(tables.counters.c.projection == name))
        connection.execute(delete(tables.cursors).where(tables.cursors.c.projection == name))
        version = view.projection.version
        cursor = {"projection": name, "log": LOG, "version": version, "number": 0}
        # Another process that starts at the same time may have put it there.
        connection.execute(self._dialect.insert(tables.cursors).on_conflict_do_nothing(), [cursor])
