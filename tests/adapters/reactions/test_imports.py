"""Nothing follows today from what an import brings or a demo begins with."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from adapters.bootstrap import Plaint
from adapters.demo.store import open_demo
from adapters.importers.run import REGISTERS, import_file
from adapters.reactions.carrying import ACTOR
from adapters.reactions.follower import IDLE
from adapters.settings import Settings
from tests.adapters.test_import_killed import SAMPLES

ROWS = 200
"""Of each sample."""


def beginning_of(system: str, folder: Path) -> Path:
    path = folder / f"{system}.csv"
    with gzip.open(SAMPLES[system], "rt", encoding="utf-8", newline="") as file, path.open("w") as cut:
        csv.writer(cut).writerows(row for _, row in zip(range(ROWS + 1), csv.reader(file), strict=False))
    return path


def followed(plaint: Plaint) -> tuple[int, dict[tuple[str, str], int]]:
    """Let everything follow; return how many events reactions asked for, and which they could not answer."""
    plaint.views.catch_up()
    while plaint.reactions.follower.follow():
        plaint.views.catch_up()
    asked = sum(event.actor.startswith(ACTOR) for _, event in plaint.store.everything())
    return asked, plaint.reactions.troubles.counts()


def test_nothing_is_asked_because_of_what_was_imported(fresh: Path, tmp_path: Path):
    """Whatever the register; no event of theirs is as much as answered."""
    shutil.copytree(fresh, tmp_path / "data")
    plaint = Plaint.open(Settings(data=tmp_path / "data"))
    followed(plaint)
    before = Counter(plaint.reactions.follower.done)
    for system in REGISTERS:
        summary = import_file(plaint, beginning_of(system, tmp_path), system=system, zone="America/New_York")
        assert summary.events > ROWS / 4
    found, behind = followed(plaint), plaint.reactions.lag(plaint.store.ends())
    after = Counter(plaint.reactions.follower.done)
    plaint.close()

    assert found == (0, {})
    assert after == before
    assert max(behind.values()) < IDLE


def test_a_fresh_demo_lives_on_with_no_event_that_could_not_be_answered(tmp_path: Path):
    """What was simulated is past; nothing of it is parked, waits or is refused."""
    plaint = open_demo(
        Settings(data=tmp_path), seed=1, now=datetime(2026, 3, 11, 10, 30, tzinfo=UTC), size=150
    )
    found = followed(plaint)
    plaint.close()

    assert found == (0, {})
