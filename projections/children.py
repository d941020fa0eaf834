"""Which tickets belong to which case: those that a form sent to it."""

from __future__ import annotations

from uuid import UUID

from domain.kernel import Event, Value
from domain.ticket.events import Opened
from projections.projection import Projection, by_case, topics


class ChildRow(Value):
    """That one ticket belongs to one case."""

    id: UUID
    parent: UUID


def evolve(row: ChildRow | None, event: Event, number: int) -> ChildRow | None:
    """Return the row after *event*; a ticket that belongs to no case has none."""
    del number
    if isinstance(event, Opened) and event.parent is not None:
        return ChildRow(id=event.originator_id, parent=event.parent)
    return row


CHILDREN: Projection[ChildRow] = Projection(
    name="children",
    version=1,
    row=ChildRow,
    topics=topics(Opened),
    key=by_case,
    evolve=evolve,
)
