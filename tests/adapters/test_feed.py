"""Who waits is woken: in the process, across processes, and by looking where nobody tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import LiteralString

import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from adapters import feed as module
from adapters import migrations
from adapters.database import Database
from adapters.eventstore.catalogue import grow
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import positions
from adapters.feed import Feed, Signal
from adapters.views.engine import ViewEngine
from adapters.views.rebuilding import rebuild
from adapters.worker import Worker
from tests.adapters.keys import FixedKeys
from tests.adapters.viewing import LAST, MONTH, NAMES, Desk, everything, reached

SECONDS = 60


@pytest.fixture
def desk(one_log_url: str) -> Generator[Desk]:
    desk = Desk(one_log_url)
    yield desk
    desk.close()


@pytest.fixture
def stack() -> Generator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def soon(reached: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def started(stack: ExitStack, url: str, *, listening: bool = True) -> Feed:
    database = Database(url)
    stack.callback(database.close)
    feed = Feed(database, listening=listening)
    feed.start()
    stack.callback(feed.stop)
    return feed


def test_a_signal_that_came_before_the_wait_is_not_missed():
    signal = Signal()
    seen = signal.count
    signal.send()

    assert signal.wait(seen, 0)
    assert not signal.wait(signal.count, 0)


def test_processes_tell_each_other(postgres_url: str, stack: ExitStack):
    one, other = started(stack, postgres_url), started(stack, postgres_url)
    assert soon(lambda: other.moved.count > 0 and one.moved.count > 0)
    recorded, moved = other.recorded.count, other.moved.count

    one.recorded.send()

    assert other.recorded.wait(recorded, SECONDS)
    assert other.moved.count == moved
    one.moved.send()
    assert other.moved.wait(moved, SECONDS)


def test_a_burst_is_told_a_few_times(postgres_url: str, stack: ExitStack, monkeypatch: pytest.MonkeyPatch):
    """What comes within a pause is one notification; the last one of a burst is always told."""
    monkeypatch.setattr(module, "PAUSE", 0.5)
    one, other = started(stack, postgres_url), started(stack, postgres_url)
    assert soon(lambda: other.recorded.count > 0)
    before = other.recorded.count

    for _ in range(1_000):
        one.recorded.send()

    assert soon(lambda: other.recorded.count > before)
    told = other.recorded.count
    one.recorded.send()
    assert other.recorded.wait(told, SECONDS)
    assert other.recorded.count - before < 20


def test_a_listener_that_was_cut_off_listens_again(postgres_url: str, stack: ExitStack):
    """And looks by itself at once: what was told meanwhile is lost."""
    one, other = started(stack, postgres_url), started(stack, postgres_url)
    database = Database(postgres_url)
    stack.callback(database.close)
    assert soon(lambda: other.recorded.count > 0)
    before = other.recorded.count
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with database.write() as connection:
        connection.execute(text(others))

    assert other.recorded.wait(before, SECONDS)

    def told() -> bool:
        seen = other.recorded.count
        one.recorded.send()
        return other.recorded.wait(seen, 1)

    assert soon(told)


def test_nobody_depends_on_being_told(desk: Desk, stack: ExitStack):
    """With the listeners off a worker still follows what another process records, and readers see it."""
    worker_feed, reader_feed = (started(stack, desk.url, listening=False) for _ in range(2))
    worker = Worker(desk.engine(), worker_feed.recorded)
    reader = ViewEngine(desk.database, desk.store, moved=reader_feed.moved)
    worker.start()
    stack.callback(worker.stop)

    desk.append(MONTH)

    assert reader.wait_for({0: LAST}, SECONDS, NAMES)


def test_a_worker_stops_within_seconds_in_the_middle_of_a_long_catch_up(desk: Desk):
    engine = desk.engine(batch=1)
    desk.append(MONTH)
    worker = Worker(engine, Signal())
    worker.start()
    assert soon(lambda: any(reached(engine).values()))

    began = time.monotonic()
    worker.stop()

    assert time.monotonic() - began < 5
    assert not worker._thread.is_alive()
    stopped = reached(engine)
    assert 0 < min(stopped.values()) <= LAST
    engine.catch_up()
    assert reached(engine) == dict.fromkeys(NAMES, LAST)


def test_a_worker_goes_on_when_the_database_comes_back(postgres_url: str, stack: ExitStack):
    """Every connection is cut and none is let in; after that the worker follows by itself."""
    desk = Desk(postgres_url)
    stack.callback(desk.close)
    feed = started(stack, postgres_url)
    worker = Worker(desk.engine(), feed.recorded)
    worker.start()
    stack.callback(worker.stop)
    desk.append(MONTH[:50])
    assert desk.engine().wait_for({0: 50}, SECONDS, NAMES)

    with gone(postgres_url):
        time.sleep(1)  # the time the fault lasts, not a wait for something

    desk.append(MONTH[50:])
    assert desk.engine().wait_for({0: LAST}, SECONDS, NAMES)
    live = desk.everything()
    rebuild(desk.engine())
    assert desk.everything() == live


def test_a_log_restored_beneath_a_worker_is_told_and_followed_again_after_a_rebuild(
    postgres_url: str, stack: ExitStack
):
    """What comes next has numbers that were seen: nothing of it may be passed over as if it had been folded."""
    desk = Desk(postgres_url)
    stack.callback(desk.close)
    worker = Worker(desk.engine(), Signal())
    desk.append(MONTH[:50])
    desk.engine().catch_up()
    with desk.database.write() as connection:
        connection.execute(text("DELETE FROM log_00.events WHERE number > 40"))
        connection.execute(text("UPDATE log_00.head SET last = 40"))

    with capture_logs() as logs:
        worker.start()
        stack.callback(worker.stop)
        assert soon(lambda: any(line["event"] == "read_models_ahead_of_the_log" for line in logs))
        desk.append(MONTH[40:45])
    assert "the log ends at 00:40: an older log was restored. Run `plaint rebuild`." in logs[0]["remedy"]
    assert reached(desk.engine()) == dict.fromkeys(NAMES, 50)

    rebuild(desk.engine())
    desk.append(MONTH[45:])
    assert desk.engine().wait_for({0: LAST}, SECONDS, NAMES)
    live = desk.everything()
    rebuild(desk.engine())
    assert desk.everything() == live


def gone(url: str) -> ExitStack:
    """Shut a database, and open it at the end."""
    name = make_url(url).database or ""
    outside = Database(make_url(url).set(database="postgres").render_as_string(hide_password=False))
    stack = ExitStack()
    stack.callback(outside.close)

    def run(statement: LiteralString) -> None:
        query = sql.SQL(statement).format(sql.Identifier(name), sql.Literal(name)).as_string(None)
        with outside.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(query)

    run("ALTER DATABASE {0} ALLOW_CONNECTIONS false")
    stack.callback(run, "ALTER DATABASE {0} ALLOW_CONNECTIONS true")
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {1}")
    return stack


@pytest.fixture
def many(postgres_url: str) -> Generator[tuple[Database, CaseStore]]:
    """A store of two logs."""
    database = Database(postgres_url)
    for branch in migrations.BRANCHES:
        migrations.migrate(database, branch, logs=2)
    yield database, CaseStore(database, FixedKeys())
    database.close()


def spread(store: CaseStore) -> dict[int, int]:
    """Store the month, its cases in turn in one log and the other; return where the logs end."""
    streams = list(dict.fromkeys(event.originator_id for event in MONTH))
    for event in MONTH:
        stored = store.events_mapper.to_stored_event(event)
        store.router.log(streams.index(event.originator_id) % 2).insert_events([stored])
    return store.ends()


def test_logs_are_followed_apart_and_give_the_rows_of_one(many: tuple[Database, CaseStore]):
    """Two processes share them; positions in several logs are waited for together."""
    database, store = many
    engines = [ViewEngine(database, store, batch=5) for _ in range(2)]
    engines[0].prepare()
    ends = spread(store)
    assert all(ends.values())
    threads = [threading.Thread(target=engine.catch_up) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    engines[0].catch_up()

    assert engines[0].cursors() == dict.fromkeys(NAMES, ends)
    assert engines[0].wait_for(positions(ends), 0, NAMES)
    assert not engines[0].wait_for({0: 1, 1: ends[1] + 1}, 0, NAMES)
    live = everything(database)
    assert [each.differences for each in rebuild(engines[1]).values()] == [0] * len(NAMES)
    assert everything(database) == live
    assert [row[1:] for row in live["cursors"]] == [(log, ends[log], None, None) for log in (0, 1)] * len(
        NAMES
    )


def test_a_log_that_joins_later_is_followed_from_its_beginning(postgres_url: str):
    database = Database(postgres_url)
    for branch in migrations.BRANCHES:
        migrations.migrate(database, branch, logs=1)
    store = CaseStore(database, FixedKeys())
    engine = ViewEngine(database, store)
    engine.prepare()
    store.events.put(list(MONTH[:10]))
    engine.catch_up()
    assert engine.cursors() == {key: {0: 10} for key in NAMES}

    grow(database, 2, MONTH[-1].recorded_at)
    store = CaseStore(database, FixedKeys())
    store.router.log(1).insert_events([store.events_mapper.to_stored_event(MONTH[-1])])
    engine = ViewEngine(database, store)
    engine.catch_up()

    assert engine.cursors() == {key: {0: 10, 1: 1} for key in NAMES}
    database.close()


def test_a_poisoned_log_does_not_stop_the_others(many: tuple[Database, CaseStore]):
    database, store = many
    engine = ViewEngine(database, store)
    engine.prepare()
    stored = store.events_mapper.to_stored_event(MONTH[-1])
    store.router.log(1).insert_events([type(stored)(stored.originator_id, 1, "complaint.foretold", b"{}")])
    store.events.put(list(MONTH))

    engine.catch_up()

    assert engine.cursors() == {key: {0: LAST, 1: 0} for key in NAMES}
    assert set(engine.stopped()) == set(NAMES)
    assert all(said.startswith("01:1: ") for said in engine.stopped().values())


def test_a_process_leaves_a_log_that_another_works_on_alone(many: tuple[Database, CaseStore]):
    """Its cursors are locked; the other log is followed meanwhile."""
    database, store = many
    engine = ViewEngine(database, store)
    engine.prepare()
    ends = spread(store)
    with database.write() as connection:
        connection.execute(text("SELECT 1 FROM cursors WHERE log = 0 FOR UPDATE"))
        engine.catch_up()
        assert engine.cursors() == {key: {0: 0, 1: ends[1]} for key in NAMES}
    engine.catch_up()
    assert engine.cursors() == dict.fromkeys(NAMES, ends)
