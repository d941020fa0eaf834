"""The SLA dashboard of one reader, from kept counters and bounded counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.eventstore.tables import positions
from adapters.views.queries import Queries, Reached
from adapters.views.tables import QUEUE_VIEW
from domain.access import Principal
from domain.calendars import business_days
from domain.hours import first_instant
from domain.kernel import changed
from domain.policies import Regime, Rulebook
from projections.dashboard import METRICS, Dashboard, Totals
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


class Kept(NamedTuple):
    """A dashboard, and when the first of the cases falls due that it counts as falling due."""

    dashboard: Dashboard
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is the dashboard of *now* too, if nothing was written since."""
        return self.dashboard.as_of <= now < self.until


def dashboard(queries: Queries, rules: Rulebook, who: Principal, now: datetime) -> Dashboard:
    """Return what *who* may see of the complaints of the desk, as of *now*.

    It is counted anew where the queue has come further or a case has fallen due since.
    """
    reached = queries.reached(QUEUE_VIEW)
    ends = horizons(rules, now)

    def counted() -> Kept:
        return _counted(queries, who, now, reached, ends)

    asked = (reached.mark, who.scope, ends)
    kept = queries.kept.get(asked, counted)
    if not kept.holds(now):
        kept = queries.kept.put(asked, counted())
    return changed(kept.dashboard, {"as_of": now})


def _counted(
    queries: Queries, who: Principal, now: datetime, reached: Reached, ends: tuple[datetime, datetime]
) -> Kept:
    totals = Totals(queries.counters(QUEUE.name, METRICS), who.scope)
    due = queries.falling_due(who, now, *ends)
    found = Dashboard(
        as_of=now,
        position=positions(reached.numbers),
        received=totals.total("received"),
        open=totals.total("open"),
        overdue=totals.total("overdue"),
        due_today=due.sooner,
        due_in_2_business_days=due.later,
        by_milestone=totals.by_milestone(),
        by_category=totals.by_category(),
        by_team=totals.by_team(),
        by_channel=totals.by_channel(),
        by_status=totals.by_status(),
    )
    today, _ = ends
    return Kept(found, due.first or today)
