"""A row that several logs are folded into says the same whichever process saves it last."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views.engine import ViewEngine
from adapters.views.rebuilding import rebuild
from adapters.views.rows import Rows
from adapters.views.tables import TURNS_VIEW
from domain.complaint.events import Assigned
from domain.testing import an_id
from projections.loads import TurnRow, turn_id
from tests.adapters import postgres
from tests.adapters.keys import FixedKeys
from tests.conftest import make_tables
from tests.golden.facts import HEADER

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def turn(at: datetime, of: str = "anna") -> TurnRow:
    return TurnRow(id=turn_id(of), assignee=of, last_at=at)


def kept(database: Database) -> list[TurnRow]:
    with database.read() as connection:
        docs = connection.execute(select(TURNS_VIEW.table.c.doc)).scalars()
        return [TURNS_VIEW.loaded(doc) for doc in docs]


@pytest.fixture
def database(tables_url: str) -> Generator[Database]:
    database = Database(tables_url)
    yield database
    database.close()


@pytest.mark.parametrize(
    "instants",
    list(permutations([NOON, NOON + timedelta(microseconds=100_000), NOON + timedelta(seconds=1)])),
    ids=lambda order: " ".join(format(each, "%S.%f") for each in order),
)
def test_the_latest_instant_stays_in_whatever_order_they_are_saved(
    database: Database, instants: Iterable[datetime]
):
    """Each is saved by a transaction that had not seen the others; somebody else's turn is their own."""
    for at in instants:
        with database.write() as connection:
            Rows(connection, TURNS_VIEW, "a").save([turn(at), turn(at, "ben")])

    latest = NOON + timedelta(seconds=1)
    assert sorted(kept(database), key=lambda row: row.assignee) == [turn(latest), turn(latest, "ben")]


def an_assignment(log: int, at: datetime) -> Assigned:
    case: UUID = an_id(f"case of log {log}")
    facts: dict[str, Any] = {"originator_id": case, "originator_version": 1, "recorded_at": at}
    return Assigned.model_validate(HEADER | facts | {"team": "payments", "assignee": "anna"})


def assign(store: CaseStore, log: int, at: datetime) -> None:
    store.router.log(log).insert_events([store.events_mapper.to_stored_event(an_assignment(log, at))])


def test_two_processes_that_fold_different_logs_keep_the_later_turn(postgres_server: postgres.Server):
    """The second begins and ends between the look of the first and its saving."""
    template = postgres_server.template("three-logs", lambda url: make_tables(url, logs=3))
    with postgres_server.database(template) as url:
        database, other = Database(url), Database(url)
        store, theirs = CaseStore(database, FixedKeys()), CaseStore(other, FixedKeys())
        second = ViewEngine(other, theirs, [TURNS_VIEW])
        overtaken: list[bool] = []

        class Overtaken(Rows):
            def save(self, rows: Iterable[Any]) -> None:
                if not overtaken:
                    overtaken.append(True)
                    assign(theirs, 2, NOON + timedelta(minutes=5))
                    assert second.catch_up() == 1
                super().save(rows)

        first = ViewEngine(database, store, [TURNS_VIEW], rows=Overtaken)
        first.prepare()
        assign(store, 1, NOON)
        first.catch_up()

        assert overtaken
        assert kept(database) == [turn(NOON + timedelta(minutes=5))]
        assert [each.differences for each in rebuild(second).values()] == [0]
        database.close()
        other.close()
