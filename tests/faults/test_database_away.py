"""A database that goes away and comes back: commands wait, nothing is lost, nobody has to be restarted."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import httpx2

from tests.conftest import not_run
from tests.faults.machines import PATIENCE, Clients, Serving, cluster
from tests.faults.test_process_killed import stored


def away(folder: Path, seconds: float) -> None:
    with cluster() as database:
        serving = Serving(folder, database.url)
        clients = Clients(lambda: serving.base, serving.prepare())
        serving.start()
        try:
            clients.start(3)
            clients.until(5)
            database.crash()
            time.sleep(seconds)  # this long it is away
            refused = httpx2.get(serving.base + "/readyz")
            database.start()
            clients.until(5)
            clients.stop()
            ready(serving)
            alive = serving.alive
        finally:
            took = serving.stop()

        received, noted = stored(serving)

    assert alive
    assert (refused.status_code, refused.headers["Content-Type"]) == (503, "application/problem+json")
    assert received == Counter(clients.acknowledged)
    assert noted == Counter(clients.noted)
    assert clients.repeats > 0
    assert took < 5


def ready(serving: Serving) -> None:
    """Wait until the read models have caught up again, by themselves."""
    end = time.monotonic() + PATIENCE
    while (answer := httpx2.get(serving.base + "/readyz")).status_code != 200:
        assert time.monotonic() < end, answer.text
        time.sleep(0.05)


def test_nothing_acknowledged_is_lost_when_the_database_goes_away_for_a_moment(tmp_path: Path):
    away(tmp_path / "data", 1)


def test_nothing_acknowledged_is_lost_when_the_database_goes_away_for_ten_seconds(tmp_path: Path):
    if "PLAINT_DRILLS" not in os.environ:
        not_run("drills", "set PLAINT_DRILLS=1 to run the long ones")
    away(tmp_path / "data", 10)
