"""A read model is built beside the one that is read, compared, switched to, and gone back from."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import bindparam, select, text, update

from adapters import migrations
from adapters.database import Database, Id
from adapters.eventstore.store import CaseStore
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.generations import NoWayBack
from adapters.views.queries import Filter, NotBuilt, Queries
from adapters.views.rebuilding import BuildStopped, rebuild
from adapters.views.tables import CASE_FILE_VIEW, QUEUE_VIEW, VIEWS
from domain.access import Principal, Role
from domain.testing import an_id
from projections.queue import QUEUE
from projections.tokens import TOKENS
from tests.adapters.keys import FixedKeys
from tests.adapters.viewing import LAST, MONTH, NAMES, Desk, everything, reached, spoiled

SUE = Principal(id="sue", role=Role.SUPERVISOR)
NEWER = (replace(QUEUE_VIEW, projection=replace(QUEUE, version=QUEUE.version + 1)), *VIEWS[1:])
SECONDS = 60


@pytest.fixture
def desk(one_log_url: str) -> Generator[Desk]:
    desk = Desk(one_log_url)
    yield desk
    desk.close()


def states(engine: ViewEngine, name: str = "queue") -> dict[str, tuple[str, int]]:
    """Return what each slot of a read model holds, and of which version."""
    return {
        each.slot: (each.state, each.version) for each in engine.generations.all() if each.projection == name
    }


def spoil_a_row(desk: Desk) -> UUID:
    """Have a live row say something else than the log."""
    id = an_id("life 1")
    with desk.database.write() as connection:
        where = (tables.queue.c.id == id, QUEUE_VIEW.live)
        connection.execute(update(tables.queue).where(*where).values(category="tampered"))
    return id


def test_a_rebuild_switches_and_keeps_the_one_before(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()

    done = rebuild(engine, ["queue"])

    assert {name: (each.rows, each.events, each.differences, each.live) for name, each in done.items()} == {
        "queue": (6, LAST, 0, True)
    }
    assert states(engine) == {"a": ("kept", QUEUE.version), "b": ("live", QUEUE.version)}
    assert states(engine, "tokens") == {"a": ("live", TOKENS.version)}


def test_what_is_kept_stands_still_and_catches_up_when_it_is_gone_back_to(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH[:40])
    engine.catch_up()
    rebuild(engine, ["queue"])
    desk.append(MONTH[40:])
    engine.catch_up()
    before = desk.everything()
    kept = [p.number for p in engine.generations.places() if p.projection == "queue" and p.state == "kept"]
    assert kept == [40]

    rebuild(engine, ["queue"], back=True)

    assert states(engine) == {"a": ("live", QUEUE.version), "b": ("kept", QUEUE.version)}
    assert desk.everything() == before


def test_there_is_no_way_back_to_nothing(desk: Desk):
    engine = desk.engine()
    with pytest.raises(NoWayBack, match="no other generation of queue"):
        rebuild(engine, ["queue"], back=True)


def test_there_is_no_way_back_to_rows_of_another_version(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    newer = desk.engine(NEWER)
    newer.catch_up()
    assert states(newer) == {"a": ("kept", QUEUE.version), "b": ("live", QUEUE.version + 1)}

    with pytest.raises(NoWayBack, match=f"one of version {QUEUE.version}"):
        rebuild(newer, ["queue"], back=True)


def test_rows_that_differ_under_the_same_version_are_not_switched_to(desk: Desk):
    """What is read stays; what the log gives is there to be taken."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    right = desk.everything()
    id = spoil_a_row(desk)
    wrong = desk.everything()

    done = rebuild(engine, ["queue"])["queue"]

    assert (done.differences, done.first, done.live) == (1, (id,), False)
    assert desk.everything() == wrong
    rebuild(engine, ["queue"], back=True)
    assert desk.everything() == right


