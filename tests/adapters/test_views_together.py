"""Read models follow several logs by one transaction a round, and what goes wrong in it stays with its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import NoneType
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import exc, text

from adapters.database import Database
from adapters.eventstore import news
from adapters.eventstore.news import Stretch
from adapters.eventstore.recorder import Entry
from adapters.eventstore.store import CaseStore
from adapters.feed import Signal
from adapters.views import engine as engines
from adapters.views import stepping
from adapters.views.engine import ViewEngine
from adapters.views.rebuilding import rebuild
from adapters.views.rows import Rows
from adapters.views.tables import QUEUE_VIEW, TOKENS_VIEW, VIEWS, View
from adapters.worker import Worker
from domain.catalogue import EVENTS
from domain.kernel import Event
from tests.adapters import postgres
from tests.adapters.keys import FixedKeys
from tests.adapters.viewing import LAST, MONTH, NAMES, Desk, everything, reached, spoiled
from tests.conftest import make_tables
from tests.golden.facts import HEADER, MORE
from tests.golden.full import FULL
from tests.golden.least import LEAST

LOGS, SECONDS = 3, 60
STREAMS = list(dict.fromkeys(event.originator_id for event in MONTH))
HOMES = {id: place % LOGS for place, id in enumerate(STREAMS)}
"""In which log each case of the month is put."""
WIDE = [each for each in VIEWS if len(each.table.columns) > len(("slot", "id", "doc"))]


@pytest.fixture
def url(postgres_server: postgres.Server) -> Generator[str]:
    """A database with three logs."""
    template = postgres_server.template("three-logs", lambda url: make_tables(url, logs=LOGS))
    with postgres_server.database(template) as url:
        yield url


@pytest.fixture
def store(url: str) -> Generator[CaseStore]:
    database = Database(url)
    yield CaseStore(database, FixedKeys())
    database.close()


@pytest.fixture
def desk(one_log_url: str) -> Generator[Desk]:
    desk = Desk(one_log_url)
    yield desk
    desk.close()


def an_engine(store: CaseStore, *views: View, **options: Any) -> ViewEngine:
    engine = ViewEngine(store.database, store, views or VIEWS, **options)
    engine.prepare()
    return engine


def spread(store: CaseStore, events: Sequence[Event] = MONTH) -> None:
    """Store the month, case by case in one log after the other."""
    for event in events:
        stored = store.events_mapper.to_stored_event(event)
        store.router.log(HOMES[event.originator_id]).insert_events([stored])


def place_of(event: Event) -> tuple[int, int]:
    """Return the log in which `spread` puts *event*, and its number there."""
    home = HOMES[event.originator_id]
    there = [each for each in MONTH if HOMES[each.originator_id] == home]
    return home, there.index(event) + 1


def unsavable(view: View, event: Event) -> View:
    """Return *view* with rows that the database refuses from *event* of its case on."""

    def columns(row: Any) -> Mapping[str, object]:
        refused = row.id == event.originator_id and row.version >= event.originator_version
        return {**view.columns(row), **({"category": None} if refused else {})}

    return replace(view, columns=columns)


def escalated() -> Event:
    return next(event for event in MONTH if event.TOPIC == "complaint.escalated")


def read_by(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[int, Stretch]]:
    """Return the questions for events that are asked from now on."""
    asked: list[Mapping[int, Stretch]] = []
    ask = store.news

    def spy(wanted: Mapping[int, Stretch]) -> Mapping[int, Any]:
        asked.append(wanted)
        return ask(wanted)

    monkeypatch.setattr(store, "news", spy)
    return asked


def test_what_is_new_in_every_log_is_one_step(store: CaseStore):
    """Rows, counters and cursors are those of a build that took one log after the other."""
    engine = an_engine(store)
    spread(store)

    assert engine.catch_up() == LAST

    assert engine.moved.count == 1
    assert engine.cursors() == dict.fromkeys(NAMES, store.ends())
    live = everything(store.database)
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(NAMES)
    assert everything(store.database) == live


@pytest.mark.parametrize(("many", "looked_at"), [(LAST, True), (LAST + 1, False)])
def test_postgresql_knows_what_tables_hold_as_soon_as_much_was_folded(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch, many: int, looked_at: bool
):
    """Else it plans for a minute as if they were empty; of a little it hears in its own time."""
    monkeypatch.setattr(engines, "MANY", many)
    engine = an_engine(store, QUEUE_VIEW)
    spread(store)

    engine.catch_up()

    with store.database.read() as connection:
        rows = connection.execute(text("SELECT count(*) FROM queue")).scalar_one()
        known = connection.execute(
            text("SELECT reltuples FROM pg_class WHERE relname = 'queue'")
        ).scalar_one()
    assert rows > 0
    assert known == (rows if looked_at else -1)


@pytest.mark.parametrize(("batch", "together"), [(10, 1), (LAST - 1, 2)])
def test_a_step_takes_no_more_events_of_all_its_logs_than_a_batch_has(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch, batch: int, together: int
):
    """What is far behind takes many steps: nobody waits long for a cursor, and memory is that of a batch."""
    engine = an_engine(store, batch=batch)
    spread(store)
    asked = read_by(store, monkeypatch)

    engine.catch_up()

    taken = [sum(min(e.stop - e.after, e.limit) for e in each.values()) for each in asked]
    assert max(taken) <= batch
    assert sum(taken) == LAST
    assert max(len(each) for each in asked) == together


def test_a_build_takes_four_thousand_events_at_a_time(store: CaseStore, monkeypatch: pytest.MonkeyPatch):
    """And no more: its memory is that of a batch, however long the log."""
    foreign = [StoredEvent(UUID(int=number), 1, "complaint.noted", b"{}") for number in range(1, 9_001)]
    store.router.log(1).insert_events(foreign)
    engine = an_engine(store, TOKENS_VIEW)
    asked = read_by(store, monkeypatch)

    engine.catch_up()

    assert engine.cursors() == {"tokens": {0: 0, 1: 9_000, 2: 0}}
    assert [{log: (each.after, each.limit) for log, each in one.items()} for one in asked] == [
        {1: (0, stepping.FAR)},
        {1: (4_000, stepping.FAR)},
        {1: (8_000, stepping.FAR)},
    ]


def test_an_event_that_breaks_a_fold_stops_its_read_model_in_its_log_alone(store: CaseStore):
    """In the same step the other logs of that read model go on, and the other read models of that log."""
    engine = an_engine(store, spoiled(QUEUE_VIEW, escalated()), *VIEWS[1:])
    home, number = place_of(escalated())
    spread(store)

    engine.catch_up()

    ends = store.ends()
    assert engine.moved.count == 1
    assert engine.stopped() == {"queue": f"0{home}:{number}: ZeroDivisionError"}
    assert engine.cursors() == dict.fromkeys(NAMES, ends) | {"queue": ends | {home: number - 1}}


@pytest.mark.parametrize("batch", [500, 4])
def test_a_row_that_cannot_be_saved_stops_its_read_model_at_the_event_it_comes_from(desk: Desk, batch: int):
    """The others are saved without it; mended, it goes on where it stood."""
    place = MONTH.index(escalated()) + 1
    engine = desk.engine([unsavable(QUEUE_VIEW, escalated()), *VIEWS[1:]], batch=batch)
    desk.append(MONTH)

    engine.catch_up()

    assert engine.stopped() == {"queue": f"00:{place}: IntegrityError"}
    assert reached(engine) == dict.fromkeys(NAMES, LAST) | {"queue": place - 1}
    assert engine.catch_up() == 0
    assert not engine.retry()
    assert engine.stopped() == {"queue": f"00:{place}: IntegrityError"}
    mended = desk.engine()
    assert mended.retry()
    mended.catch_up()
    live = desk.everything()
    assert [each.differences for each in rebuild(mended).values()] == [0] * len(NAMES)
    assert desk.everything() == live


def test_a_row_that_cannot_be_saved_holds_up_no_other_log(store: CaseStore):
    engine = an_engine(store, unsavable(QUEUE_VIEW, escalated()), *VIEWS[1:])
    home, number = place_of(escalated())
    spread(store)

    engine.catch_up()

    ends = store.ends()
    assert engine.stopped() == {"queue": f"0{home}:{number}: IntegrityError"}
    assert engine.cursors() == dict.fromkeys(NAMES, ends) | {"queue": ends | {home: number - 1}}


def test_a_connection_that_breaks_in_the_middle_of_a_step_stops_no_read_model(store: CaseStore):
    """Nothing of the step is there, and it is taken again as a whole."""
    broken: list[str] = []

    class Breaking(Rows):
        def save(self, rows: Any) -> None:
            super().save(rows)
            if self.view.name == "clocks" and not broken:
                broken.append(self.view.name)
                self.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    engine = an_engine(store, rows=Breaking)
    spread(store)
    before = everything(store.database)

    with pytest.raises(exc.OperationalError):
        engine.catch_up()

    assert (engine.stopped(), engine.moved.count) == ({}, 0)
    assert everything(store.database) == before
    assert engine.catch_up() == LAST
    assert engine.cursors() == dict.fromkeys(NAMES, store.ends())


WORKER = """
import os, signal, sys
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views.engine import ViewEngine

