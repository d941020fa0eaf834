"""On SQLite a read model that nobody can read is built without its indexes, and never read without them."""

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
from sqlalchemy import Table, text

from adapters import migrations
from adapters.views import postponing, tables
from adapters.views.engine import ViewEngine
from adapters.views.postponing import Postponing
from adapters.views.queries import Filter, NotBuilt, Queries
from adapters.views.rebuilding import rebuild
from adapters.views.tables import QUEUE_VIEW, VIEWS
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
    monkeypatch.setattr(postponing, "MANY", LAST)
    desk = Desk(f"sqlite:///{tmp_path}/desk.db")
    yield desk
    desk.close()


def indexes(desk: Desk) -> dict[str, str]:
    """Return how every index that there is was made."""
    with desk.database.read() as connection:
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {row.name: row.sql for row in connection.execute(query)}


def postponed(desk: Desk) -> set[str]:
    with desk.database.read() as connection:
        return set(connection.execute(postponing.postponed.select()).scalars())


def state(engine: ViewEngine, name: str = "queue") -> dict[str, str]:
    return {each.slot: each.state for each in engine.generations.all() if each.projection == name}


def nothing_is_made(_self: Postponing, _table: Table) -> None:
    """Stand in for `Postponing.complete`."""


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

    assert before.keys() - indexes(desk).keys() == postponed(desk) >= QUEUES_OWN
    with pytest.raises(NotBuilt):
        Queries(desk.database, engine).cases(SUE, Filter())

    engine.catch_up()

    assert indexes(desk) == before
    assert postponed(desk) == set()
    assert reached(engine) == dict.fromkeys(NAMES, LAST)
    assert len(Queries(desk.database, engine).cases(SUE, Filter()).rows) == 6


def test_an_empty_slot_of_a_log_with_many_events_is_built_before_it_is_read(desk: Desk):
    """It says of the log no more than one that is missing."""
    first = desk.engine()
    desk.append(MONTH)

    engine = desk.engine()

    assert state(first) == {"a": "building"}
    assert postponed(desk) >= QUEUES_OWN
    engine.catch_up()
    assert state(engine) == {"a": "live"}
    assert postponed(desk) == set()
    assert reached(engine) == dict.fromkeys(NAMES, LAST)


def test_few_events_are_folded_where_they_are_read(desk: Desk):
    desk.engine()
    desk.append(MONTH[:-1])

    engine = desk.engine()

    assert state(engine) == {"a": "live"}
    assert postponed(desk) == set()


def test_a_slot_in_which_something_was_folded_goes_on_being_read(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH[:1])
    engine.catch_up()
    desk.append(MONTH[1:])

    assert state(desk.engine()) == {"a": "live"}
    assert postponed(desk) == set()


def test_a_rebuild_beside_what_is_read_takes_no_index_away(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    before = indexes(desk)
    engine.generations.begin(QUEUE_VIEW, engine.store.ends())

    assert indexes(desk) == before
    assert rebuild(engine, ["queue"])["queue"].differences == 0
    assert indexes(desk) == before


def test_nothing_is_read_without_its_indexes(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Whoever switches looks for them in the same transaction."""
    engine = begun(desk)
    while engine.step_builds():
        pass

    with monkeypatch.context() as patched:
        patched.setattr(Postponing, "complete", nothing_is_made)
        assert not engine.generations.switch(QUEUE_VIEW, "a", engine.store.ends())
        assert state(engine) == {"a": "building"}

    assert engine.generations.switch(QUEUE_VIEW, "a", engine.store.ends())
    assert state(engine) == {"a": "live"}
    assert indexes(desk).keys() >= QUEUES_OWN


def test_an_index_that_a_newer_version_took_away_is_made_at_the_next_start(desk: Desk):
    """Its build was broken off, and the version before is started again."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    before = indexes(desk)
    newer = desk.engine(NEWER)
    newer.generations.begin(NEWER[0], newer.store.ends(), kept=True)
    assert postponed(desk) == QUEUES_OWN

    desk.engine()

    assert indexes(desk) == before
    assert postponed(desk) == set()


def test_going_back_brings_every_index_along(desk: Desk):
    """A newer version's build was broken off after it had taken them away."""
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()
    rebuild(engine, ["queue"])
    with desk.database.write() as connection:
        engine.generations.postponing.take_away(connection, tables.queue)

    rebuild(engine, ["queue"], back=True)

    assert state(engine) == {"a": "live", "b": "kept"}
    assert indexes(desk).keys() >= QUEUES_OWN


def test_a_migration_finds_every_index(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It may drop one by its name."""
    before = indexes(desk)
    begun(desk)
    newer = tmp_path / "newer"
    shutil.copytree(Path(migrations.__file__).parent, newer)
    (newer / "views" / "versions" / "9999_probe.py").write_text(
        f"from alembic import op\nrevision = 'views_9999'\ndown_revision = '{migrations.head('views')}'\n"
        "def upgrade():\n    op.drop_index('queue_by_due', 'queue')\n"
    )
    monkeypatch.setattr(migrations, "__file__", str(newer / "__init__.py"))

    assert migrations.migrate(desk.database, "views")

    assert indexes(desk) == {name: sql for name, sql in before.items() if name != "queue_by_due"}
    assert postponed(desk) == set()


KILLED = """
import os, signal, sys
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views import postponing
from adapters.views.engine import ViewEngine
from tests.adapters.keys import FixedKeys

postponing.MANY = 1
database = Database(sys.argv[1])
engine = ViewEngine(database, CaseStore(database, FixedKeys()), batch=50)
left, where = int(sys.argv[3]), sys.argv[2]
owner = engine if where == "_move" else engine.generations.postponing
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
engine.catch_up()
"""


@pytest.mark.parametrize(("where", "times"), [("take_away", 3), ("_move", 2), ("_made", 3)])
def test_a_build_that_is_killed_is_gone_on_with(desk: Desk, where: str, times: int):
    """Within taking indexes away, folding, and making them anew: what is there is told by the database."""
    before = indexes(desk)
    desk.append(MONTH)

    program = [sys.executable, "-c", KILLED, desk.url, where, str(times)]
    killed = subprocess.run(program, check=False, capture_output=True, timeout=SECONDS)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert indexes(desk).keys() | postponed(desk) == before.keys()
    assert indexes(desk).keys().isdisjoint(postponed(desk))
    engine = desk.engine()
    readable = {each.projection for each in engine.generations.all() if each.state == "live"}
    assert "queue" not in readable or not postponed(desk) & QUEUES_OWN
    engine.catch_up()
    assert indexes(desk) == before
    assert reached(engine) == dict.fromkeys(NAMES, LAST)
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(VIEWS)


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
