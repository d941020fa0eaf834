"""Logs are opened and never closed, and a case stays in the log that it was born in."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from eventsourcing import persistence
from eventsourcing.persistence import StoredEvent
from sqlalchemy import text, update

from adapters import migrations
from adapters.database import Database
from adapters.eventstore import catalogue
from adapters.eventstore.catalogue import Catalogue, LogsRefused, grow
from adapters.eventstore.receipts import KEEP_RECEIPTS
from adapters.eventstore.router import UnknownLog
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import CATALOGUE, schema_of
from domain.commands import Note
from domain.complaint import Complaint
from domain.errors import LostTheRace
from domain.ids import log_of, new_id
from domain.testing import RECEIVED, asked, received
from tests.adapters.keys import FixedKeys

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(postgres_url: str) -> Generator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


def of_log_0001(database: Database) -> None:
    """Make the database as the first migration left it."""
    config = migrations._config("log")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "log_0001")


def in_log(log: int, name: str = "a") -> Complaint:
    complaint = Complaint(new_id(RECEIVED, name.encode().ljust(10, b"\0"), log=log))
    received()(complaint)
    return complaint


def note(complaint: Complaint) -> None:
    asked(Note(text="Called."), RECEIVED)(complaint)


def opened(database: Database, at: datetime, *logs: int) -> None:
    with database.write() as connection:
        connection.execute(update(CATALOGUE).where(CATALOGUE.c.log.in_(logs)).values(opened_at=at))


def test_a_database_of_one_log_keeps_all_that_it_has(database_url: str):
    """And gets as many as a new one; what is added to an old case goes where the case is."""
    database = Database(database_url)
    of_log_0001(database)
    events = "events" if database.is_sqlite else "log_00.events"
    head = "head" if database.is_sqlite else "log_00.head"
    cases = [in_log(0, name) for name in "abc"]
    mapper = CaseStore(database, FixedKeys()).events_mapper
    before = [event for each in cases for event in each.collect_events()]
    with database.driver_write() as connection:
        mark = "?" if database.is_sqlite else "%s"
        for number, event in enumerate(before, 1):
            stored = mapper.to_stored_event(event)
            id = event.originator_id.bytes if database.is_sqlite else event.originator_id
            row = (number, id, stored.originator_version, stored.topic, stored.state)
            connection.execute(f"INSERT INTO {events} VALUES ({', '.join([mark] * 5)})", row)
        connection.execute(f"UPDATE {head} SET last = {len(before)}")
    with pytest.raises(migrations.OlderDatabase):
        migrations.check(database, "log")

    assert migrations.migrate(database, "log")
    store = CaseStore(database, FixedKeys())

    assert store.logs == ((0,) if database.is_sqlite else tuple(range(16)))
    assert [number for number, _ in store.everything()] == [*range(1, len(before) + 1)]
    assert [event for each in cases for event in store.history(each.id)] == before
    loaded = store.load(Complaint, cases[0].id)
    assert loaded is not None
    note(loaded)
    assert store.append(loaded) == f"00:{len(before) + 1}"
    database.close()


@pytest.mark.parametrize(("logs", "there"), [(None, 16), (1, 1), (5, 5), (256, 256)])
def test_a_new_database_gets_as_many_logs_as_were_asked_for(database: Database, logs: int | None, there: int):
    migrations.migrate(database, "log", logs=logs)

    assert CaseStore(database, FixedKeys()).logs == tuple(range(there))
    assert not migrations.migrate(database, "log", logs=3)
    assert CaseStore(database, FixedKeys()).logs == tuple(range(there))


def test_sqlite_has_one_log(tmp_path_factory: pytest.TempPathFactory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('one') / 'log.db'}")
    migrations.migrate(database, "log", logs=16)

    assert CaseStore(database, FixedKeys()).logs == (0,)
    assert grow(database, 1, NOON) == 0
    with pytest.raises(LogsRefused, match="A store on SQLite has one log"):
        grow(database, 2, NOON)
    database.close()


def test_logs_are_added_and_never_taken_away(database: Database):
    migrations.migrate(database, "log", logs=2)
    store = CaseStore(database, FixedKeys())
    store.append(in_log(1))

    assert grow(database, 4, NOON) == 2
    assert grow(database, 4, NOON) == 0
    with pytest.raises(LogsRefused, match=r"The store has 4 logs and never gives one up; name 4 or more\."):
        grow(database, 3, NOON)
    with pytest.raises(LogsRefused, match="at most 256"):
        grow(database, 257, NOON)

    assert CaseStore(database, FixedKeys()).ends() == {0: 0, 1: 3, 2: 0, 3: 0}


def test_a_log_that_cannot_be_opened_leaves_none_half_open(database: Database):
    migrations.migrate(database, "log", logs=2)
    with database.write() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema_of(3)}"))

    with pytest.raises(Exception, match="log_03"):
        grow(database, 4, NOON)

    assert CaseStore(database, FixedKeys()).logs == (0, 1)


def test_two_that_add_logs_at_once_add_them_once(database: Database):
    migrations.migrate(database, "log", logs=1)

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(grow, [database] * 4, [6] * 4, [NOON] * 4))

    assert sorted(added) == [0, 0, 0, 5]


def test_a_case_in_a_new_log_is_found_by_who_knew_fewer(database: Database, monkeypatch: pytest.MonkeyPatch):
    """A process hears of new logs by itself, at once when it is asked for one."""
    migrations.migrate(database, "log", logs=1)
    old = CaseStore(database, FixedKeys())
    assert old.logs == (0,)
    grow(database, 2, NOON)
    case = in_log(1)
    CaseStore(database, FixedKeys()).append(case)

    monkeypatch.setattr(catalogue, "AGAIN", 0.0)

    assert old.position_of(case.id) == "01:3"
    assert old.logs == (0, 1)


def test_a_case_of_no_log_is_nobody(database: Database):
    migrations.migrate(database, "log", logs=2)
    store, case = CaseStore(database, FixedKeys()), in_log(7)

    assert (store.load(Complaint, case.id), store.history(case.id), store.numbered(case.id)) == (None, [], [])
    assert (store.position_of(case.id), store.known([case.id])) == (None, set())
    with pytest.raises(UnknownLog):
        store.append(in_log(1), case)
    assert store.count() == 0


def test_what_touches_several_logs_is_stored_in_all_or_none(database: Database):
    """And answered with its place in each; every log counts for itself."""
    migrations.migrate(database, "log", logs=4)
    store = CaseStore(database, FixedKeys())
    cases = [in_log(log) for log in (3, 0, 1)]

    assert store.append(*cases) == "00:3,01:3,03:3"
    assert store.ends() == {0: 3, 1: 3, 2: 0, 3: 3}
    first, again = store.load(Complaint, cases[2].id), store.load(Complaint, cases[2].id)
    assert first is not None
    assert again is not None
    note(first)
    note(again)
    note(cases[0])
    store.append(first)
    with pytest.raises(LostTheRace):
        store.append(cases[0], again)

    assert store.ends() == {0: 3, 1: 4, 2: 0, 3: 3}
    assert store.known([each.id for each in cases]) == {each.id for each in cases}
    assert set(store.load_cases([each.id for each in cases])) == {each.id for each in cases}


def test_many_events_lose_the_race_by_the_same_name(database: Database):
    """Also those that are copied in bulk, beside a log where nothing is wrong."""
    migrations.migrate(database, "log", logs=2)
    store = CaseStore(database, FixedKeys())
    store.append(in_log(0))
    many = in_log(0)
    for _ in range(30):
        note(many)

    with pytest.raises(LostTheRace):
        store.append(in_log(1), many)

    assert store.ends() == {0: 3, 1: 0}


def test_the_library_sees_the_whole(database: Database):
    """Its repository loads from every log; its notification log is one log's business."""
    migrations.migrate(database, "log", logs=4)
    store = CaseStore(database, FixedKeys())
    cases = [in_log(log, "x") for log in range(4)]

    library: Any = store
    recordings = library.save(*cases)
    loaded = [library.repository.get(each.id, projector_func=Complaint.replay) for each in cases]

    assert [each.notification.id for each in recordings] == [1, 2, 3] * 4
    assert [vars(each) for each in loaded] == [vars(store.load(Complaint, each.id)) for each in cases]
    for ask in (
        lambda: store.recorder.select_notifications(1, 10),
        store.recorder.max_notification_id,
        store.recorder.subscribe,
    ):
        with pytest.raises(persistence.NotSupportedError):
            ask()


