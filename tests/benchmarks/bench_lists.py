"""Lists, the dashboard and search among few cases and many, and after a burst of cases that are nobody's.

They are asked as the API asks them, without HTTP.  The goal is that a page takes as long among
many cases as among a thousand, and that a team whose queue fills up overnight notices nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from adapters.bootstrap import Plaint
from adapters.dashboard import dashboard
from adapters.search.finding import Among
from adapters.views.kept import KeptCounts
from adapters.views.queries import Filter, Sort
from domain.access import Principal, Role
from tests.benchmarks import sides
from tests.benchmarks.crowd import Act
from tests.benchmarks.figures import FULL, ROUNDS, WINDOW, in_turn, judged, middle, report, versus
from tests.benchmarks.register import COMMON, HITS, RARE, TEAMS, Register

FEW, MANY, BURST = 1_000, 1_000_000 if FULL else 100_000, 30_000
PAGE = 10
"""Rows of a page: few enough that there is a whole one of everything among few cases as well."""
SLOWER, KEPT = 1.5, 0.5
TEAM = TEAMS[0]
WHO = {
    "handler": Principal(id="anna", role=Role.HANDLER, teams=(TEAM,)),
    "supervisor": Principal(id="sue", role=Role.SUPERVISOR),
}
BOUND = f"search, {COMMON}"
"""Its hits grow with the cases up to 10,000, so that it has no goal."""


def questions(plaint: Plaint) -> Mapping[str, Act]:
    """Return everything that is asked, by its name."""
    team = Filter(team=TEAM, open=True)
    mine = Filter(kind="complaint", status=("investigating",), assignee=f"{TEAM}-1")
    theirs = Filter(kind="complaint", status=("withdrawn",))
    every = Filter(kind="complaint")
    pages: dict[str, tuple[str, Filter, Sort]] = {
        "queue of a team, handler": ("handler", team, "due"),
        "state and assignee, handler": ("handler", mine, "due"),
        "state and assignee, supervisor": ("supervisor", mine, "due"),
        "a rare state, supervisor": ("supervisor", theirs, "-received_at"),
        "everything, handler": ("handler", every, "due"),
        "everything, supervisor": ("supervisor", every, "due"),
    }
    acts: dict[str, Act] = {
        name: partial(plaint.queries.cases, WHO[who], wanted, sort=sort, limit=PAGE)
        for name, (who, wanted, sort) in pages.items()
    }
    for name, who in WHO.items():
        acts[f"dashboard, {name}"] = partial(dashboard, plaint.queries, plaint.desk.rules, who, plaint.now())
        acts[f"dashboard after a write, {name}"] = partial(counted_anew, plaint, who)
        acts[f"search, {HITS} hits, {name}"] = partial(plaint.finding.hits, who, RARE, Among(), limit=HITS)
    acts[BOUND] = partial(plaint.finding.hits, WHO["supervisor"], COMMON, Among(), limit=HITS)
    return acts


def counted_anew(plaint: Plaint, who: Principal) -> None:
    """Read the dashboard as it is read when something was written since anybody did."""
    plaint.queries.kept = KeptCounts()
    dashboard(plaint.queries, plaint.desk.rules, who, plaint.now())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_lists(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each question among few and among many, in turn; and once more after the burst."""
    urls: list[str | None] = [None, None]
    if kind == "postgresql":
        urls = [request.getfixturevalue(name) for name in ("postgres_url", "another_url")]
    with sides.opened(tmp_path / "few", urls[0]) as few, sides.opened(tmp_path / "many", urls[1]) as many:
        filled(few, FEW)
        register = filled(many, MANY)
        before = asked(few, many)
        register.burst(BURST, TEAM)
        many.queries.kept = KeptCounts()  # its rows are written past the log, so that nobody knows of them
        after = asked(few, many)
    rows: list[dict[str, object]] = []
    for name, taken in before.items():
        figures = {
            "question": name,
            f"ms among {FEW:,}": middle(taken["few"]) * 1e3,
            f"ms among {MANY:,}": middle(taken["many"]) * 1e3,
        }
        goal = None if name == BOUND else SLOWER
        rows.append(figures | versus(taken["many"], taken["few"], goal, at_most=True))
    report(f"lists-{kind}", rows)
    report(f"lists-burst-{kind}", [kept(name, before[name], after[name]) for name in before])


def filled(plaint: Plaint, number: int) -> Register:
    """Fill read models and index with *number* cases."""
    plaint.views.catch_up()
    plaint.search.engine.catch_up()
    register = Register(plaint)
    register.fill(number)
    register.index(number)
    assert plaint.queries.cases(WHO["handler"], Filter(team=TEAM)).next is not None
    assert len(plaint.finding.hits(WHO["supervisor"], RARE, Among(), limit=HITS + 1)) == HITS
    return register


def asked(few: Plaint, many: Plaint) -> dict[str, dict[str, list[float]]]:
    """Return how many seconds each question took, by side, for each round."""
    acts = {"few": questions(few), "many": questions(many)}
    return {
        name: in_turn(ROUNDS, {side: partial(p50, acts[side][name]) for side in acts}) for name in acts["few"]
    }


def p50(act: Act) -> float:
    """Return the median of the seconds that *act* takes, tried for a while."""
    act()
    taken: list[float] = []
    end = perf_counter() + WINDOW / 4
    while not taken or perf_counter() < end:
        began = perf_counter()
        act()
        taken.append(perf_counter() - began)
    return median(taken)


def kept(
    name: str, before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]]
) -> dict[str, object]:
    """Return how much of its rate a question kept; the few cases, which nothing was added to, tell the drift."""
    drift = middle(after["few"]) / middle(before["few"])
    rates = {"a second before": 1 / middle(before["many"]), "and after": 1 / middle(after["many"])}
    return {"question": name, **rates} | judged(middle(before["many"]) * drift / middle(after["many"]), KEPT)
