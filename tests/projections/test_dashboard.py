"""The dashboard adds up what its reader may see, and nothing else."""

from __future__ import annotations

from projections.dashboard import (
    CategoryCount,
    ChannelCount,
    MilestoneCount,
    StatusCount,
    TeamCount,
    Totals,
)

COUNTERS = {
    "received_by_all": {"complaints|": 5, "payments|": 2},
    "open_by_all": {"complaints|": 3, "payments|": 1},
    "overdue_by_all": {"complaints|": 1},
    "received_by_category": {"complaints|fees": 4, "complaints|deposit": 1, "payments|fees": 2},
    "open_by_category": {"complaints|fees": 3, "payments|fees": 1},
    "overdue_by_category": {"complaints|fees": 1},
    "received_by_channel": {"complaints|web": 5, "payments|email": 2},
    "open_by_channel": {"complaints|web": 3, "payments|email": 1},
    "received_by_status": {"complaints|received": 3, "complaints|closed": 2, "payments|closed": 2},
    "open_by_status": {"complaints|received": 3},
    "met": {"complaints|house|decision|2026-05": 2, "payments|house|decision|2026-05": 1},
    "missed": {"complaints|house|decision|2026-05": 3, "complaints|mica|decision|2026-07": 1},
    "excused": {"complaints|house|decision|2026-05": 1},
}


def test_whoever_sees_all_teams_gets_the_sums():
    totals = Totals(COUNTERS, lambda _team: True)

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
    totals = Totals(COUNTERS, lambda team: team == "payments")

    assert [totals.total(metric) for metric in ("received", "open", "overdue")] == [2, 1, 0]
    assert totals.by_team() == (TeamCount(team="payments", received=2, open=1),)
    assert totals.by_category() == (CategoryCount(category="fees", received=2, open=1),)
    assert totals.by_milestone() == (
        MilestoneCount(regime="house", milestone="decision", month="2026-05", met=1),
    )


def test_who_sees_no_team_counts_nothing():
    totals = Totals(COUNTERS, lambda _team: False)

    assert totals.total("received") == 0
    assert (totals.by_team(), totals.by_category(), totals.by_milestone()) == ((), (), ())


def test_an_empty_desk_counts_nothing():
    totals = Totals({}, lambda _team: True)

    assert (totals.total("open"), totals.by_channel(), totals.by_status()) == (0, (), ())