def test_a_counter_that_drifted_is_a_difference(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    with desk.database.write() as connection:
        received = tables.counters.c.metric == "received_by_all"
        connection.execute(update(tables.counters).where(received).values(count=41))

    assert rebuild(engine, ["queue"])["queue"].differences == 2


def test_rows_of_an_older_version_are_not_read_and_are_built_anew(desk: Desk):
    """Until then a question is answered clearly; rows of another meaning are never given."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    before = desk.everything()

    newer = desk.engine(NEWER)
    queries = Queries(desk.database, newer)
    new = tables.live(NEWER[0].projection)
    with desk.database.read() as connection:
        assert connection.execute(select(new)).scalar() is None
    assert newer.unbuilt() == {"queue": "it has still to be built; run a worker or `plaint rebuild`"}
    assert not newer.wait_for("00:0", 0, ["queue"])

    newer.catch_up()

    assert newer.unbuilt() == {}
    assert reached(newer) == dict.fromkeys(NAMES, LAST)
    assert states(newer) == {"a": ("kept", QUEUE.version), "b": ("live", QUEUE.version + 1)}
    with desk.database.read() as connection:
        assert connection.execute(select(new)).scalar() == "b"
        rows = connection.execute(select(tables.queue.c.doc).where(tables.queue.c.slot == "b")).all()
    assert len(rows) == len(before["queue"])
    assert queries.tokens()


def test_an_older_version_of_plaint_reads_nothing_newer_and_leaves_it_alone(desk: Desk):
    """Two that took turns would build for ever."""
    newer = desk.engine(NEWER)
    desk.append(MONTH)
    newer.catch_up()
    older = desk.engine()
    queries = Queries(desk.database, older)

    older.catch_up()

    assert states(older) == {"a": ("live", QUEUE.version + 1)}
    assert older.unbuilt() == {"queue": "a newer version of Plaint has built it; see `plaint rebuild`"}
    for ask in (
        lambda: queries.case(an_id("life 1")),
        lambda: queries.cases(SUE, Filter()),
        lambda: queries.count(SUE, Filter()),
        lambda: queries.counters("queue"),
        lambda: queries.case_by_reference("C-1"),
        lambda: queries.whole(an_id("life 1")),
    ):
        with pytest.raises(NotBuilt, match="queue is being built"):
            ask()


def test_a_build_that_an_event_stops_leaves_what_is_read(desk: Desk):
    """Once the cause is mended, the same command goes on where it stood."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    before = desk.everything()
    broken = desk.engine([spoiled(QUEUE_VIEW, MONTH[60]), *VIEWS[1:]])

    with pytest.raises(BuildStopped, match="queue cannot be built beyond 00:"):
        rebuild(broken, ["queue"])
    assert states(engine) == {"a": ("live", QUEUE.version), "b": ("building", QUEUE.version)}
    assert desk.everything() == before
    begun = [each.started_at for each in engine.generations.all() if each.state == "building"]

    assert rebuild(engine, ["queue"])["queue"].differences == 0
    assert [each.started_at for each in engine.generations.all() if each.slot == "b"] == begun
    assert desk.everything() == before


def test_a_build_that_was_broken_off_is_gone_on_with(desk: Desk):
    engine = desk.engine(batch=10)
    desk.append(MONTH)
    engine.catch_up()
    engine.generations.begin(QUEUE_VIEW, {0: LAST})
    assert engine.step_builds() == 10
    before = [p.number for p in engine.generations.places() if p.state == "building"]

    folded: list[int] = []
    rebuild(engine, ["queue"], folded.append)

    assert before == [10]
    assert folded[0] == 20
    assert states(engine) == {"a": ("kept", QUEUE.version), "b": ("live", QUEUE.version)}


def test_two_rebuilds_at_once_share_one_build(desk: Desk):
    engines = [desk.engine(batch=5) for _ in range(2)]
    desk.append(MONTH)
    engines[0].catch_up()
    before = desk.everything()
    found: list[Any] = []

    def run(engine: ViewEngine) -> None:
        try:
            found.append(rebuild(engine, ["queue"])["queue"].live)
        except BaseException as error:  # noqa: BLE001 - a thread tells what stopped it
            found.append(error)

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert found == [True, True]
    assert desk.everything() == before


def test_readers_see_no_gap_while_everything_is_rebuilt_and_written(desk: Desk):
    """Writers and readers run throughout; in the end what is read is what the log gives."""
    engine, builder = desk.engine(batch=7), desk.engine(batch=7)
    desk.append(MONTH[:60])
    engine.catch_up()
    queries = Queries(desk.database, engine)
    first = {row.id for row in queries.cases(SUE, Filter(), limit=200).rows}
    done, wrong = threading.Event(), list[object]()
    reads = 0

    def read() -> None:
        nonlocal reads
        try:
            while not done.is_set():
                rows = {row.id for row in queries.cases(SUE, Filter(), limit=200).rows}
                count = sum(queries.counters("queue")["received_by_all"].values())
                if not first <= rows or count < len(first):
                    wrong.append((rows, count))
                reads += 1
        except BaseException as error:  # noqa: BLE001 - a thread tells what stopped it
            wrong.append(error)

    def write() -> None:
        try:
            for event in MONTH[60:]:
                desk.append([event])
                engine.catch_up()
        except BaseException as error:  # noqa: BLE001 - a thread tells what stopped it
            wrong.append(error)

    reader, writer = threading.Thread(target=read), threading.Thread(target=write)
    reader.start()
    writer.start()
    rebuilds = [rebuild(builder)]
    while writer.is_alive():
        rebuilds.append(rebuild(builder))
    writer.join(SECONDS)
    done.set()
    reader.join(SECONDS)

    assert wrong == []
    assert reads > 0
    assert {each.differences for done in rebuilds for each in done.values()} <= {0, None}
    engine.catch_up()
    live = desk.everything()
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(VIEWS)
    assert desk.everything() == live


KILLED = """
import os, signal, sys
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views.engine import ViewEngine

database = Database(sys.argv[1])
engine = ViewEngine(database, CaseStore(database), batch=20)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

batches = []
move = engine._move

def third(connection, moves):
    batches.append(moves)
    if len(batches) == 3:
        die()
    move(connection, moves)

engine._move = third
engine.catch_up()
"""


def test_a_process_killed_between_rows_and_cursor_leaves_neither(desk: Desk):
    """Two batches are there whole, the third not at all; who comes after counts nothing twice."""
    engine = desk.engine()
    desk.append(MONTH)

    program = [sys.executable, "-c", KILLED, desk.url]
    killed = subprocess.run(program, check=False, capture_output=True, timeout=SECONDS)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert reached(engine) == dict.fromkeys(NAMES, 40)
    engine.catch_up()
    live = desk.everything()
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(VIEWS)
    assert desk.everything() == live


def test_a_store_of_the_version_before_is_filled_anew_from_its_log(database_url: str):
    """It knew one generation alone; nothing is read until the log has given its rows again."""
    database = Database(database_url)
    migrations.migrate(database, "log")
    store = CaseStore(database, FixedKeys())
    store.events.put(list(MONTH))
    config = migrations._config("views")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "views_0002")
        cursor = "INSERT INTO cursors (projection, log, version, number) VALUES ('case_files', 0, 1, 9)"
        connection.execute(text(cursor))
        row = text("INSERT INTO case_files (id, doc) VALUES (:id, '{}')").bindparams(
            bindparam("id", type_=Id)
        )
        connection.execute(row, {"id": UUID(int=1)})

    with pytest.raises(migrations.OlderDatabase):
        migrations.check(database, "views")
    assert migrations.migrate(database, "views")
    engine = ViewEngine(database, store)
    engine.prepare()
    queries = Queries(database, engine)
    with pytest.raises(NotBuilt):
        queries.cases(SUE, Filter())
    engine.catch_up()

    assert len(queries.cases(SUE, Filter()).rows) == 6
    assert len(everything(database)[CASE_FILE_VIEW.table.name]) == 6
    assert reached(engine) == dict.fromkeys(NAMES, LAST)
    database.close()
