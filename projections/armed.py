"""The clocks of all cases: those that run, by the instant they fall due, and what became of the rest."""

from __future__ import annotations

from uuid import UUID

from domain import clocks
from domain.kernel import Event, Value
from projections.projection import Projection, changed, topics


class ClockRow(Value):
    """One clock and the case that it runs on."""

    id: UUID
    case_id: UUID
    clock: clocks.Clock


def evolve(row: ClockRow | None, event: Event, number: int) -> ClockRow | None:
    """Return the row after *event*."""
    del number
    clock = clocks.evolve(row.clock if row else None, event)
    if clock is None:
        return None
    if row is not None:
        return changed(row, {"clock": clock})
    return ClockRow(id=clock.id, case_id=event.originator_id, clock=clock)


def _by_clock(event: Event) -> UUID:
    return event.clock_id if isinstance(event, clocks.ClockEvent) else event.originator_id


def _starts(event: Event) -> bool:
    return isinstance(event, clocks.ClockStarted)


ARMED: Projection[ClockRow] = Projection(
    name="clocks",
    version=3,
    row=ClockRow,
    topics=topics(*clocks.CLOCK_EVENTS),
    key=_by_clock,
    begins=_starts,
    evolve=evolve,
)
