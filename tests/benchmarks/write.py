"""Puts the figures of the last run into `docs/performance.md`, whole tables at a time.

Run it as ``python -m tests.benchmarks.write`` after ``make bench`` on a machine with nothing else to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import folder, table

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
TITLES = {
    "command": "Commands, PostgreSQL",
    "append-postgresql": "Appends of one event, PostgreSQL",
    "append-slow-flush": "Appends of one event, PostgreSQL, 2 ms before each flush",
    "append-sqlite": "Appends of one event, SQLite",
    "append-bulk-postgresql": "Appends of 200 cases, PostgreSQL: against COPY",
    "append-bulk-sqlite": "Appends of 200 cases, SQLite: against executemany",
    "views-postgresql": "Read models that catch up, PostgreSQL",
    "views-sqlite": "Read models that catch up, SQLite",
    "rebuild-sqlite": "Building every read model, SQLite",
    "rebuild-postgresql": "Building every read model, PostgreSQL",
    "load-postgresql": "Loading a case, PostgreSQL",
    "load-sqlite": "Loading a case, SQLite",
    "map": "One event to bytes and back",
    "sealing": "What sealing costs a command",
    "import": "Importing the casework of New York, SQLite",
    "deadlines": "Due dates",
    "scheduler-tick": "A tick of the scheduler",
    "scheduler-sqlite": "Ten thousand due at once, SQLite",
    "scheduler-postgresql": "Ten thousand due at once, PostgreSQL",
    "search-catch-up": "The search index that catches up",
    "search-questions-sqlite": "Questions to the search index, SQLite",
    "search-questions-postgresql": "Questions to the search index, PostgreSQL",
    "http": "Requests, PostgreSQL, two server processes",
    "http-token": "What the check of a token costs a GET",
    "lists-sqlite": "Lists, dashboard and search among few and many, SQLite",
    "lists-postgresql": "Lists, dashboard and search among few and many, PostgreSQL",
    "lists-burst-sqlite": "The same after a burst, SQLite",
    "lists-burst-postgresql": "The same after a burst, PostgreSQL",
    "start": "Opening, help and memory, embedded",
    "files-largest": "The largest file on its way, embedded",
    "files-small": "Small files that wait, SQLite",
    "files-destroyed-sqlite": "Destroying the key of a file, SQLite",
    "files-destroyed-postgresql": "Destroying the key of a file, PostgreSQL",
    "fresh-sqlite": "From the commit to every read model, SQLite",
    "fresh-postgresql": "From the commit to every read model, PostgreSQL",
}


def figures(found: Path) -> str:
    """Return the tables of every measurement in the folder *found*, and what they were taken on."""
    return "\n\n".join(_parts(found))


def written(page: str, figures: str) -> str:
    """Return *page* with *figures* in the place of those it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def _parts(found: Path) -> Iterator[str]:
    machine = found / "plaint-bench-machine.json"
    if machine.exists():
        yield _machine(json.loads(machine.read_text()))
    for name, title in TITLES.items():
        path = found / f"plaint-bench-{name}.json"
        if path.exists():
            yield f"### {title}"
            yield _markdown(json.loads(path.read_text()))


def _machine(facts: Mapping[str, Any]) -> str:
    server = facts["postgresql"]
    settings = ", ".join(f"{name} {value}" for name, value in server.items() if name != "server_version")
    return (
        f"Taken {facts['taken']} on {facts['system']}, {facts['cores']} cores, load {facts['load before']:.1f} "
        f"before, {facts['rounds']} rounds of {facts['seconds a side']:g} s a side; Python {facts['python']}, eventsourcing {facts['eventsourcing']}, psycopg {facts['psycopg']}; "
        f"PostgreSQL {server['server_version']} ({settings})."
    )


def _markdown(rows: list[dict[str, object]]) -> str:
    heading, *lines = table(rows)
    columns = [heading, ["---"] + ["--:"] * (len(heading) - 1), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in columns)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), figures(folder())))
