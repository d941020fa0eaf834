"""The dashboard as a page shows it: each number beside the list that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.dashboard import HOUSE, dashboard, horizons
from adapters.http.pages.asked import link
from adapters.http.pages.chart import Chart, draw, latest_first
from adapters.http.pages.words import category, human
from adapters.views.queries import Queries
from domain.access import Principal
from domain.policies import Rulebook
from projections.dashboard import Dashboard, HeadingCount, MilestoneCount

ROWS_SHOWN = 6
"""Rows of a table before the rest is folded away."""


class Figure(NamedTuple):
    """A number, what it counts, and where its cases are listed."""

    cases: int
    label: str
    note: str
    address: str
    tone: str


class Heading(NamedTuple):
    """The cases under one heading, and the addresses of their lists."""

    name: str
    counts: HeadingCount
    all: str | None
    open: str | None
    overdue: str | None


class Table(NamedTuple):
    """Headings, the largest first."""

    title: str
    rows: Sequence[Heading]


class Overview(NamedTuple):
    """Everything on the dashboard's page."""

    dashboard: Dashboard
    figures: Sequence[Figure]
    chart: Chart | None
    months: Sequence[MilestoneCount]
    tables: Sequence[Table]


def overview(queries: Queries, rules: Rulebook, who: Principal, now: datetime) -> Overview:
    """Return what *who* sees of the desk, as of *now*."""
    counted = dashboard(queries, rules, who, now)
    return Overview(
        dashboard=counted,
        figures=_figures(counted, *horizons(rules, now)),
        chart=draw(counted.by_milestone),
        months=latest_first(counted.by_milestone),
        tables=(
            Table(
                "By category",
                _ordered(
                    [_heading("category", category(c.category), c.category, c) for c in counted.by_category]
                ),
            ),
            Table("By team", _ordered([_heading("team", human(c.team), c.team, c) for c in counted.by_team])),
            Table(
                "By channel",
                _ordered([Heading(human(c.channel), c, None, None, None) for c in counted.by_channel]),
            ),
        ),
    )


def _figures(counted: Dashboard, today: datetime, soon: datetime) -> tuple[Figure, ...]:
    def due(end: datetime) -> str:
        return link(open=True, overdue=False, due_after=counted.as_of, due_before=end)

    late = "bad" if counted.overdue else ""
    return (
        Figure(
            counted.overdue, "Overdue", "a promise was missed and is still not kept", link(overdue=True), late
        ),
        Figure(counted.due_today, "Due today", f"by the end of the day, {HOUSE} time", due(today), ""),
        Figure(counted.due_in_2_business_days, "Due in 2 business days", "today included", due(soon), ""),
        Figure(counted.open, "Open", f"of {counted.received:,} received", link(open=True), ""),
    )


def _heading(filter: str, name: str, value: str, counts: HeadingCount) -> Heading:
    return Heading(
        name,
        counts,
        all=link(**{filter: value}),
        open=link(**{filter: value, "open": True}),
        overdue=link(**{filter: value, "overdue": True}),
    )


def _ordered(headings: list[Heading]) -> list[Heading]:
    return sorted(headings, key=lambda each: (-each.counts.open, -each.counts.received, each.name))
