"""Read models that catch up with a log: events a second, against committing once an event.

On PostgreSQL the other side is the eventsourcing library's ProjectionRunner with one view that
counts events by topic; on SQLite a loop that does the same for Plaint's own events.  Each read
model follows alone, and all of them together; every event is validated.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import count, islice
from pathlib import Path

from adapters.bootstrap import Plaint
from tests.adapters import postgres
from tests.benchmarks import bare, cases, library, sides
from tests.benchmarks.figures import ROUNDS, WINDOW, in_turn, middle, report, seconds, versus

EVENTS = int(10_000 * WINDOW)
LIBRARY_EVENTS, LOOP_EVENTS = int(1_500 * WINDOW), int(3_000 * WINDOW)
GOALS: Mapping[str, float | None] = {"search": 3.0, "all": None}
ON_POSTGRESQL, ON_SQLITE = 20.0, 10.0


def test_catch_up_on_postgresql(
    postgres_server: postgres.Server, postgres_url: str, another_url: str, tmp_path: Path
) -> None:
    """Against the library's runner, whose events are its own, of about the same size."""
    with library.application(another_url, tmp_path) as application:
        library.store_cases(application, LIBRARY_EVENTS // 5, 5)
    runner = library.catch_up(another_url, tmp_path, LIBRARY_EVENTS // 5 * 5)
    with sides.opened(tmp_path, postgres_url) as plaint:
        stored, views = cases.store(plaint, EVENTS).events, list(sides.read_models(plaint))

    def catch_up(name: str) -> float:
        with postgres_server.database() as url, sides.opened(tmp_path, postgres_url, url) as plaint:
            return caught_up(plaint, name, stored)

    acts = {"runner": lambda: LIBRARY_EVENTS / seconds(runner)} | {
        name: partial(catch_up, name) for name in views
    }
    compare("views-postgresql", "runner", in_turn(ROUNDS, acts), ON_POSTGRESQL)


def test_catch_up_on_sqlite(tmp_path: Path) -> None:
    """Against a loop over the same log that commits a counter and its cursor once an event."""
    with sides.opened(tmp_path) as plaint:
        stored, views = cases.store(plaint, EVENTS).events, list(sides.read_models(plaint))
    names = (f"{tmp_path}/fresh-{number}.db" for number in count())

    def catch_up(name: str) -> float:
        with sides.opened(tmp_path, views=f"sqlite:///{next(names)}") as plaint:
            return caught_up(plaint, name, stored)

    def loop() -> float:
        with sides.opened(tmp_path) as plaint, closing(bare.sqlite(Path(next(names)))) as connection:
            return LOOP_EVENTS / seconds(lambda: count_one_by_one(plaint, connection))

    acts = {"loop": loop} | {name: partial(catch_up, name) for name in views}
    compare("views-sqlite", "loop", in_turn(ROUNDS, acts), ON_SQLITE)


def caught_up(plaint: Plaint, name: str, events: int) -> float:
    """Return how many events a second the read model *name* folds, from the first to the last."""
    engine = sides.read_models(plaint)[name]
    taken = seconds(engine.catch_up)
    assert engine.stopped() == {}
    return events / taken


def count_one_by_one(plaint: Plaint, connection: sqlite3.Connection) -> None:
    """Count the first events by topic, each with the cursor in a transaction of its own."""
    bare.make_counts(connection)
    for number, event in enumerate(islice(sides.everything(plaint), LOOP_EVENTS), start=1):
        bare.count(connection, event.TOPIC, number)


def compare(name: str, other: str, taken: Mapping[str, Sequence[float]], goal: float) -> None:
    rows: list[dict[str, object]] = []
    for view in (each for each in taken if each != other):
        figures = {
            "read model": view,
            "ours, events/s": middle(taken[view]),
            f"{other}, events/s": middle(taken[other]),
        }
        rows.append(figures | versus(taken[view], taken[other], GOALS.get(view, goal)))
    report(name, rows)
