"""What the events of a ticket change in its row of the work queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.ids import reference
from domain.ticket import events as e
from domain.ticket.state import LEADS_TO, Stage


def opened(event: e.Opened) -> dict[str, Any]:
    """Return the facts of the row that an opened ticket begins with."""
    return {
        "id": event.originator_id,
        "reference": reference(event.originator_id, "T"),
        "kind": "ticket",
        "status": Stage.OPEN.value,
        "version": event.originator_version,
        "number": 0,
        "received_at": event.occurred_at,
        "category": event.category,
        "severity": event.severity,
        "team": event.team,
        "assignee": event.assignee,
        "channel": event.channel,
        "legal_entity": event.legal_entity,
        "language": event.language,
        "regimes": tuple(pin.regime for pin in event.pins),
    }


def changes(event: e.TicketEvent, status: str) -> Mapping[str, object]:
    """Return what *event* changes in the row of a ticket that stands at *status*."""
    match event:
        case e.Triaged():
            return {"category": event.category}
        case e.Assigned():
            return {"team": event.team, "assignee": event.assignee}
        case e.Escalated() | e.DeEscalated():
            return {"severity": event.severity, "level": event.level}
        case e.InformationSupplied() if status == Stage.PENDING:
            return {"status": Stage.OPEN.value}
        case _ if type(event) in LEADS_TO:
            return {"status": LEADS_TO[type(event)].value}
        case _:
            return {}