def test_a_store_follows_each_log_by_itself(database: Database):
    migrations.migrate(database, "log", logs=3)
    store = CaseStore(database, FixedKeys())
    store.append(in_log(2))
    store.append(in_log(0, "b"))

    assert [each.id for each in store.notifications(2, 1, 10, stop=2)] == [2]
    assert list(store.notifications(1, 0, 10)) == []
    everything = [(log_of(event.originator_id), number) for number, event in store.everything({2: 2})]
    assert everything == [(0, 1), (0, 2), (0, 3), (2, 3)]


def test_a_new_case_belongs_where_its_hash_says(database: Database):
    """After growth also where the former size had said, for as long as receipts are kept."""
    migrations.migrate(database, "log", logs=2)
    opened(database, NOON - timedelta(days=90), 0, 1)
    assert [Catalogue(database).homes(bytes([n]), NOON) for n in range(4)] == [(0,), (1,), (0,), (1,)]
    grow(database, 4, NOON)

    for now in (NOON, NOON + KEEP_RECEIPTS - timedelta(microseconds=1)):
        homes = [Catalogue(database).homes(bytes([n]), now) for n in range(5)]
        assert homes == [(0,), (1,), (2, 0), (3, 1), (0,)]
    later = [Catalogue(database).homes(bytes([n]), NOON + KEEP_RECEIPTS) for n in range(5)]
    assert later == [(0,), (1,), (2,), (3,), (0,)]


def test_a_stored_event_says_which_log_it_is_in(database: Database):
    """By its identifier alone, whatever else is in the same append."""
    migrations.migrate(database, "log", logs=2)
    store = CaseStore(database, FixedKeys())
    ids = [new_id(NOON, b"0123456789", log=log) for log in (1, 0)]
    mixed = [StoredEvent(ids[turn % 2], turn // 2 + 1, "probe", b"{}") for turn in range(6)]

    assert store.recorder.insert_events(mixed) == [1, 1, 2, 2, 3, 3]
    assert [event.originator_version for event in store.recorder.select_events(ids[1], gt=1)] == [2, 3]
