"""The other side: the eventsourcing library as it comes, its own mapper, recorder, repository and runner."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from tests.benchmarks.cases import SENTENCES
from tests.benchmarks.crowd import Act

PATIENCE = 120
EVENTS_AT_ONCE = 500
"""With some thousands in one save the library's pipeline and the server wait for each other for ever."""


class Case(Aggregate):
    """A case as a user of the library would write it: received, assigned, and notes."""

    @event("Opened")
    def __init__(self, category: str, name: str, details: str, actor: str, correlation_id: UUID) -> None:
        self.category, self.name, self.details = category, name, details
        self.actor, self.correlation_id = actor, correlation_id
        self.notes = 0

    @event("Assigned")
    def assign(
        self, team: str, assignee: str, actor: str, correlation_id: UUID, occurred_at: datetime
    ) -> None:
        self.team, self.assignee = team, assignee

    @event("Noted")
    def note(self, text: str, actor: str, correlation_id: UUID, occurred_at: datetime) -> None:
        self.notes += 1


class Cases(Application[UUID]):
    name = "cases"


def environment(url: str | None, folder: Path, *, connections: int = 1) -> dict[str, str]:
    """Return the library's settings for the database *url*, or for SQLite in *folder*."""
    if url is None:
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "library.db")}
    address = make_url(url)
    host = address.query.get("host") or address.host or "localhost"
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(address.database),
        "POSTGRES_HOST": str(host),
        "POSTGRES_PORT": str(address.port or 5432),
        "POSTGRES_USER": str(address.username),
        "POSTGRES_PASSWORD": str(address.password or "none is asked for"),
        "POSTGRES_POOL_SIZE": str(connections),
    }


@contextmanager
def application(url: str | None, folder: Path) -> Generator[Cases]:
    """Open the library's application."""
    cases = Cases(env=environment(url, folder))
    try:
        yield cases
    finally:
        cases.close()


def a_case(events: int) -> Case:
    """Return a case that has recorded *events* events."""
    case = Case("withdrawal", "Person Somebody", " ".join(SENTENCES[:4]), "form", uuid4())
    for n in range(events - 1):
        case.note(SENTENCES[n % len(SENTENCES)], "handler-1", uuid4(), datetime.now(UTC))
    return case


def one_of_each() -> dict[str, Any]:
    """Return an event of each kind, by the name that Plaint gives it."""
    case = a_case(2)
    case.assign("complaints", "handler-1", "handler-1", uuid4(), datetime.now(UTC))
    return dict(zip(("received", "noted", "assigned"), case.collect_events(), strict=True))


def store_cases(cases: Cases, number: int, events: int) -> list[UUID]:
    """Store *number* cases of *events* events each, many at once."""
    ids: list[UUID] = []
    at_once = max(1, EVENTS_AT_ONCE // events)
    while len(ids) < number:
        some = [a_case(events) for _ in range(min(at_once, number - len(ids)))]
        cases.save(*some)
        ids += [each.id for each in some]
    return ids


def noting(cases: Cases, ids: Sequence[UUID], actor: str) -> Act:
    """Return the command that writes a note on one case after the other."""
    turns = itertools.cycle(ids)

    def act() -> None:
        case: Case = cases.repository.get(next(turns))
        case.note(SENTENCES[0], actor, uuid4(), datetime.now(UTC))
        cases.save(case)

    return act


def loading(cases: Cases, ids: Sequence[UUID]) -> Act:
    """Return the loading of one case after the other."""
    turns = itertools.cycle(ids)
    return lambda: cases.repository.get(next(turns))


class Counts(PostgresTrackingRecorder):
    """A view that counts events by topic."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.check_identifier_length("counts")
        table = Identifier(self.datastore.schema, "counts")
        create = SQL("CREATE TABLE IF NOT EXISTS {} (topic text PRIMARY KEY, number bigint)").format(table)
        self.sql_create_statements.append(create)
        self._add = SQL(
            "INSERT INTO {0} AS c VALUES (%s, 1) ON CONFLICT (topic) DO UPDATE SET number = c.number + 1"
        ).format(table)
        self._forget = SQL("TRUNCATE {}").format(table)
        # The table of positions has a row of the library's own too, which has to stay.
        self._begin_anew = SQL("DELETE FROM {} WHERE application_name = %s").format(
            Identifier(self.datastore.schema, self.tracking_table_name)
        )

    def add(self, topic: str, tracking: Tracking) -> None:
        """Count one event, once."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._add, (topic,), prepare=True)

    def forget(self) -> None:
        """Begin anew."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._forget)
            cursor.execute(self._begin_anew, (Cases.name,))


class Counting(Projection[Counts]):
    """Counts every event until *target* of them were counted."""

    name = "counting"
    target = 0
    reached = Flag()

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.add(type(domain_event).__name__, tracking)
        if tracking.notification_id >= self.target:
            self.reached.set()


def catch_up(url: str, folder: Path, events: int) -> Act:
    """Return the library's runner counting the *events* events that there are, from the first on."""
    settings = environment(url, folder, connections=3)

    def act() -> None:
        Counting.target = events
        Counting.reached.clear()
        with ProjectionRunner(
            application_class=Cases, projection_class=Counting, view_class=Counts, env=settings
        ) as runner:
            assert Counting.reached.wait(PATIENCE)
            runner.view.forget()

    return act
