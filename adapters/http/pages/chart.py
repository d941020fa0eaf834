"""The one chart: promises kept and missed, by month, a strip for each milestone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from adapters.http.pages.words import human, month
from projections.dashboard import MilestoneCount

MONTHS_SHOWN = 12
WIDTH, LEFT, RIGHT = 920, 176, 84
STRIP, BAR_HEIGHT, TOP, FOOT = 84, 56, 18, 26


@dataclass(frozen=True)
class Bar:
    """One month of one milestone: where its two parts stand."""

    x: float
    width: float
    met_y: float
    met_height: float
    missed_y: float
    missed_height: float
    label: str


@dataclass(frozen=True)
class Strip:
    """One milestone over the months."""

    title: str
    regime: str
    y: float
    base: float
    in_time: str
    total: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """What the template draws; *description* says the same in a sentence."""

    width: int
    height: int
    months: tuple[tuple[float, str], ...]
    strips: tuple[Strip, ...]
    left: int
    right: float
    description: str


def draw(counts: Sequence[MilestoneCount]) -> Chart | None:
    """Return the chart of the latest months in *counts*, or None when there is nothing to draw."""
    months = sorted({each.month for each in counts})[-MONTHS_SHOWN:]
    if not months:
        return None
    step = (WIDTH - LEFT - RIGHT) / len(months)
    at = {name: LEFT + step * index for index, name in enumerate(months)}
    shown = [each for each in counts if each.month in at]
    by_promise = groupby(sorted(shown, key=_promise), key=_promise)
    strips = tuple(
        _strip(list(group), index, at, min(step * 0.62, 44), step)
        for index, (_, group) in enumerate(by_promise)
    )
    labels = tuple((at[name] + step / 2, month(name)[:3] + f" {name[2:4]}") for name in months)
    met, missed = sum(each.met for each in shown), sum(each.missed for each in shown)
    span = f"{month(months[0])} to {month(months[-1])}" if len(months) > 1 else month(months[0])
    return Chart(
        width=WIDTH,
        height=TOP + STRIP * len(strips) + FOOT,
        months=labels,
        strips=strips,
        left=LEFT,
        right=WIDTH - RIGHT,
        description=f"Promises that fell due, {span}: {met:,} met, {missed:,} missed; figures in the table.",
    )


def _promise(count: MilestoneCount) -> tuple[bool, str, str]:
    return (count.regime != "house", count.regime, count.milestone)


def _strip(
    counts: Sequence[MilestoneCount], index: int, at: dict[str, float], width: float, step: float
) -> Strip:
    base = TOP + STRIP * index + BAR_HEIGHT
    highest = max(each.met + each.missed for each in counts) or 1
    bars = tuple(_bar(each, at[each.month] + (step - width) / 2, width, base, highest) for each in counts)
    met, missed = sum(each.met for each in counts), sum(each.missed for each in counts)
    return Strip(
        title=human(counts[0].milestone),
        regime=human(counts[0].regime),
        y=base - BAR_HEIGHT,
        base=base,
        in_time=share(met, missed),
        total=f"of {met + missed:,}",
        bars=bars,
    )


def _bar(count: MilestoneCount, x: float, width: float, base: float, highest: int) -> Bar:
    met, missed = (_tall(part, highest) for part in (count.met, count.missed))
    return Bar(
        x=round(x, 1),
        width=round(width, 1),
        met_y=round(base - met, 1),
        met_height=met,
        missed_y=round(base - met - missed, 1),
        missed_height=missed,
        label=f"{human(count.milestone)}, {month(count.month)}: {count.met:,} met, {count.missed:,} missed",
    )


def _tall(part: int, highest: int) -> float:
    """Return a height; what exists is never too small to be seen."""
    return round(max(1.5, part / highest * (BAR_HEIGHT - 3)), 1) if part else 0


def share(met: int, missed: int) -> str:
    """Return how many of the promises were kept, in per cent, never rounded up to all of them."""
    if not met + missed:
        return "–"
    exact = 100 * met / (met + missed)
    return f"{min(round(exact), 99) if missed else 100} %"


def latest_first(counts: Iterable[MilestoneCount]) -> list[MilestoneCount]:
    """Return *counts* with the latest month first, the house's milestones before the law's."""
    return sorted(sorted(counts, key=_promise), key=lambda each: each.month, reverse=True)
