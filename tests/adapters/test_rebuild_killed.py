"""``plaint rebuild`` is killed on its way and run again: what is read stays readable, and is right in the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.bootstrap import Plaint
from adapters.settings import Settings
from adapters.views.queries import Filter
from adapters.views.tables import VIEWS, View
from domain.access import Principal, Role
from tests.adapters.schedulers import RECEIVED, open_tickets, receive

ROOT = Path(__file__).parents[2]
PLAINT = [
    sys.executable,
    "-c",
    "from adapters.cli.main import main; from adapters.views import stepping; stepping.FAR = 200; main()",
]
"""The command line, which builds in batches of so few events that a build of a small store takes many."""
CASES, TICKETS, KILLS = 400, 100, 2
SUPERVISOR = Principal(id="sue", role=Role.SUPERVISOR)
PATIENCE = 180.0


class Store:
    """A store with many cases, one connection to look at it, and the command line beside it."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.plaint = Plaint.open(Settings(data=folder, database_url=url), now=lambda: RECEIVED)
        receive(self.plaint, CASES)
        open_tickets(self.plaint, TICKETS)
        self.plaint.views.catch_up()
        self.env = os.environ | {"PLAINT_DATA": str(folder), "PYTHONPATH": str(ROOT)}
        if url is not None:
            self.env["PLAINT_DATABASE_URL"] = url

    def rebuild(self) -> subprocess.Popen[str]:
        command = [*PLAINT, "rebuild", "--json"]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, text=True)

    def built(self) -> int:
        """Return how many events the builds that are under way have behind them."""
        places = self.plaint.views.generations.places()
        return sum(each.number for each in places if each.state == "building")

    def read(self) -> list[object]:
        """Return what readers see: a page of each list, and every counter."""
        queries = self.plaint.queries
        complaints = queries.cases(SUPERVISOR, Filter(kind="complaint"))
        tickets = queries.cases(SUPERVISOR, Filter(kind="ticket"))
        return [complaints, tickets, queries.counters("queue"), queries.due_clocks(RECEIVED)]

    def rows(self) -> dict[str, dict[Any, str]]:
        """Return every row that is read, whole."""
        with self.plaint.views_database.read() as connection:

            def of(view: View) -> dict[Any, str]:
                found = connection.execute(select(view.table.c.id, view.table.c.doc).where(view.live))
                return {row.id: row.doc for row in found}

            return {view.name: of(view) for view in VIEWS}


def kill_on_its_way(store: Store, before: list[object], events: int) -> None:
    """Kill a rebuild that has folded something and not all; readers see the same until then and after."""
    at_first, end = store.built(), time.monotonic() + PATIENCE
    with store.rebuild() as rebuilding:
        while not at_first < store.built() and time.monotonic() < end:
            assert rebuilding.poll() is None, "it has ended by itself"
            time.sleep(0.01)
        rebuilding.send_signal(signal.SIGKILL)
    assert rebuilding.returncode == -signal.SIGKILL
    assert 0 < store.built() < len(VIEWS) * events
    assert store.read() == before


def test_a_rebuild_that_is_killed_goes_on_where_it_stood(database_url: str, tmp_path: Path):
    store = Store(tmp_path, None if database_url.startswith("sqlite") else database_url)
    before, rows, events = store.read(), store.rows(), store.plaint.store.count()

    for _ in range(KILLS):
        kill_on_its_way(store, before, events)
    left = store.built()
    with store.rebuild() as rebuilding:
        while rebuilding.poll() is None:
            assert store.read() == before
            time.sleep(0.2)
        assert rebuilding.stdout is not None
        told = json.loads(rebuilding.stdout.read())

    assert left > 0
    assert rebuilding.returncode == 0
    found = {name: (each["rows"], each["differences"]) for name, each in told.items()}
    # The search index is compared with nothing: it has one place, and is filled anew there.
    assert found == {name: (len(each), 0) for name, each in rows.items()} | {
        "search": (CASES + TICKETS, None)
    }
    assert {each.state for each in store.plaint.views.generations.all()} == {"live", "kept"}
    assert {each.slot for each in store.plaint.views.generations.all() if each.state == "live"} == {"b"}
    assert (store.rows(), store.read()) == (rows, before)
    store.plaint.close()
