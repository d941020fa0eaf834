"""Derive ``cases.csv.gz`` from the incident log: ``python derive.py LOG.csv.gz``.

The log holds one row for each update of a case, in the order in which they happened
within the case.  A case is opened at ``opened_at``; its first response is the first
row that is not New, its first resolution the first row that is Resolved, its final
resolution the last such row.  Only the dates are kept, as the log writes them: it
names no time zone.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

COLUMNS = ("case_id", "opened", "first_response", "first_resolution", "final_resolution")


def derived(log: Path) -> dict[str, dict[str, str]]:
    """Return the dates of each case."""
    cases: dict[str, dict[str, str]] = {}
    with gzip.open(log, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            id, state, day = row["number"], row["incident_state"], row["sys_updated_at"][:10]
            case = cases.setdefault(id, dict.fromkeys(COLUMNS, "") | {"case_id": id})
            case["opened"] = row["opened_at"][:10]
            if state != "New":
                case["first_response"] = case["first_response"] or day
            if state == "Resolved":
                case["first_resolution"] = case["first_resolution"] or day
                case["final_resolution"] = day
    return cases


def main(log: Path) -> None:
    """Write the dates beside this file, the same bytes each time."""
    lines = [",".join(COLUMNS)]
    lines += [",".join(case[column] for column in COLUMNS) for case in derived(log).values()]
    text = "\n".join(lines) + "\n"
    Path(__file__).with_name("cases.csv.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
