"""How figures are taken and shown: both sides in turn in one run, medians, a table, and JSON beside it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

SAID: list[str] = []
"""What is shown at the end of the run."""
WINDOW = float(os.environ.get("PLAINT_BENCH_SECONDS", "2"))
"""Seconds for which each side is let loose in each round."""
ROUNDS = int(os.environ.get("PLAINT_BENCH_ROUNDS", "5"))
FULL = "PLAINT_BENCH_FULL" in os.environ
"""Whether to measure at the sizes that take an hour."""


def folder() -> Path:
    """Return the folder that figures are written to: ``PLAINT_BENCH``, or a temporary one."""
    chosen = Path(
        os.environ.get("PLAINT_BENCH") or Path(tempfile.gettempdir()) / f"plaint-bench-{os.getuid()}"
    )
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def seconds(act: Callable[[], object]) -> float:
    """Return how long *act* takes."""
    began = perf_counter()
    act()
    return perf_counter() - began


def rate(act: Callable[[], object], window: float = WINDOW) -> float:
    """Return how often a second *act* can be done, tried for *window* seconds."""
    began, number = perf_counter(), 0
    while (taken := perf_counter() - began) < window:
        act()
        number += 1
    return number / taken


def rate_of(act: Callable[[T], object], make: Callable[[], T], window: float = WINDOW) -> float:
    """Return how often a second *act* can be done with what *make* makes, whose making is not counted."""
    taken, number = 0.0, 0
    while taken < window:
        made = make()
        began = perf_counter()
        act(made)
        taken += perf_counter() - began
        number += 1
    return number / taken


def in_turn(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure every side once a round, one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            taken[name].append(measure())
    return taken


def versus(
    ours: Sequence[float], theirs: Sequence[float], goal: float | None = None, *, at_most: bool = False
) -> dict[str, object]:
    """Compare two sides measured in turn: the median of the rounds' ratios, their span, and the goal.

    The ratio is taken round by round, because a machine drifts by more than two sides differ.
    """
    ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    return judged(median(ratios), goal, at_most=at_most) | {
        "lowest": ratios[0],
        "highest": ratios[-1],
    }


def judged(ratio: float, goal: float | None, *, at_most: bool = False) -> dict[str, object]:
    """Return a row's *ratio*, its goal, and whether it is met."""
    if goal is None:
        return {"ratio": ratio, "goal": "", "met": ""}
    met = ratio <= goal if at_most else ratio >= goal
    return {"ratio": ratio, "goal": f"{'<=' if at_most else '>='} {goal:g}", "met": "yes" if met else "no"}


def report(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print *rows* as a table, and write them to the folder of figures."""
    path = folder() / f"plaint-bench-{name}.json"
    path.write_text(json.dumps(rows, indent=2) + "\n")
    cells = table(rows)
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    say("")
    say(name)
    for line in cells:
        say("  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    say(f"  written to {path}")


def table(rows: Sequence[Mapping[str, object]]) -> list[list[str]]:
    """Return the heading and the cells of *rows* as text."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [columns, *([shown(row.get(column, "")) for column in columns] for row in rows)]


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
