"""A register of as many cases as wanted, written as rows of the read models, not as events.

A million cases by commands would take hours.  The rows are those that real lives fold into, each
under an identifier, a team, a handler and an hour of its own, with the counters that belong to
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from sqlalchemy import Connection, func, select

from adapters.bootstrap import Plaint
from adapters.database import Database
from adapters.search import tables as searched
from adapters.search.rows import put
from adapters.views.rows import Rows, count
from adapters.views.tables import QUEUE_VIEW, View, live
from domain.ids import new_id, reference
from projections.projection import changed
from projections.queue import Promise, QueueRow
from projections.replay import fold
from projections.search import SearchRow
from tests.benchmarks import cases

TEAMS = tuple(f"team-{n}" for n in range(4))
HANDLERS = 2
"""Handlers of each team."""
ROWS_AT_ONCE = 5_000
SPREAD = 3 * 24 * 3600
"""Seconds by which a life is moved at most, so that copies of one seldom fall due together."""
RARE, COMMON = "zeppelin", "balloon"
HITS = 20
"""Cases with the rare word, however many there are; every case has the common one."""


class Register:
    """Writes rows of cases that real lives fold into; the same seed gives the same."""

    def __init__(self, plaint: Plaint, seed: int = 1) -> None:
        lives = cases.lived(plaint.desk.rules, plaint.now(), seed=seed)
        folded = (fold(enumerate(life, start=1)).row for life in lives)
        self.lives = [row for row in folded if row is not None]
        self.plaint, self.chance = plaint, Random(seed)

    def fill(self, number: int) -> None:
        """Write *number* cases of every team, all but the new ones with a handler."""
        self._write(islice(self._drawn(), number))

    def burst(self, number: int, team: str) -> None:
        """Write *number* cases of *team* that came at once and are nobody's yet, due before all others."""
        fresh = next(row for row in self.lives if row.open and row.due_before)
        fresh = changed(fresh, {"status": "received", "level": 0})
        early = self.plaint.now() - timedelta(days=60)
        moved = _moved(fresh, early - (fresh.due_before or early))
        self._write(self._again(moved, team, None) for _ in range(number))

    def index(self, number: int) -> None:
        """Put *number* cases into the search index: all have the common word, HITS the rare one."""
        rows, done, step = islice(self._drawn(), number), 0, number // HITS
        database = self.plaint.search.database
        while some := list(islice(rows, ROWS_AT_ONCE)):
            with database.write() as connection:
                _index(connection, some, range(done, done + len(some)), step)
            done += len(some)
        analyse(database)

    def _write(self, rows: Iterable[QueueRow]) -> None:
        endless = iter(rows)
        database = self.plaint.views_database
        while some := list(islice(endless, ROWS_AT_ONCE)):
            counted: Counter[tuple[str, str, str, str]] = Counter()
            with database.write() as connection:
                slot = slot_of(connection, QUEUE_VIEW)
                for row in some:
                    for (metric, value), amount in QUEUE_VIEW.projection.measure(row).items():
                        counted[slot, QUEUE_VIEW.name, metric, value] += amount
                Rows(connection, QUEUE_VIEW, slot).save(some)
                count(connection, counted)
        analyse(database)

    def _drawn(self) -> Iterator[QueueRow]:
        while True:
            row, team = self.chance.choice(self.lives), self.chance.choice(TEAMS)
            handler = f"{team}-{self.chance.randrange(HANDLERS)}"
            yield self._again(row, team, None if row.status == "received" else handler)

    def _again(self, row: QueueRow, team: str, handler: str | None) -> QueueRow:
        """Return *row* as that of another case."""
        moved = _moved(row, timedelta(seconds=self.chance.randrange(-SPREAD, SPREAD)))
        id = new_id(
            moved.received_at, self.chance.randbytes(10), log=self.chance.choice(self.plaint.store.logs)
        )
        own = {"id": id, "reference": reference(id, "C"), "team": team, "assignee": handler}
        return changed(moved, own)


def _moved(row: QueueRow, by: timedelta) -> QueueRow:
    promises = tuple(_due(each, each.due_before + by) for each in row.promises)
    return changed(row, {"received_at": row.received_at + by, "promises": promises})


def _due(promise: Promise, at: datetime) -> Promise:
    return changed(promise, {"due_before": at, "due_date": at.date()})


def _index(connection: Connection, rows: Sequence[QueueRow], numbers: Sequence[int], step: int) -> None:
    view, key = searched.SEARCH_VIEW, searched.cases.c.key
    before = connection.execute(select(func.max(key))).scalar() or 0
    Rows(connection, view, slot_of(connection, view)).save(SearchRow(id=row.id, case=row) for row in rows)
    keys = connection.execute(select(key).where(key > before).order_by(key)).scalars()
    said = {
        key: dict.fromkeys(searched.FIELDS, "") | {"category": row.category, "details": _details(n, step)}
        for key, row, n in zip(keys, rows, numbers, strict=True)
    }
    put(connection, said)


def _details(number: int, step: int) -> str:
    words = cases.SENTENCES[number % len(cases.SENTENCES)].lower().replace(",", "").replace(".", "")
    return f"{words} {COMMON} {RARE}" if number % step == 0 else f"{words} {COMMON}"


def slot_of(connection: Connection, view: View) -> str:
    """Return the slot that *view* is read from."""
    return connection.execute(select(live(view.projection))).scalar_one()


def analyse(database: Database) -> None:
    """Do what autovacuum does on PostgreSQL after such a load; nobody does it on SQLite."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
