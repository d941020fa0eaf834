"""How soon the desk opens and the command line answers, what an idle process takes, how fresh lists are."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID

import pytest

from adapters.bootstrap import Plaint
from adapters.eventstore.tables import reached
from domain import commands as c
from tests.benchmarks import cases, sides
from tests.benchmarks.figures import ROUNDS, WINDOW, judged, middle, report, seconds
from tests.benchmarks.serving import PLAINT, desk
from tests.conftest import not_run

BACKLOG, HISTORY = 20_000, 2_000
"""Events that the read models have still to fold, or have folded, when the desk opens."""
READY, HELP, MEGABYTES, FRESH = 2.0, 0.6, 150.0, 0.25
PATIENCE = 60.0
EVENTS_A_SECOND, WRITERS = 500, 4
SETTLED = 2.0
"""Seconds after which a process that has nothing to do counts as idle."""


def answered(url: str, began: float) -> float:
    """Return how many seconds after *began* *url* first answered with success."""
    while time.perf_counter() - began < PATIENCE:
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
        except (URLError, OSError):
            time.sleep(0.005)
    raise AssertionError(f"{url} did not answer")


def started(folder: Path) -> tuple[float, float]:
    """Return after how many seconds a desk answers, and after how many it is ready."""
    with desk(folder) as server:
        base, began = server.url, server.began
        return answered(f"{base}/livez", began), answered(f"{base}/readyz", began)


def resident(roles: str, folder: Path) -> float:
    """Return the megabytes that an idle process with *roles* keeps in memory."""
    with desk(folder, roles) as server:
        if "api" in roles:
            answered(f"{server.url}/readyz", server.began)
        time.sleep(SETTLED)
        status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def test_the_desk_opens_and_idles(tmp_path: Path) -> None:
    """An embedded desk: with its read models up to date, and with events that they have still to fold."""
    stores = {"nothing to fold": HISTORY, f"{BACKLOG:,} events to fold": BACKLOG}
    rows: list[dict[str, object]] = []
    for number, (what, events) in enumerate(stores.items()):
        made = tmp_path / str(number)
        with sides.opened(made) as plaint:
            cases.store(plaint, events)
            if events == HISTORY:
                plaint.views.catch_up()
        found = [started(shutil.copytree(made, tmp_path / f"{number}-{turn}")) for turn in range(ROUNDS)]
        for name, taken in zip(("answers", "is ready"), zip(*found, strict=True), strict=True):
            rows.append({"what": f"serve {name}, {what}", "s": middle(taken)} | limit(middle(taken), READY))
    taken = [seconds(asked_for_help) for _ in range(ROUNDS)]
    rows.append({"what": "plaint --help", "s": middle(taken)} | limit(middle(taken), HELP))
    if Path("/proc/self/status").exists():
        for roles in ("api,worker,scheduler", "api", "worker", "scheduler"):
            size = resident(roles, tmp_path / "0")
            rows.append({"what": f"idle {roles}", "MB": size} | limit(size, MEGABYTES))
    report("start", rows)


def asked_for_help() -> None:
    subprocess.run([*PLAINT, "--help"], check=True, stdout=subprocess.DEVNULL)


def limit(figure: float, most: float) -> dict[str, object]:
    return {"goal": f"<= {most:g}", "met": judged(figure, most, at_most=True)["met"]}


class Freshness:
    """Writers at a steady pace, and how long after each commit every read model has it."""

    def __init__(self, plaint: Plaint, of: Sequence[UUID]) -> None:
        self.plaint, self.cases = plaint, of
        self.waiting: deque[tuple[float, str]] = deque()
        self.taken: list[float] = []
        self.wrote, self.seconds = 0, 0.0
        """Events that were written, and how long that took: a machine may be too slow for the pace."""
        self._over = Event()

    def run(self, window: float) -> None:
        """Write for *window* seconds, and wait until all of it can be read."""
        looking = Thread(target=self._look)
        looking.start()
        began = time.perf_counter()
        end = began + window
        writers = [Thread(target=self._write, args=(n, end)) for n in range(WRITERS)]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
        self.seconds = time.perf_counter() - began
        self._over.set()
        looking.join()

    def _write(self, number: int, end: float) -> None:
        mine, pace = self.cases[number::WRITERS], WRITERS / EVENTS_A_SECOND
        turn, due = 0, time.perf_counter()
        while due < end:
            time.sleep(max(0.0, due - time.perf_counter()))
            order = c.Assign(assignee=f"anna-{turn}")
            answer = self.plaint.desk.command(mine[turn % len(mine)], order, "bench")
            self.waiting.append((time.perf_counter(), answer.position))
            self.plaint.wake()
            turn, due = turn + 1, due + pace
        self.wrote += turn

    def _look(self) -> None:
        """Note for each commit when the slowest read model had it."""
        end = time.perf_counter() + PATIENCE
        while not (self._over.is_set() and not self.waiting) and time.perf_counter() < end:
            seen = self.plaint.views.moved.count
            cursors, now = self.plaint.views.cursors().values(), time.perf_counter()
            for _ in range(len(self.waiting)):
                at, position = self.waiting.popleft()
                wanted = reached(position)
                if all(each.get(log, 0) >= number for each in cursors for log, number in wanted.items()):
                    self.taken.append(now - at)
                else:
                    self.waiting.append((at, position))
            self.plaint.views.moved.wait(seen, 0.01)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_lists_are_fresh(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Five hundred events a second, and the worker in the same process."""
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with sides.opened(tmp_path, url) as plaint:
        stored = cases.store_cases(plaint, HISTORY // 5, 5)
        plaint.views.catch_up()
        plaint.start(["worker"])
        fresh = Freshness(plaint, stored.cases)
        fresh.run(max(WINDOW, 1.0) * ROUNDS)
        plaint.stop()
    if not fresh.taken:
        not_run("freshness", "nothing was written")
    ordered = sorted(fresh.taken)
    assert len(ordered) == fresh.wrote
    late = ordered[-(-len(ordered) * 99 // 100) - 1]
    row: dict[str, object] = {
        "on": kind,
        "events/s": fresh.wrote / fresh.seconds,
        "p50 ms": ordered[len(ordered) // 2] * 1000,
        "p99 ms": late * 1000,
    }
    report(f"fresh-{kind}", [row | limit(late * 1000, FRESH * 1000)])
