"""Warnings of one clock: which are still to come, and what is recorded when one falls due."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.clocks.clock import Clock, Status
from domain.clocks.events import ClockWarned
from domain.warnings import WarnAt, deliver_from, levels

if TYPE_CHECKING:
    from domain.kernel import Aggregate, Context
    from domain.policies import Rulebook


def to_come(clock: Clock) -> tuple[WarnAt, ...]:
    """Return the warnings of the present due instant that are not recorded, the earliest first."""
    return tuple(each for each in clock.warnings if each.offset not in clock.warned)


def fires_at(clock: Clock) -> datetime | None:
    """Return the next instant at which anything is to be recorded of *clock*; None when it stands still."""
    if clock.status is not Status.RUNNING:
        return None
    return min([clock.due_before, *(each.at for each in to_come(clock))])


def warn(case: Aggregate, clock: Clock, now: datetime, by: Context, rules: Rulebook) -> None:
    """Record each warning of *clock* that fell due by *now*; one that was slept through comes late.

    It occurred at its own instant, or when the clock started where that is later, and
    may reach its recipients from ``deliver_from`` on, counted from when it was noticed.
    """
    due = [each for each in to_come(clock) if each.at <= now]
    if not due:
        return
    regime = rules.regime(clock.regime, clock.version)
    level_of = levels(regime.term(clock.milestone))
    for each in due:
        level = level_of[each.offset]
        case.record(
            ClockWarned,
            by,
            occurred_at=max(each.at, clock.started_at),
            clock_id=clock.id,
            offset=each.offset,
            generation=clock.generation,
            due_before=clock.due_before,
            noticed_at=by.recorded_at,
            level=level,
            recipients=regime.notifications.recipients.get(level, ()),
            deliver_from=deliver_from(regime.notifications, regime.zone, by.recorded_at),
        )
