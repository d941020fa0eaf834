"""A whole register imported at once, with its read models."""

from __future__ import annotations

import os
from pathlib import Path

from adapters.importers.run import import_file
from tests.benchmarks import sides
from tests.benchmarks.figures import report, seconds
from tests.conftest import not_run

CASEWORK = Path(__file__).parents[3] / "shared" / "data" / "nyc_casework.csv.gz"
GOAL = 60.0


def test_import_of_the_casework_of_new_york(tmp_path: Path) -> None:
    """239,105 cases (received, resolved, closed; no clocks) on SQLite, read models included."""
    path = Path(os.environ.get("PLAINT_BENCH_NYC") or CASEWORK)
    if not path.exists():
        not_run("casework", "PLAINT_BENCH_NYC names no file")
    with sides.opened(tmp_path) as plaint:
        before = plaint.store.count()
        found = import_file(plaint, path, system="nyc", zone="America/New_York")
        folding = seconds(plaint.views.catch_up)
        events = plaint.store.count() - before
        assert plaint.views.stopped() == {}
    whole = found.seconds + folding
    rows: list[dict[str, object]] = [
        {"what": what, "seconds": taken, "cases/s": found.cases / taken, "events/s": events / taken}
        for what, taken in (("import", found.seconds), ("read models", folding), ("both", whole))
    ]
    rows[-1] |= {"cases": found.cases, "events": events}
    rows[-1] |= {"goal": f"<= {GOAL:g} s", "met": "yes" if whole <= GOAL else "no"}
    report("import", rows)
