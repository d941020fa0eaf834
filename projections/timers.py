"""The timers of all cases: of each case those that are armed, by the instant the first falls due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from domain import timers
from domain.kernel import Event, Instant, Value
from projections.projection import Projection, by_case, first, topics


class TimersRow(Value):
    """The armed timers of one case, by name; *generation* is the number of the event that moved one last."""

    id: UUID
    generation: int
    due: Mapping[str, Instant]

    @property
    def case_id(self) -> UUID:
        """The case that the timers run on."""
        return self.id

    @property
    def fires_at(self) -> datetime:
        """When the first of them falls due."""
        return min(self.due.values())

    def fires_after(self, now: datetime) -> datetime | None:
        """Return when the first of those falls due that did not by *now*; None where there is none."""
        return min((due for due in self.due.values() if due > now), default=None)


def evolve(row: TimersRow | None, event: Event, number: int) -> TimersRow | None:
    """Return the row after *event*; a case without an armed timer has none."""
    changes = timers.changes(event)
    if not changes:
        return row
    armed: dict[str, datetime | None] = {**(row.due if row else {}), **changes}
    due = {name: at for name, at in armed.items() if at is not None}
    return TimersRow(id=event.originator_id, generation=number, due=due) if due else None


TIMERS: Projection[TimersRow] = Projection(
    name="timers",
    version=4,
    row=TimersRow,
    topics=topics(*timers.RULES),
    key=by_case,
    begins=first,
    evolve=evolve,
)
