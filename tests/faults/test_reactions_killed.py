"""A process that is killed between an order and its cursor costs nothing: the order is not given again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from domain.complaint.events import Noted
from tests.adapters.reactions.following import Desks, NoteWhatWasReceived

CASES = 8
ROOT = Path(__file__).parents[2]


def process(url: str, *words: str) -> subprocess.Popen[bytes]:
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "tests.faults.reacting", url, *words], env=env, cwd=ROOT)


def test_every_event_is_answered_once_by_two_processes_after_a_third_was_killed(database_url: str):
    desks = Desks(database_url)
    desks.cursors(NoteWhatWasReceived())
    ids = [desks.received() for _ in range(CASES)]

    killed = process(database_url, "killed", "dying")
    assert killed.wait(60) == -signal.SIGKILL
    answered = [id for id in ids if desks.notes(id)]
    both = [process(database_url, name) for name in ("one", "two")]
    assert [each.wait(60) for each in both] == [0, 0]

    assert answered != []
    noted = [[each.TOPIC for each in desks.store.history(id) if isinstance(each, Noted)] for id in ids]
    assert noted == [["complaint.noted"]] * CASES
    desks.close()
