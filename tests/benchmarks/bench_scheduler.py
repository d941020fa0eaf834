"""A tick costs what is due, not what is armed; and what is due at once is recorded at a good rate."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from adapters.bootstrap import Plaint
from adapters.settings import Settings
from domain.ids import EPOCH
from tests.adapters.schedulers import DUE, RECEIVED, missed, receive
from tests.benchmarks.figures import in_turn, middle, report, say, seconds

ROUNDS, DUE_AT_ONCE = 7, 100
FAR = DUE + timedelta(days=3650)
AFTER = timedelta(days=3)
"""By then the acknowledgement that was warned of is due, and the next week's is not."""
BASE = 1 << 127
"""Ids beyond those of any real clock."""


class Desk:
    """A desk with *armed* clocks, of which a hundred fall due in each round, a week after the last ones."""

    def __init__(self, folder: Path, armed: int) -> None:
        self.now = RECEIVED
        folder.mkdir()
        self.plaint = Plaint.open(Settings(data=folder), now=lambda: self.now)
        self.rounds = iter(range(ROUNDS))
        for number in range(ROUNDS):
            receive(self.plaint, DUE_AT_ONCE, RECEIVED - timedelta(days=7 * (ROUNDS - number)))
        self.plaint.views.catch_up()
        with self.plaint.views_database.read() as connection:
            cell = connection.exec_driver_sql("SELECT case_id, generation, doc FROM clocks LIMIT 1").one()
        self.generated = seconds(lambda: self._arm(folder / "views.db", armed, cell.doc))
        # Only the rounds' own clocks are to fall due, the acknowledgements.
        with self.plaint.views_database.write() as connection:
            connection.exec_driver_sql(
                "UPDATE clocks SET fires_at = NULL WHERE fires_at IS NOT NULL"
                " AND doc NOT LIKE '%acknowledgement%'"
            )
            self.instants = [
                EPOCH + timedelta(microseconds=each[0])
                for each in connection.exec_driver_sql(
                    "SELECT DISTINCT fires_at FROM clocks WHERE fires_at < ? ORDER BY 1",
                    (micro(FAR),),
                )
            ]
        assert len(self.instants) == ROUNDS

    @staticmethod
    def _arm(path: Path, number: int, doc: str) -> None:
        """Write *number* clocks that fire in ten years straight into the read model."""
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        rows = (
            ((BASE + n).to_bytes(16, "big"), (BASE + n // 2).to_bytes(16, "big"), n, doc)
            for n in range(number)
        )
        far = micro(FAR)
        connection.executemany(
            f"INSERT INTO clocks (slot, id, case_id, fires_at, generation, doc) SELECT 'a', ?1, ?2, {far} + ?3, 1, ?4",
            rows,
        )
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def tick(self) -> float:
        """Let the next hundred fall due and return how long their tick takes."""
        self.now = self.instants[next(self.rounds)] + AFTER
        return seconds(lambda: self.told(DUE_AT_ONCE))

    def idle(self) -> float:
        return seconds(lambda: self.told(0))

    def told(self, number: int) -> None:
        assert self.plaint.deadlines.tick() == number

    def close(self) -> None:
        self.plaint.close()


def micro(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def test_a_tick_among_a_thousand_and_among_a_million(tmp_path: Path) -> None:
    few, many = (Desk(tmp_path / f"{armed}", armed) for armed in (1_000, 1_000_000))
    ticks = in_turn(ROUNDS, {"few": few.tick, "many": many.tick})
    idle = in_turn(50, {"few": few.idle, "many": many.idle})
    rows = [
        {
            "tick with": what,
            "among 1,000, ms": middle(taken["few"]) * 1000,
            "among 1,000,000, ms": middle(taken["many"]) * 1000,
            "ratio": middle(taken["many"]) / middle(taken["few"]),
            "goal": goal,
        }
        for what, taken, goal in (("100 due", ticks, "<= 1.5"), ("nothing due", idle, ""))
    ]
    few.close()
    many.close()
    report("scheduler-tick", rows)
    say(f"  1,000,000 clocks were armed in {many.generated:.0f} s")


@pytest.mark.parametrize("number", [10_000])
def test_ten_thousand_due_at_once(number: int, database_url: str, tmp_path: Path) -> None:
    now = [RECEIVED]
    url = None if database_url.startswith("sqlite") else database_url
    plaint = Plaint.open(Settings(data=tmp_path, database_url=url), now=lambda: now[0])
    receive(plaint, number)
    plaint.views.catch_up()
    now[0] = DUE
    began = perf_counter()
    assert plaint.deadlines.tick() == number
    taken = perf_counter() - began
    assert len(missed(plaint)) == number
    plaint.close()
    kind = "PostgreSQL" if url else "SQLite"
    row = {
        "on": kind,
        "due at once": number,
        "seconds": taken,
        "a second": number / taken,
        "goal": ">= 1,000",
    }
    report(f"scheduler-{kind.lower()}", [row])
