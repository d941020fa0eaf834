"""Appends alone, of events that are encoded already: Plaint's logs against the driver's bare INSERT and COPY.

Both sides write the same bytes into tables of one shape: Plaint in the dense order of its logs, in
any of which each new case may be born; the driver by one prepared statement and a sequence, in one
table.  One event at a time by 1, 4 and 16 processes, once more on a disk whose flush is slow, on
SQLite, and in bulk as an import writes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from psycopg import sql
from sqlalchemy import make_url

from adapters.bootstrap import Plaint
from tests.benchmarks import bare, cases, sides
from tests.benchmarks.crowd import Act, Crowd
from tests.benchmarks.figures import ROUNDS, WINDOW, in_turn, middle, rate, rate_of, report, versus

WRITERS = {1: 0.85, 4: 0.7, 16: 0.6}
SLOW_WRITERS: dict[int, float | None] = {4: None, 16: 0.6}
SLOW_FLUSH = {"commit_delay": "2000", "commit_siblings": "0"}
"""Two milliseconds before each flush, which is what a cloud disk takes."""
ON_SQLITE, WITH_RECEIPT = 0.6, 0.45
BULK = 0.5
SAMPLE = 200


@contextmanager
def writers(
    number: int, folder: Path, url: str, events: Sequence[StoredEvent]
) -> Generator[Mapping[str, Act]]:
    """What process *number* can do."""
    with sides.opened(folder, url) as plaint, bare.connected(url) as connection:
        actor = f"writer-{number}"
        yield {
            "ours": sides.appending(plaint, events, actor),
            "with receipt": sides.appending(plaint, events, actor, receipts=True),
            "insert": bare.inserting(connection, sides.fresh(events, plaint.store.logs)),
        }


def test_append_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """One event an append, 1, 4 and 16 writers, each commit flushed: against a bare INSERT."""
    appended("append-postgresql", postgres_url, tmp_path, WRITERS)


def test_append_with_a_slow_flush(postgres_url: str, tmp_path: Path) -> None:
    """The same where a flush takes 2 ms: who waits for it in turn is slow, who shares it is not."""
    name = make_url(postgres_url).database
    with bare.connected(postgres_url) as connection:
        for setting, value in SLOW_FLUSH.items():
            statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
            connection.execute(statement.format(sql.Identifier(str(name)), sql.Identifier(setting), value))
    appended("append-slow-flush", postgres_url, tmp_path, SLOW_WRITERS)


def appended(name: str, url: str, folder: Path, writers_and_goals: Mapping[int, float | None]) -> None:
    with sides.opened(folder, url) as plaint, bare.connected(url) as connection:
        events = sample(plaint)
        bare.make_table(connection)
        logs = len(plaint.store.logs)
    rows: list[dict[str, object]] = []
    with Crowd(max(writers_and_goals), writers, folder, url, events) as crowd:
        for number, goal in writers_and_goals.items():
            names = ("ours", "with receipt", "insert")
            taken = in_turn(ROUNDS, {side: partial(crowd.rate, side, number, WINDOW) for side in names})
            rows += [
                row({"append": side, "logs": logs, "writers": number}, taken[side], taken["insert"], wanted)
                for side, wanted in (("ours", goal), ("with receipt", None))
            ]
    report(name, rows)


def test_append_on_sqlite(tmp_path: Path) -> None:
    """One event an append, synchronous FULL, without and with a receipt: against a bare INSERT."""
    with sides.opened(tmp_path) as plaint, closing(bare.sqlite(tmp_path / "bare.db")) as connection:
        events = sample(plaint)
        acts = {
            "ours": sides.appending(plaint, events, "writer"),
            "with receipt": sides.appending(plaint, events, "writer", receipts=True),
            "insert": bare.inserting_sqlite(connection, sides.fresh(events, plaint.store.logs)),
        }
        taken = in_turn(ROUNDS, {name: partial(rate, act) for name, act in acts.items()})
    goals = {"ours": ON_SQLITE, "with receipt": WITH_RECEIPT}
    rows = [row({"append": side}, taken[side], taken["insert"], goal) for side, goal in goals.items()]
    report("append-sqlite", rows)


def test_bulk_append_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """Two hundred cases by one commit, as an import stores them: against COPY of the same rows."""
    with sides.opened(tmp_path, postgres_url) as plaint, bare.connected(postgres_url) as connection:
        bare.make_table(connection)
        bulk("append-bulk-postgresql", plaint, partial(bare.copy, connection), "copy")


def test_bulk_append_on_sqlite(tmp_path: Path) -> None:
    """Two hundred cases by one commit: against executemany of the same rows in one transaction."""
    with sides.opened(tmp_path) as plaint, closing(bare.sqlite(tmp_path / "bare.db")) as connection:
        bulk("append-bulk-sqlite", plaint, partial(bare.insert_many, connection), "executemany")


def bulk(name: str, plaint: Plaint, theirs: Callable[[Sequence[StoredEvent]], object], called: str) -> None:
    lives, logs = [cases.of_length(plaint.desk.rules, plaint.now(), 5)], plaint.store.logs
    copies = cases.Copies(lives, logs)
    events = sides.kept(plaint, copies.some())

    def over(logs: Sequence[int], act: Callable[[Sequence[StoredEvent]], object]) -> Callable[[], float]:
        make = partial(sides.renamed, events, logs)
        return lambda: len(events) * rate_of(act, make, WINDOW / 2)

    def encoding() -> float:
        return len(events) * rate_of(lambda made: plaint.store.append(*made), copies.some, WINDOW / 2)

    acts = {
        "every log": over(logs, partial(sides.insert, plaint)),
        "one log": over(logs[:1], partial(sides.insert, plaint)),
        "with encoding": encoding,
        called: over(logs, theirs),
    }
    taken, goals = in_turn(ROUNDS, acts), {"every log": BULK}
    report(
        name,
        [
            row({"append": side, "logs": len(logs)}, taken[side], taken[called], goals.get(side))
            for side in ("every log", "one log", "with encoding")
        ],
    )


def sample(plaint: Plaint) -> list[StoredEvent]:
    """Return events as a desk writes them from one minute to the next: one of a hundred kinds of length."""
    life = cases.of_length(plaint.desk.rules, plaint.now(), SAMPLE)
    return sides.kept(plaint, [cases.Past(life)])[1:]


def row(
    what: Mapping[str, object], ours: Sequence[float], theirs: Sequence[float], goal: float | None
) -> dict[str, object]:
    figures = {"ours, a second": middle(ours), "bare, a second": middle(theirs)}
    return dict(what) | figures | versus(ours, theirs, goal)