database = Database(sys.argv[1])
engine = ViewEngine(database, CaseStore(database))
steps, move = [], engine._move

def second(connection, moves):
    steps.append({each.log for each in moves})
    if len(steps) == 2 and len(steps[-1]) > 1:
        os.kill(os.getpid(), signal.SIGKILL)
    move(connection, moves)

engine._move = second
for line in sys.stdin:
    engine.catch_up()
    print("followed", flush=True)
"""


def test_a_worker_that_is_killed_in_the_middle_of_a_step_leaves_its_logs_to_the_other(
    store: CaseStore, url: str
):
    """Of two processes one dies with the cursors of every log locked and their rows written."""
    engine, half = an_engine(store), LAST // 2
    program = [sys.executable, "-c", WORKER, url]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin
        assert other.stdout
        spread(store, MONTH[:half])
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline() == "followed\n"
        before = everything(store.database)
        assert reached(engine) == dict.fromkeys(NAMES, half)
        spread(store, MONTH[half:])
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.wait(SECONDS) == -signal.SIGKILL
    assert everything(store.database) == before
    worker = Worker(engine, Signal())
    worker.start()
    followed = engine.wait_for(store.ends(), SECONDS, NAMES)
    worker.stop()

    assert followed
    live = everything(store.database)
    assert [each.differences for each in rebuild(engine).values()] == [0] * len(NAMES)
    assert everything(store.database) == live


def test_two_workers_at_once_fold_everything_once(store: CaseStore, url: str):
    """While events come into every log, each its own transaction, and neither is told of any."""
    database = Database(url)
    engines = [an_engine(store), an_engine(CaseStore(database, FixedKeys()))]
    workers = [Worker(each, Signal()) for each in engines]
    for worker in workers:
        worker.start()
    spread(store)
    followed = engines[0].wait_for(store.ends(), SECONDS, NAMES)
    for worker in workers:
        worker.stop()
    database.close()

    assert followed
    live = everything(store.database)
    assert [each.differences for each in rebuild(engines[0]).values()] == [0] * len(NAMES)
    assert everything(store.database) == live


def test_one_question_reads_stretches_of_several_logs(store: CaseStore, monkeypatch: pytest.MonkeyPatch):
    """Each in its order and within its bounds; a log without any is left out, however many are asked at once."""
    spread(store)
    wanted = {0: Stretch(2, 9, 3), 1: Stretch(0, 2, 500), 2: Stretch(10_000, 20_000, 5)}

    def alone(log: int) -> list[Entry]:
        bounds = wanted[log]
        return list(store.router.log(log).entries(bounds.after, bounds.limit, bounds.stop))

    for together in (16, 2, 1):
        monkeypatch.setattr(news, "TOGETHER", together)
        found = store.news(wanted)
        assert {log: list(entries) for log, entries in found.items()} == {log: alone(log) for log in (0, 1)}
    assert [number for number, *_ in found[0]] == [3, 4, 5]
    assert store.news({}) == {}


def test_cursors_of_some_read_models_are_told_alone(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    engine.catch_up()

    assert engine.cursors(["queue", "tokens", "unheard of"]) == {"queue": {0: LAST}, "tokens": {0: LAST}}


def test_a_burst_wakes_a_worker_a_few_times(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """What is recorded while it rests is one round; the last of it is never left lying."""
    engine, recorded = desk.engine(), Signal()
    looks, look = list[int](), engine.store.ends

    def ends() -> dict[int, int]:
        looks.append(1)
        return look()

    monkeypatch.setattr(engine.store, "ends", ends)
    worker = Worker(engine, recorded, pace=0.2)
    worker.start()
    for event in MONTH:
        desk.append([event])
        recorded.send()
    followed = engine.wait_for({0: LAST}, SECONDS, NAMES)
    worker.stop()

    assert followed
    assert len(looks) < LAST / 2


def test_many_rows_are_sent_in_portions(store: CaseStore, monkeypatch: pytest.MonkeyPatch):
    """And are the same."""
    engine = an_engine(store)
    spread(store)
    with monkeypatch.context() as patch:
        patch.setattr("adapters.views.rows.ROWS_AT_ONCE", 2)
        engine.catch_up()
    live = everything(store.database)

    rebuild(engine)

    assert everything(store.database) == live


@pytest.mark.parametrize("view", WIDE, ids=lambda each: each.name)
def test_a_column_holds_values_of_the_driver_s_own_types(view: View):
    """PostgreSQL gets a column of many rows as one array, whose values must be of one type."""
    evolve = view.projection.evolve
    said = (HEADER | LEAST[each.TOPIC] | MORE | FULL.get(each.TOPIC, {}) for each in EVENTS)
    events = [event.model_validate(facts) for event, facts in zip(EVENTS, said, strict=True)]
    mine = [event for event in events if event.TOPIC in view.projection.topics]
    begun = [row for event in mine if (row := evolve(None, event, 1)) is not None]
    rows = [*begun, *(evolve(row, event, 2) for row in begun for event in mine)]

    kinds = {type(value) for row in rows if row is not None for value in view.stored(row).values()}

    assert begun
    assert kinds <= {str, UUID, datetime, bool, int, NoneType}
