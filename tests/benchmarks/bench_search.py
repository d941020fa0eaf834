"""The search index: how fast it follows the log, and how long a question takes among few and many cases.

Following is held against the eventsourcing library's ProjectionRunner with one view that counts;
ours opens every sealed text, folds its words and writes them.  A question is held against the
same among a thousand cases, with as many hits: those are of a person, or have a word that
twenty cases have.
"""

from __future__ import annotations

from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from adapters.bootstrap import Plaint
from adapters.search.finding import Among
from domain import commands as c
from domain.access import Principal, Role
from domain.complaint import Complaint
from tests.adapters import postgres
from tests.benchmarks import cases, library, sides
from tests.benchmarks.figures import FULL, ROUNDS, WINDOW, in_turn, middle, rate, report, seconds, versus

EVENTS, LIBRARY_EVENTS = int(5_000 * WINDOW), int(1_500 * WINDOW)
GOAL, SLOWER = 3.0, 1.5
FEW, MANY = 1_000, 1_000_000 if FULL else 100_000
LENGTH, HITS = 3, 20
WHO = Principal(id="reader", role=Role.SUPERVISOR)
QUESTIONS = ("zeppelin", "zeppelin balloon", '"zeppelin balloon"', "zeppel* -gondola")


def test_catch_up(
    postgres_server: postgres.Server, postgres_url: str, another_url: str, tmp_path: Path
) -> None:
    """Against the library's runner, whose events are its own, of about the same size."""
    with library.application(another_url, tmp_path) as application:
        library.store_cases(application, LIBRARY_EVENTS // 5, 5)
    runner = library.catch_up(another_url, tmp_path, LIBRARY_EVENTS // 5 * 5)
    stored: dict[str, int] = {}
    urls: dict[str, str | None] = {"postgresql": postgres_url, "sqlite": None}
    for name, url in urls.items():
        with sides.opened(tmp_path / name, url) as plaint:
            stored[name] = cases.store(plaint, EVENTS).events

    def catch_up(name: str) -> float:
        with sides.opened(tmp_path / name, urls[name]) as plaint:
            return stored[name] / seconds(plaint.search.rebuild)

    acts = {"runner": lambda: LIBRARY_EVENTS / seconds(runner)} | {
        name: partial(catch_up, name) for name in urls
    }
    taken = in_turn(ROUNDS, acts)
    rows: list[dict[str, object]] = [
        {
            "index on": name,
            "ours, events/s": middle(taken[name]),
            "runner, events/s": middle(taken["runner"]),
        }
        | versus(taken[name], taken["runner"], GOAL)
        for name in urls
    ]
    report("search-catch-up", rows)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_questions(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """As many hits among many cases, against the same among few."""
    urls: list[str | None] = [None, None]
    if kind == "postgresql":
        urls = [request.getfixturevalue(name) for name in ("postgres_url", "another_url")]
    with (
        sides.opened(tmp_path / "few", urls[0]) as few,
        sides.opened(tmp_path / "many", urls[1]) as many,
    ):
        fill(few, FEW)
        fill(many, MANY)
        rows: list[dict[str, object]] = []
        for question in QUESTIONS:
            acts = {
                name: partial(rate, partial(asked, plaint, question), WINDOW / 4)
                for name, plaint in (("few", few), ("many", many))
            }
            taken = in_turn(ROUNDS, acts)
            slow = [[1e3 / each for each in taken[name]] for name in ("many", "few")]
            figures = {
                "question": question,
                f"ms among {FEW:,}": middle(slow[1]),
                f"ms among {MANY:,}": middle(slow[0]),
            }
            rows.append(figures | versus(slow[0], slow[1], SLOWER, at_most=True))
    report(f"search-questions-{kind}", rows)


def fill(plaint: Plaint, number: int) -> None:
    """Store *number* cases, of which some have a note that is asked for, and index them."""
    written = cases.store_cases(plaint, number - HITS, LENGTH).cases
    step = max(1, len(written) // HITS)
    for id, text in zip(
        written[::step], cycle(("A zeppelin balloon.", "No balloon, a zeppelin.")), strict=False
    ):
        plaint.desk.command(id, c.Note(text=text), "handler-1")
    plaint.views.catch_up()
    plaint.search.engine.catch_up()
    assert plaint.store.load(Complaint, written[0]) is not None
    assert asked(plaint, QUESTIONS[0]) >= HITS


def asked(plaint: Plaint, question: str) -> int:
    return len(plaint.finding.hits(WHO, question, Among(), limit=50))
