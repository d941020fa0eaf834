"""Count what a correct import of the casework finds, and make the sample: ``python derive.py CASEWORK.csv.gz``.

A key that comes again is dropped, the first row in the order of the file counts.  The
sample takes the cases whose key hashes to a multiple of 24, and all whose key comes again.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

COLUMNS: tuple[str, ...] = (
    "unique_key",
    "account",
    "opendate",
    "closedate",
    "complaint_type",
    "descriptor",
    "borough",
    "council_dist",
    "community_board",
)
WORDS = ("complaint_type", "descriptor", "account", "borough")
SHARE = 24
TYPES = 15
PERCENTILES, NEAREST = (10, 25, 50, 75, 90, 95, 99), (50, 90, 95)
HOLIDAYS = frozenset(
    map(date.fromisoformat, json.loads(Path(__file__).with_name("holidays.json").read_text()))
)
"""The federal holidays of the United States, with the days on which they are observed."""


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(rows: Iterable[dict[str, str]]) -> dict[str, Any]:
    """Return what is counted from *rows*; an empty word counts the cases without."""
    rows = list(rows)
    cases = list({row["unique_key"]: row for row in reversed(rows)}.values())
    closed = [row for row in cases if row["closedate"]]
    days = [_between(row) for row in closed]
    return {
        "rows": len(rows),
        "distinct_unique_key": len(cases),
        "opendate": [min(row["opendate"] for row in cases), max(row["opendate"] for row in cases)],
        "closedate_max": max(row["closedate"] for row in closed),
        **{f"by_{word}": dict(sorted(Counter(row[word] for row in cases).items())) for word in WORDS},
        "by_month_open": dict(sorted(Counter(row["opendate"][:7] for row in cases).items())),
        "by_month_close": dict(sorted(Counter(row["closedate"][:7] for row in closed).items())),
        "open_cases": len(cases) - len(closed),
        "days_to_close": spread(days),
        "same_day_close": days.count(0),
        "days_to_close_by_type": _by_type(closed),
        "breach_close": {
            "done": len(closed),
            "not_done": len(cases) - len(closed),
            "calendar_US-federal": _breaches(closed, HOLIDAYS),
            "calendar_none": _breaches(closed, frozenset()),
            "calendar_days": {f"breach_{limit}_days": sum(d > limit for d in days) for limit in (15, 30, 56)},
        },
        "backlog_at": {
            f"{year}-{month:02}-01": _backlog(cases, f"{year}-{month:02}-01")
            for year in range(2016, 2025)
            for month in (1, 7)
        },
    }


def spread(values: Iterable[float]) -> dict[str, float]:
    """Return number, extremes, mean and percentiles: interpolated, and (disc) as the nearest value there is."""
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "min": float(ordered[0]),
        "max": float(ordered[-1]),
        "mean": round(sum(ordered) / len(ordered), 4),
        **{f"p{percent}": round(_interpolated(ordered, percent), 4) for percent in PERCENTILES},
        **{f"disc_p{percent}": float(ordered[-(-len(ordered) * percent // 100) - 1]) for percent in NEAREST},
    }


def _interpolated(ordered: list[float], percent: int) -> float:
    whole, rest = divmod((len(ordered) - 1) * percent, 100)
    return ordered[whole] + (ordered[whole + 1] - ordered[whole]) * rest / 100 if rest else ordered[whole]


def _by_type(closed: list[dict[str, str]]) -> dict[str, dict[str, float]]:
    """Return how long the cases of each type took; types with few cases tell nothing."""
    days: defaultdict[str, list[int]] = defaultdict(list)
    for row in closed:
        days[row["complaint_type"]].append(_between(row))
    most = sorted(days, key=lambda name: (-len(days[name]), name))[:TYPES]
    return {name: spread(days[name]) for name in sorted(most)}


def _breaches(closed: list[dict[str, str]], holidays: frozenset[date]) -> dict[str, int]:
    """Count the cases that took more business days than each limit; the day of receipt is none of them."""
    opened = [date.fromisoformat(row["opendate"]) for row in closed]
    first, last = min(opened), max(date.fromisoformat(row["closedate"]) for row in closed)
    so_far, passed = {first: 0}, 0
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        passed += day.weekday() < 5 and day not in holidays
        so_far[day] = passed
    taken = [
        so_far[date.fromisoformat(row["closedate"])] - so_far[begun]
        for row, begun in zip(closed, opened, strict=True)
    ]
    return {f"breach_{limit}_bd": sum(each > limit for each in taken) for limit in (2, 7, 15)}


def _between(row: dict[str, str]) -> int:
    return (date.fromisoformat(row["closedate"]) - date.fromisoformat(row["opendate"])) // timedelta(days=1)


def _backlog(cases: list[dict[str, str]], day: str) -> int:
    return sum(row["opendate"] < day and (not row["closedate"] or row["closedate"] >= day) for row in cases)


def sample(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of the sample, in the order of the file."""
    times = Counter(row["unique_key"] for row in rows)
    return [
        row for row in rows if times[row["unique_key"]] > 1 or crc32(row["unique_key"].encode()) % SHARE == 0
    ]


def main(path: Path) -> None:
    """Write the sample and its figures beside this file, the same bytes each time."""
    chosen = sample(read(path))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(chosen)
    here = Path(__file__)
    here.with_name("casework.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    counted = json.dumps(figures(chosen), indent=1, ensure_ascii=False)
    here.with_name("expected.json").write_text(f"{counted}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
