"""A server that dies loses nothing that it acknowledged, and repeats nothing that is sent again."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from random import Random

from adapters.bootstrap import Plaint
from domain.complaint.events import Noted, Received
from tests.conftest import not_run
from tests.faults.machines import Clients, Serving


def stored(serving: Serving) -> tuple[Counter[str], Counter[str]]:
    """Return how often each case was received, and how often noted upon."""
    plaint = Plaint.open(serving.settings)
    try:
        plaint.views.catch_up()
        events = [event for _, event in plaint.store.everything()]
        received = Counter(str(e.originator_id) for e in events if isinstance(e, Received))
        noted = Counter(str(e.originator_id) for e in events if isinstance(e, Noted))
        for id in received:
            row = plaint.queries.case(next(e.originator_id for e in events if str(e.originator_id) == id))
            assert row is not None
        return received, noted
    finally:
        plaint.close()


def killed(url: str, folder: Path, rounds: int) -> None:
    serving = Serving(folder, None if url.startswith("sqlite") else url)
    clients = Clients(lambda: serving.base, serving.prepare())
    chance = Random(1)
    serving.start()
    clients.start(3)
    try:
        for _ in range(rounds):
            clients.until(2)
            time.sleep(chance.random() / 5)  # somewhere within whatever it is at
            serving.kill()
            serving.start()
        clients.until(2)
    finally:
        clients.stop()
        took = serving.stop()

    received, noted = stored(serving)

    assert received == Counter(clients.acknowledged)
    assert noted == Counter(clients.noted)
    assert clients.repeats > 0
    assert took < 5


def test_what_was_acknowledged_is_stored_once_though_the_server_is_killed(database_url: str, tmp_path: Path):
    killed(database_url, tmp_path / "data", 3)


def test_two_hundred_kills_lose_and_repeat_nothing(database_url: str, tmp_path: Path):
    if "PLAINT_DRILLS" not in os.environ:
        not_run("drills", "set PLAINT_DRILLS=1 to run the long ones")
    killed(database_url, tmp_path / "data", 200)
