"""An import that is killed, again and again, is completed by another: the store is as if nothing had happened."""

from __future__ import annotations

import csv
import gzip
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest

from adapters.bootstrap import Plaint
from adapters.importers import itsm
from adapters.importers.run import REGISTERS, import_file
from adapters.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLES = {
    "cfpb": ROOT / "adapters" / "demo" / "sample" / "cfpb_complaints.csv.gz",
    "itsm": ROOT / "tests" / "data" / "itsm" / "log.csv.gz",
    "nyc": ROOT / "tests" / "data" / "nyc" / "casework.csv.gz",
}
ROWS = 2_000
"""As many rows of each sample: at least seven transactions of the program below."""
DELAYS = (0.0, 0.015)
"""Seconds after a transaction at which the program is killed: in the next one, or on the way to it."""
PROGRAM = """
import sys
from pathlib import Path
from adapters.bootstrap import Plaint
from adapters.importers import run
from adapters.settings import Settings

run.CASES_AT_ONCE = 50
plaint = Plaint.open(Settings(data=Path(sys.argv[1])))
append, new = plaint.store.append, 0
def told(*cases):
    global new
    append(*cases)
    new += bool(cases)
    print(len(cases), flush=True)
    if new == 3:
        sys.stdin.read()  # its end comes from outside, however late
plaint.store.append = told
run.import_file(plaint, Path(sys.argv[2]), system=sys.argv[3], zone="America/New_York")
"""

Lives = Mapping[UUID, list[tuple[str, object]]]


def beginning_of(system: str, folder: Path) -> Path:
    """Write the first rows of a sample; the last case of the incident log may lack some of its rows."""
    path = folder / f"{system}.csv"
    with gzip.open(SAMPLES[system], "rt", encoding="utf-8", newline="") as file, path.open("w") as cut:
        rows = csv.reader(file)
        csv.writer(cut).writerows(row for _, row in zip(range(ROWS + 1), rows, strict=False))
    return path


def lives(plaint: Plaint, system: str) -> Lives:
    """Return what was imported: of each case the topics and instants of its events, in order."""
    found: dict[UUID, list[tuple[str, object]]] = {}
    for _, event in plaint.store.everything():
        if event.actor == f"import:{system}":
            assert event.originator_version == len(found.get(event.originator_id, ())) + 1
            found.setdefault(event.originator_id, []).append((event.TOPIC, event.occurred_at))
    return found


def killed(data: Path, file: Path, system: str, delay: float) -> None:
    """Import *file* in a process that is killed *delay* seconds after its second transaction with new cases."""
    command = [sys.executable, "-c", PROGRAM, str(data), str(file), system]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as importing:
        assert importing.stdout is not None
        new = 0
        while new < 2:
            said = importing.stdout.readline()
            assert said, "the import ended by itself"
            new += int(said) > 0
        time.sleep(delay)  # where in the import it dies is the point of the test
        importing.send_signal(signal.SIGKILL)
    assert importing.returncode == -signal.SIGKILL


@pytest.mark.parametrize("system", REGISTERS)
def test_an_import_that_is_killed_again_and_again_is_completed(system: str, tmp_path: Path):
    file = beginning_of(system, tmp_path)
    whole = Plaint.open(Settings(data=tmp_path / "whole"))
    summary = import_file(whole, file, system=system, zone="America/New_York")
    expected = lives(whole, system)
    whole.close()

    for delay in DELAYS:
        killed(tmp_path / "data", file, system, delay)

    plaint = Plaint.open(Settings(data=tmp_path / "data"))
    before = lives(plaint, system)
    assert len(DELAYS) * 2 * 50 <= len(before) < summary.cases
    assert all(expected[id] == life for id, life in before.items())
    again = import_file(plaint, file, system=system, zone="America/New_York")
    assert lives(plaint, system) == expected
    assert (again.rows, again.cases, again.rejected) == (
        summary.rows,
        summary.cases - len(before),
        summary.rejected,
    )
    plaint.views.catch_up()
    kind = "ticket_" if system == itsm.SYSTEM else ""
    received = plaint.queries.counters("queue")[f"{kind}received_by_all"]
    assert sum(received.values()) == summary.cases
    plaint.close()
