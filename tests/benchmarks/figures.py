"""How figures are taken and shown: both sides in turn in one run, medians, a table, and JSON beside it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

SAID: list[str] = []
"""What is shown at the end of the run."""


def seconds(act: Callable[[], object]) -> float:
    """Return how long *act* takes."""
    began = perf_counter()
    act()
    return perf_counter() - began


def in_turn(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure every side once a round, one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            taken[name].append(measure())
    return taken


def report(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print *rows* as a table, and write them to ``PLAINT_BENCH`` or a temporary folder."""
    folder = Path(os.environ.get("PLAINT_BENCH") or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"plaint-bench-{name}.json"
    path.write_text(json.dumps(rows, indent=2) + "\n")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [columns, *([shown(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(columns))]
    say("")
    say(name)
    for line in cells:
        say("  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    say(f"  written to {path}")


def say(text: str) -> None:
    """Show a line when the run is over."""
    SAID.append(text)


def shown(value: object) -> str:
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and value < 1000
        else (f"{value:,.0f}" if isinstance(value, int | float) else str(value))
    )


def middle(values: Sequence[float]) -> float:
    return median(values)
