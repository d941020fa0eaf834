"""A whole register imported at once, with its read models, by the command that a user gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks import sides
from tests.benchmarks.figures import report
from tests.conftest import not_run

ROOT = Path(__file__).parents[2]
CASEWORK = Path(__file__).parents[3] / "shared" / "data" / "nyc_casework.csv.gz"
GOAL = 60.0
PLAINT = (sys.executable, "-c", "from adapters.cli import main; main()")


def test_import_of_the_casework_of_new_york(tmp_path: Path) -> None:
    """239,105 cases (received, resolved, closed; no clocks) on SQLite, read models included.

    What is measured is all that the user waits for, from the start of the command to its end.
    The read models are folded beside the import: what they take of it is what is left once it is done.
    """
    path = Path(os.environ.get("PLAINT_BENCH_NYC") or CASEWORK)
    if not path.exists():
        not_run("casework", "PLAINT_BENCH_NYC names no file")
    command = [*PLAINT, "import", "nyc", str(path), "--zone", "America/New_York", "--json"]
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PLAINT_DATA": str(tmp_path)},
        stdout=subprocess.PIPE,
        check=True,
    )
    whole = time.monotonic() - began
    told = json.loads(done.stdout)
    with sides.opened(tmp_path) as plaint:
        assert (plaint.views.lag(), plaint.views.stopped()) == (0, {})
    cases, events = told["cases"], told["events"]
    parts = {
        "import": told["seconds"],
        "read models, once it is done": told["up_to_date_seconds"] - told["seconds"],
        "both, with the start of the command": whole,
    }
    rows: list[dict[str, object]] = [
        {"what": what, "seconds": taken, "cases/s": cases / taken, "events/s": events / taken}
        for what, taken in parts.items()
    ]
    rows[-1] |= {"cases": cases, "events": events}
    rows[-1] |= {"goal": f"<= {GOAL:g} s", "met": "yes" if whole <= GOAL else "no"}
    report("import", rows)
