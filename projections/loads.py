"""Whose turn it is: when each person was last given a case."""

from __future__ import annotations

from uuid import UUID

from domain.complaint.events import Assigned as ComplaintAssigned
from domain.ids import EPOCH, imported
from domain.kernel import Event, Instant, Value
from domain.privacy import Code
from domain.ticket.events import Assigned as TicketAssigned
from projections.projection import Projection, topics


class TurnRow(Value):
    """When somebody was last given a case."""

    id: UUID
    assignee: Code
    last_at: Instant


def turn_id(assignee: str) -> UUID:
    """Return the identifier of the turn of *assignee*."""
    return imported("turn", assignee, EPOCH)


NOBODY = turn_id("")
"""The turn of a queue: nothing is kept of it."""


def evolve(row: TurnRow | None, event: Event, number: int) -> TurnRow | None:
    """Return the row after *event*; logs are folded one after the other, so the latest instant stays."""
    del number
    assignee = _assignee(event)
    if assignee is None:
        return row
    last = event.recorded_at if row is None else max(row.last_at, event.recorded_at)
    return TurnRow(id=turn_id(assignee), assignee=assignee, last_at=last)


def _assignee(event: Event) -> str | None:
    return event.assignee if isinstance(event, ComplaintAssigned | TicketAssigned) else None


def _by_assignee(event: Event) -> UUID:
    assignee = _assignee(event)
    return NOBODY if assignee is None else turn_id(assignee)


TURNS: Projection[TurnRow] = Projection(
    name="turns",
    version=1,
    row=TurnRow,
    topics=topics(ComplaintAssigned, TicketAssigned),
    key=_by_assignee,
    evolve=evolve,
)
