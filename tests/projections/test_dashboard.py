"""The dashboard adds up what its reader may see, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from domain.access import LEVELS, NOTHING, Scope, Sensitivity
from projections.dashboard import (
    CategoryCount,
    ChannelCount,
    MilestoneCount,
    StatusCount,
    TeamCount,
    Totals,
)
from projections.tally import prefix

EVERYTHING = Scope(teams=None, levels=frozenset(LEVELS))
COUNTERS = {
    "received_by_all": {"complaints|main|normal|": 5, "payments|main|normal|": 2},
    "open_by_all": {"complaints|main|normal|": 3, "payments|main|normal|": 1},
    "overdue_by_all": {"complaints|main|normal|": 1},
    "received_by_category": {
        "complaints|main|normal|fees": 4,
        "complaints|main|normal|deposit": 1,
        "payments|main|normal|fees": 2,
    },
    "open_by_category": {"complaints|main|normal|fees": 3, "payments|main|normal|fees": 1},
    "overdue_by_category": {"complaints|main|normal|fees": 1},
    "received_by_channel": {"complaints|main|normal|web": 5, "payments|main|normal|email": 2},
    "open_by_channel": {"complaints|main|normal|web": 3, "payments|main|normal|email": 1},
    "received_by_status": {
        "complaints|main|normal|received": 3,
        "complaints|main|normal|closed": 2,
        "payments|main|normal|closed": 2,
    },
    "open_by_status": {"complaints|main|normal|received": 3},
    "met": {
        "complaints|main|normal|house|decision|2026-05": 2,
        "payments|main|normal|house|decision|2026-05": 1,
    },
    "missed": {
        "complaints|main|normal|house|decision|2026-05": 3,
        "complaints|main|normal|mica|decision|2026-07": 1,
    },
    "excused": {"complaints|main|normal|house|decision|2026-05": 1},
}


def test_whoever_sees_all_teams_gets_the_sums():
    totals = Totals(COUNTERS, EVERYTHING)

    assert [totals.total(metric) for metric in ("received", "open", "overdue")] == [7, 4, 1]
    assert totals.by_team() == (
        TeamCount(team="complaints", received=5, open=3, overdue=1),
        TeamCount(team="payments", received=2, open=1),
    )
    assert totals.by_category() == (
        CategoryCount(category="deposit", received=1),
        CategoryCount(category="fees", received=6, open=4, overdue=1),
    )
    assert totals.by_channel() == (
        ChannelCount(channel="email", received=2, open=1),
        ChannelCount(channel="web", received=5, open=3),
    )
    assert totals.by_status() == (
        StatusCount(status="closed", received=4),
        StatusCount(status="received", received=3, open=3),
    )
    assert totals.by_milestone() == (
        MilestoneCount(regime="house", milestone="decision", month="2026-05", met=3, missed=3, excused=1),
        MilestoneCount(regime="mica", milestone="decision", month="2026-07", missed=1),
    )


def test_a_handler_counts_their_own_team_alone():
    totals = Totals(COUNTERS, Scope(teams=frozenset({"payments"})))

    assert [totals.total(metric) for metric in ("received", "open", "overdue")] == [2, 1, 0]
    assert totals.by_team() == (TeamCount(team="payments", received=2, open=1),)
    assert totals.by_category() == (CategoryCount(category="fees", received=2, open=1),)
    assert totals.by_milestone() == (
        MilestoneCount(regime="house", milestone="decision", month="2026-05", met=1),
    )


def test_who_sees_no_team_counts_nothing():
    totals = Totals(COUNTERS, NOTHING)

    assert totals.total("received") == 0
    assert (totals.by_team(), totals.by_category(), totals.by_milestone()) == ((), (), ())


def test_an_empty_desk_counts_nothing():
    totals = Totals({}, EVERYTHING)

    assert (totals.total("open"), totals.by_channel(), totals.by_status()) == (0, (), ())


@pytest.mark.parametrize(
    ("scope", "counted"),
    [
        (EVERYTHING, 15),
        (Scope(teams=None), 5),
        (Scope(teams=frozenset({"a"})), 1),
        (Scope(teams=frozenset({"a"}), levels=frozenset({Sensitivity.RESTRICTED})), 2),
        (Scope(teams=None, legal_entities=frozenset({"main"}), levels=frozenset(LEVELS)), 3),
        (Scope(teams=None, legal_entities=frozenset({"x|normal"}), levels=frozenset(LEVELS)), 12),
        (Scope(teams=None, legal_entities=frozenset({"x"}), levels=frozenset(LEVELS)), 0),
    ],
)
def test_a_count_holds_no_case_that_a_list_would_hide(scope: Scope, counted: int):
    """By team, legal entity and sensitivity; a bar in the name of an entity is part of the name."""
    cases = [
        Case("a", "main", Sensitivity.NORMAL),
        Case("a", "main", Sensitivity.RESTRICTED),
        Case("b", "x|normal", Sensitivity.NORMAL),
        Case("b", "x|normal", Sensitivity.CONFIDENTIAL),
    ]
    counters = {
        "open_by_all": {prefix(each): number for each, number in zip(cases, (1, 2, 4, 8), strict=True)},
        "open_by_category": {f"{prefix(each)}a|b": 1 for each in cases},
    }
    totals = Totals(counters, scope)

    assert totals.total("open") == sum(
        number for each, number in zip(cases, (1, 2, 4, 8), strict=True) if scope.admits(each)
    )
    assert totals.total("open") == counted
    assert {each.category for each in totals.by_category()} == ({"a|b"} if counted else set())


class Case(NamedTuple):
    team: str
    legal_entity: str
    sensitivity: Sensitivity
