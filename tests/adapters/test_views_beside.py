"""On SQLite a read model is built beside what is read, without its indexes, and never read without them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text

from adapters import migrations
from adapters.database import Database
from adapters.views import beside, tables
from adapters.views.beside import Beside
from adapters.views.engine import ViewEngine
from adapters.views.queries import Filter, NotBuilt, Queries
from adapters.views.rebuilding import rebuild
from adapters.views.tables import QUEUE_VIEW, VIEWS, View
from domain.access import Principal, Role
from projections.queue import QUEUE
from tests.adapters.viewing import LAST, MONTH, NAMES, Desk, reached

SUE = Principal(id="sue", role=Role.SUPERVISOR)
NEWER = (replace(QUEUE_VIEW, projection=replace(QUEUE, version=QUEUE.version + 1)), *VIEWS[1:])
SECONDS = 60
QUEUES_OWN = {str(each.name) for each in tables.queue.indexes}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Desk]:
    """A desk on SQLite to which a month is many events."""
    monkeypatch.setattr(beside, "MANY", LAST)
    desk = Desk(f"sqlite:///{tmp_path}/desk.db")
    yield desk
    desk.close()


def indexes(desk: Desk, *, aside: bool = False) -> dict[str, str]:
    """Return what every index of what is read consists of, or of what lies beside, by one name for both."""
    with desk.database.read() as connection:
        query = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {
            row.name.removesuffix("_2"): row.sql[row.sql.index("(") :]
            for row in connection.execute(query)
            if row.tbl_name.endswith("_beside") == aside
        }


def lies(desk: Desk) -> tuple[set[str], set[str]]:
    """Return which slots of the queue there are in the table that is read, and in the one beside it."""
    with desk.database.read() as connection:
        here, there = (
            connection.exec_driver_sql(f"SELECT DISTINCT slot FROM {table}").scalars().all()
            for table in ("queue", "queue_beside")
        )
        return set(here), set(there)


def state(engine: ViewEngine, name: str = "queue") -> dict[str, str]:
    return {each.slot: each.state for each in engine.generations.all() if each.projection == name}


def nothing_is_made(_self: Beside, _view: View) -> None:
    """Stand in for `Beside.complete`."""


def begun(desk: Desk) -> ViewEngine:
    """Return an engine that has begun to build every read model, and has folded some of the month."""
    desk.append(MONTH)
    engine = desk.engine(batch=50)
    for view in VIEWS:
        engine.generations.begin(view, engine.store.ends(), kept=True)
    assert engine.step_builds() == 50
    return engine


def test_what_nobody_can_read_is_built_first_and_indexed_then(desk: Desk):
    """Meanwhile a question is refused; afterwards every index is as the migrations made it."""
    before = indexes(desk)
    engine = begun(desk)

    assert indexes(desk) == before
    assert indexes(desk, aside=True) == {}
    with pytest.raises(NotBuilt):
        Queries(desk.database, engine).cases(SUE, Filter())

    engine.catch_up()

    assert indexes(desk) == before
    assert reached(engine) == dict.fromkeys(NAMES, LAST)
    assert len(Queries(desk.database, engine).cases(SUE, Filter()).rows) == 6


def test_an_empty_slot_of_a_log_with_many_events_is_built_before_it_is_read(desk: Desk):
    """It says of the log no more than one that is missing."""
    first = desk.engine()
    desk.append(MONTH)

    engine = desk.engine()

    assert state(first) == {"a": "building"}
    assert indexes(desk, aside=True) == {}
    engine.catch_up()
    assert state(engine) == {"a": "live"}
    assert indexes(desk).keys() >= QUEUES_OWN
    assert reached(engine) == dict.fromkeys(NAMES, LAST)


def test_few_events_are_folded_where_they_are_read(desk: Desk):
    desk.engine()
    desk.append(MONTH[:-1])

    engine = desk.engine()

    assert state(engine) == {"a": "live"}


def test_a_slot_in_which_something_was_folded_goes_on_being_read(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH[:1])
    engine.catch_up()
    desk.append(MONTH[1:])

    assert state(desk.engine()) == {"a": "live"}


def test_a_rebuild_beside_what_is_read_leaves_it_its_indexes_and_has_none_itself(desk: Desk):
    """Once it is read it has the same; so has each that follows, under whichever names."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    before = indexes(desk)

    for live, built in (("a", "b"), ("b", "a"), ("a", "b")):
        engine.generations.begin(QUEUE_VIEW, engine.store.ends())
        assert (indexes(desk), indexes(desk, aside=True)) == (before, {})
        assert lies(desk) == ({live}, set())

        assert rebuild(engine, ["queue"])["queue"].differences == 0

        assert indexes(desk) == before
        assert lies(desk) == ({built}, {live})


