"""Counts are kept until the read model has moved on, and not one write longer."""

from __future__ import annotations

from uuid import UUID

import pytest

from adapters.dashboard import dashboard
from adapters.views import kept
from adapters.views.kept import KeptCounts
from domain import commands as c
from domain.access import Principal, Role
from tests.http.world import World

SUPERVISOR = Principal(id="eve", role=Role.SUPERVISOR)
HANDLER = Principal(id="anna", role=Role.HANDLER, teams=("payments",))


def test_the_same_question_is_counted_once():
    counts, asked = KeptCounts(), iter([3, 4])

    assert [counts.get("open", lambda: next(asked)) for _ in range(3)] == [3, 3, 3]
    assert counts.get("overdue", lambda: next(asked)) == 4


def test_what_was_not_asked_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "MANY", 2)
    counts = KeptCounts()
    for asked in ("first", "second", "first", "third"):
        counts.get(asked, lambda: 1)

    assert counts.get("first", lambda: 2) == 1
    assert counts.get("second", lambda: 2) == 2


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
