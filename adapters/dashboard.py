"""The SLA dashboard of one reader, from kept counters and bounded counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from adapters.eventstore.tables import positions
from adapters.views.queries import COUNT_LIMIT, Filter, Queries
from domain.access import Principal
from domain.calendars import business_days
from domain.hours import first_instant
from domain.policies import Regime, Rulebook
from projections.dashboard import Dashboard, Totals
from projections.queue import QUEUE

HOUSE = "house"


def horizons(rules: Rulebook, now: datetime) -> tuple[datetime, datetime]:
    """Return when today ends and when the second business day from today ends, in the house's zone."""
    house: Regime = rules.regime(HOUSE)
    today = now.astimezone(house.tz).date()
    days = business_days(rules.calendar(house.calendar), house.closed_weekdays)
    second = days.add(today, 2)
    ends = (today + timedelta(days=1), second + timedelta(days=1))
    return first_instant(ends[0], house.zone), first_instant(ends[1], house.zone)


def dashboard(queries: Queries, rules: Rulebook, who: Principal, now: datetime) -> Dashboard:
    """Return what *who* may see of the complaints of the desk, as of *now*."""
    reached = queries.engine.cursors().get(QUEUE.name, {})
    totals = Totals(queries.counters(QUEUE.name), who.scope)
    today, soon = horizons(rules, now)

    def awaited(end: datetime) -> Filter:
        return Filter(kind="complaint", open=True, overdue=False, due_before=end)

    @cache
    def unnoticed() -> int:
        """Count what was due before now and is not noticed yet: it is soon overdue."""
        return queries.count(who, awaited(now))

    def due_by(end: datetime) -> int:
        """Count what is due from now on."""
        until_then = queries.count_at(reached, who, awaited(end))
        return until_then if until_then > COUNT_LIMIT else max(0, until_then - unnoticed())

    return Dashboard(
        as_of=now,
        position=positions(reached),
        received=totals.total("received"),
        open=totals.total("open"),
        overdue=totals.total("overdue"),
        due_today=due_by(today),
        due_in_2_business_days=due_by(soon),
        by_milestone=totals.by_milestone(),
        by_category=totals.by_category(),
        by_team=totals.by_team(),
        by_channel=totals.by_channel(),
        by_status=totals.by_status(),
    )
