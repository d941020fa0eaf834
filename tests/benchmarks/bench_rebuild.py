"""Building read models takes time by the number of events, and the same memory for any number.

Each build runs in a process of its own, whose peak of memory is read at its end: a first build
from an empty store, and then one beside it of everything again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import cases, sides
from tests.benchmarks.crowd import apart, peak_memory
from tests.benchmarks.figures import FULL, judged, report, seconds

FEW, MANY = (100_000, 1_000_000) if FULL else (20_000, 200_000)
LINEAR, FLAT = 1.1, 1.25
"""How much longer an event may take, and how much more memory the build, among ten times as many."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rebuild(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Every read model among many events, against the same among a tenth of them."""
    urls: list[str | None] = [None, None]
    if kind == "postgresql":
        urls = [request.getfixturevalue(name) for name in ("postgres_url", "another_url")]
    found = [measured(tmp_path / str(n), url, n) for n, url in zip((FEW, MANY), urls, strict=True)]
    few, many = found
    rows: list[dict[str, object]] = []
    for what in ("first build", "rebuild"):
        for figure, goal in (("us an event", LINEAR), ("MB at most", FLAT)):
            one, other = few[what][figure], many[what][figure]
            figures = {"what": what, "figure": figure, f"{FEW:,} events": one, f"{MANY:,} events": other}
            rows.append(figures | judged(other / one, goal, at_most=True))
    report(f"rebuild-{kind}", rows)


def measured(folder: Path, url: str | None, wanted: int) -> dict[str, dict[str, float]]:
    with sides.opened(folder, url) as plaint:
        events = cases.store(plaint, wanted).events
    return {
        "first build": apart(build, folder, url, events, False),
        "rebuild": apart(build, folder, url, events, True),
    }


def build(folder: Path, url: str | None, events: int, again: bool) -> dict[str, float]:
    """Build every read model for the first time or *again*; return what it takes."""
    with sides.opened(folder, url) as plaint:
        act = (lambda: sides.rebuild(plaint)) if again else plaint.views.catch_up
        taken = seconds(act)
        assert plaint.views.stopped() == {}
    return {"us an event": taken / events * 1e6, "MB at most": peak_memory()}
