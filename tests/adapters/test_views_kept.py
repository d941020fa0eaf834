"""Counts are kept until the read model has moved on, and not one write longer."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.dashboard import dashboard
from adapters.views import kept, queries, tables
from adapters.views.kept import KeptCounts
from adapters.views.queries import FallingDue, Filter
from adapters.views.rebuilding import rebuild
from domain import commands as c
from domain.access import Principal, Role
from tests.http.world import World

SUPERVISOR = Principal(id="eve", role=Role.SUPERVISOR)
HANDLER = Principal(id="anna", role=Role.HANDLER, teams=("payments",))


def test_the_same_question_is_counted_once():
    counts, asked = KeptCounts[int](), iter([3, 4])

    assert [counts.get("open", lambda: next(asked)) for _ in range(3)] == [3, 3, 3]
    assert counts.get("overdue", lambda: next(asked)) == 4


def test_what_was_not_asked_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "MANY", 2)
    counts = KeptCounts[int]()
    for asked in ("first", "second", "first", "third"):
        counts.get(asked, lambda: 1)

    assert counts.get("first", lambda: 2) == 1
    assert counts.get("second", lambda: 2) == 2


def test_what_is_put_in_place_of_a_count_is_told_from_then_on():
    counts = KeptCounts[int]()
    counts.get("open", lambda: 1)

    assert counts.put("open", 2) == 2
    assert counts.get("open", lambda: 3) == 2


def due(world: World, who: Principal = SUPERVISOR) -> tuple[int, int]:
    found = dashboard(world.plaint.queries, world.plaint.desk.rules, who, world.now)
    return found.due_today, found.due_in_2_business_days


def test_the_dashboard_counts_what_was_written_since(either: World):
    id = either.received()
    first = due(either)
    either.received()
    more = due(either)
    either.plaint.desk.command(UUID(id), c.Withdraw(reason="Settled."), "anna")
    either.settle()

    assert (first, more, due(either)) == ((0, 1), (0, 2), (0, 1))
    assert due(either, HANDLER) == (0, 0)


def test_what_falls_due_between_two_looks_is_no_longer_due(either: World):
    either.received()
    told = [due(either)]
    for _ in range(2):
        either.later(days=3)
        told.append(due(either))

    assert told == [(0, 1), (0, 1), (0, 0)]


@contextmanager
def counting(world: World) -> Generator[list[object]]:
    """Note each time that a dashboard is counted."""
    counted, real = list[object](), world.plaint.queries.falling_due

    def noted(*asked: Any) -> FallingDue:
        counted.append(asked)
        return real(*asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.plaint.queries, "falling_due", noted)
        yield counted


def test_a_dashboard_is_counted_once_until_something_is_written_or_falls_due(either: World):
    """Each scope has its own, and an instant before that of the count counts anew."""
    either.received()
    with counting(either) as counted:
        told = [(due(either), len(counted))]
        told += [(due(either, HANDLER), len(counted)), (due(either, HANDLER), len(counted))]
        for days in (0.01, -0.02, 0.01):
            either.now += timedelta(days=days)
            told.append((due(either), len(counted)))
        either.received()
        told.append((due(either), len(counted)))

    assert told == [
        *(((0, 1), 1), ((0, 0), 2), ((0, 0), 2)),
        *(((0, 1), 2), ((0, 1), 3), ((0, 1), 3)),
        ((0, 2), 4),
    ]


def test_a_dashboard_tells_the_instant_at_which_it_is_asked_for(either: World):
    either.received()
    seen = list[tuple[bool, str]]()
    for _ in range(2):
        either.now += timedelta(minutes=1)
        found = dashboard(either.plaint.queries, either.plaint.desk.rules, SUPERVISOR, either.now)
        seen.append((found.as_of == either.now, found.position))

    assert seen == [(True, seen[0][1])] * 2


def test_read_models_that_are_built_anew_are_counted_anew_at_the_same_position(either: World):
    """What was wrong in those before may be the reason why they were built anew."""
    either.received()
    right = due(either)
    with either.plaint.views_database.write() as connection:
        due_then = tables.counters.c.metric.startswith("due_")
        connection.execute(tables.counters.update().where(due_then).values(count=0))
    either.plaint.queries.kept = KeptCounts()
    wrong = due(either)
    rebuild(either.plaint.views, ["queue"])
    rebuild(either.plaint.views, ["queue"], back=True)  # the two differ, so somebody has to say so

    assert (right, wrong, due(either)) == ((0, 1), (0, 0), (0, 1))


def test_counts_of_what_falls_due_end_at_their_limit(either: World, monkeypatch: pytest.MonkeyPatch):
    """Whatever fell due before is no part of them, so that it cannot use the limit up."""
    monkeypatch.setattr(queries, "COUNT_LIMIT", 2)
    found, hour = list[object](), timedelta(hours=1)
    for _ in range(4):
        either.received()
        page = either.plaint.queries.cases(SUPERVISOR, Filter()).rows
        first, last = (each.due_before for each in (page[0], page[-1]))
        assert first is not None
        assert last is not None
        spans = (
            (first - hour, first, last),
            (first - hour, first - hour, last),
            (first, last + hour, last + hour),
        )
        counted = [either.plaint.queries.falling_due(SUPERVISOR, *span) for span in spans]
        found.append([(each.sooner, each.later) for each in counted])

    assert found == [[(n, n), (0, n), (0, 0)] for n in (1, 2, 3, 3)]