def test_few_events_are_indexed_on_the_way(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH[:-1])
    engine.catch_up()

    engine.generations.begin(QUEUE_VIEW, engine.store.ends())

    assert indexes(desk, aside=True).keys() == QUEUES_OWN
    assert rebuild(engine, ["queue"])["queue"].differences == 0


def test_nothing_is_read_without_its_indexes(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Whoever switches looks for them in the same transaction."""
    engine = begun(desk)
    while engine.step_builds():
        pass

    with monkeypatch.context() as patched:
        patched.setattr(Beside, "complete", nothing_is_made)
        assert not engine.generations.switch(QUEUE_VIEW, "a", engine.store.ends())
        assert state(engine) == {"a": "building"}

    assert engine.generations.switch(QUEUE_VIEW, "a", engine.store.ends())
    assert state(engine) == {"a": "live"}
    assert indexes(desk).keys() >= QUEUES_OWN


def test_a_build_of_a_newer_version_takes_nothing_from_what_the_one_before_reads(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    before, rows = indexes(desk), desk.everything()
    newer = desk.engine(NEWER, batch=50)
    newer.generations.begin(NEWER[0], newer.store.ends(), kept=True)
    assert newer.step_builds() == 50

    assert (indexes(desk), desk.everything()) == (before, rows)
    assert len(Queries(desk.database, desk.engine()).cases(SUE, Filter()).rows) == 6


def test_going_back_brings_every_index_along(desk: Desk):
    """Whatever became of one."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    rebuild(engine, ["queue"])
    with desk.database.write() as connection:
        connection.exec_driver_sql("DROP INDEX queue_by_due")
    assert indexes(desk, aside=True).keys() == QUEUES_OWN - {"queue_by_due"}

    rebuild(engine, ["queue"], back=True)

    assert state(engine) == {"a": "live", "b": "kept"}
    assert indexes(desk).keys() >= QUEUES_OWN


def test_a_migration_finds_what_is_read_alone(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It may drop an index by its name; what lay beside can be built again."""
    engine = begun(desk)
    engine.catch_up()
    rebuild(engine)
    before, rows = indexes(desk), desk.everything()
    engine.generations.begin(QUEUE_VIEW, engine.store.ends())
    newer = tmp_path / "newer"
    shutil.copytree(Path(migrations.__file__).parent, newer)
    (newer / "views" / "versions" / "9999_probe.py").write_text(
        f"from alembic import op\nrevision = 'views_9999'\ndown_revision = '{migrations.head('views')}'\n"
        "def upgrade():\n    op.drop_index('queue_by_due', 'queue')\n"
    )
    monkeypatch.setattr(migrations, "__file__", str(newer / "__init__.py"))

    assert migrations.migrate(desk.database, "views")

    assert indexes(desk) == {name: sql for name, sql in before.items() if name != "queue_by_due"}
    with desk.database.read() as connection:
        named = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    ours = [each for each in named if not each.startswith("sqlite_")]
    assert [each for each in ours if each.endswith(("_2", "_beside"))] == []
    assert {each.state for each in engine.generations.all()} == {"live"}
    assert desk.everything() == rows
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(VIEWS)


KILLED = """
import os, signal, sys
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views import beside
from adapters.views.engine import ViewEngine
from adapters.views.rebuilding import rebuild
from tests.adapters.keys import FixedKeys

beside.MANY = 1
database = Database(sys.argv[1])
engine = ViewEngine(database, CaseStore(database, FixedKeys()), batch=50)
left, where = int(sys.argv[3]), sys.argv[2]
owner = engine if where == "_move" else engine.generations.beside
act = getattr(owner, where)

def third(*given):
    global left
    left -= 1
    done = act(*given)
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(owner, where, third)
engine.prepare()
if sys.argv[4] == "rebuild":
    rebuild(engine)
engine.catch_up()
"""


@pytest.mark.parametrize(("where", "times"), [("clear", 3), ("_move", 2), ("_made", 3)])
def test_a_build_that_is_killed_is_gone_on_with(desk: Desk, where: str, times: int):
    """Within making a table, folding, indexing, and exchanging: what is there is told by the database."""
    before = indexes(desk)
    desk.append(MONTH)

    kill(desk, where, times, "first")

    assert indexes(desk) == before
    engine = desk.engine()
    engine.catch_up()
    assert indexes(desk) == before
    assert reached(engine) == dict.fromkeys(NAMES, LAST)
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(VIEWS)


@pytest.mark.parametrize(("where", "times"), [("clear", 3), ("_made", 3), ("exchange", 2)])
def test_a_rebuild_that_is_killed_leaves_what_is_read(desk: Desk, where: str, times: int):
    """Each read model is read from one slot or the other, whole and with its indexes."""
    desk.append(MONTH)
    engine = desk.engine()
    engine.catch_up()
    before, rows = indexes(desk), desk.everything()

    kill(desk, where, times, "rebuild")

    assert (indexes(desk), desk.everything()) == (before, rows)
    assert [each.differences for each in rebuild(desk.engine()).values()] == [0] * len(VIEWS)
    assert (indexes(desk), desk.everything()) == (before, rows)


def kill(desk: Desk, where: str, times: int, what: str) -> None:
    """Have a process build for the first time, or again, that dies inside a transaction."""
    program = [sys.executable, "-c", KILLED, desk.url, where, str(times), what]
    killed = subprocess.run(program, check=False, capture_output=True, timeout=SECONDS)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def test_whoever_reads_while_slots_change_places_goes_on_reading_what_was_there(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    query = select(tables.queue.c.slot, tables.queue.c.doc).where(QUEUE_VIEW.live)

    with desk.database.read() as connection:
        before = connection.execute(query).all()
        rebuild(engine, ["queue"])
        rebuild(engine, ["queue"])
        assert connection.execute(query).all() == before
        assert len(before) == 6


def test_a_batch_that_was_planned_before_slots_changed_places_is_folded_where_they_are_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """Another process switches between the plan and the transaction that carries it out."""
    engine, other = desk.engine(), desk.engine()
    desk.append(MONTH[:60])
    engine.catch_up()
    built = engine.generations.begin(QUEUE_VIEW, engine.store.ends())
    assert engine.step_builds() == 60
    desk.append(MONTH[60:])
    read, switched = engine._read, list[bool]()

    def in_between(plans: Any) -> Any:
        if not switched:
            switched.append(other.generations.switch(QUEUE_VIEW, built.slot, other.store.ends()))
        return read(plans)

    monkeypatch.setattr(engine, "_read", in_between)
    engine.catch_up()

    assert switched == [True]
    assert state(engine) == {"a": "kept", "b": "live"}
    assert lies(desk) == ({"b"}, {"a"})
    assert reached(engine) == dict.fromkeys(NAMES, LAST)
    assert rebuild(engine, ["queue"])["queue"].differences == 0


def test_a_store_of_the_version_before_keeps_what_is_read_and_nothing_beside_it(tmp_path: Path):
    """Its slots were in one table, and an index that waited for a build is made."""
    database = Database(f"sqlite:///{tmp_path}/views.db")
    config = migrations._config("views")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "views_0013")
        for slot, was in (("a", "kept"), ("b", "live")):
            for told in (
                f"generations (projection, slot, version, state, started_at) VALUES ('turns', '{slot}', 1, '{was}', 0)",
                f"cursors (projection, slot, log, number) VALUES ('turns', '{slot}', 0, 7)",
                f"counters (projection, slot, metric, value, count) VALUES ('turns', '{slot}', 'm', 'v', 1)",
                f"turns (slot, id, doc) VALUES ('{slot}', x'00', '{{}}')",
                f"case_files (slot, id, doc) VALUES ('{slot}', x'00', '{{}}')",
            ):
                connection.exec_driver_sql(f"INSERT INTO {told}")
        connection.exec_driver_sql(
            "INSERT INTO postponed SELECT name, tbl_name, sql FROM sqlite_master WHERE name = 'queue_by_due'"
        )
        connection.exec_driver_sql("DROP INDEX queue_by_due")

    assert migrations.migrate(database, "views")

    with database.read() as connection:
        left = {
            table: connection.exec_driver_sql(f"SELECT slot FROM {table}").scalars().all()
            for table in ("generations", "cursors", "counters", "turns", "case_files")
        }
        made = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'queue_by_due'").all()
    database.close()
    assert left == {
        "generations": ["b"],
        "cursors": ["b"],
        "counters": ["b"],
        "turns": ["b"],
        "case_files": [],
    }
    assert made == [(1,)]


def test_two_that_build_at_once_make_every_index_once(desk: Desk):
    before = indexes(desk)
    desk.append(MONTH)
    engines, failed = [desk.engine(batch=30) for _ in range(2)], list[Any]()

    def run(engine: ViewEngine) -> None:
        try:
            engine.catch_up()
        except BaseException as error:  # noqa: BLE001 - a thread tells what stopped it
            failed.append(error)

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert failed == []
    assert indexes(desk) == before
    assert reached(engines[0]) == dict.fromkeys(NAMES, LAST)


def test_a_build_is_read_once_it_is_level_though_writers_never_rest(desk: Desk):
    """It has all that was there when its last batch began; what came since is as late as any news."""
    desk.append(MONTH[: LAST // 2])
    engine, more = desk.engine(batch=LAST), list(MONTH[LAST // 2 :])
    left_when_read: list[int] = []

    def write(_seen: int) -> None:
        if reached(engine).keys() == set(NAMES) and not left_when_read:
            left_when_read.append(len(more))
        if more:
            desk.append([more.pop(0)])

    engine.catch_up(write)

    engine.catch_up()
    assert left_when_read[0] > 0
    assert reached(engine) == dict.fromkeys(NAMES, LAST - len(more))
