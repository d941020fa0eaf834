"""What a receiver is told: a CloudEvent of the event's place and of the case as it then was.

Nothing in it concerns a person: who acted, and what anybody wrote, is read over the API by
those who may.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from adapters.eventstore.tables import position
from domain.clocks import ClockEvent
from domain.ids import derived, log_of
from domain.kernel import Event
from projections.queue import QueueRow

MEDIA_TYPE = "application/cloudevents+json"
PING = "webhook.ping"


def delivery_id(webhook: UUID, place: str) -> UUID:
    """Return the id of the message to *webhook* about what is at *place*: the same whoever derives it."""
    return derived(webhook, f"delivery {place}")


def told(event: Event, number: int, row: QueueRow, source: str) -> str:
    """Return the message about *event*, the last in *row*, as it is sent (CloudEvents 1.0, structured)."""
    place = position(log_of(event.originator_id), number)
    data: dict[str, object] = {
        "id": str(row.id),
        "reference": row.reference,
        "kind": row.kind,
        "version": event.originator_version,
        "position": place,
        "status": row.status,
        "category": row.category,
        "severity": row.severity,
        "team": row.team,
        "legal_entity": row.legal_entity,
        "escalated": row.escalated,
        "overdue": row.overdue,
        "occurred_at": _instant(event.occurred_at),
        "recorded_at": _instant(event.recorded_at),
    }
    clock = _clock(event, row)
    if clock is not None:
        data["clock"] = clock
    return _cloud_event(place, source, event.TOPIC, str(row.id), at=event.occurred_at, data=data)


def ping(webhook: UUID, id: UUID, source: str, at: datetime) -> str:
    """Return the message that tries a webhook out."""
    return _cloud_event(str(id), source, PING, str(webhook), at=at, data={"webhook": str(webhook)})


def _clock(event: Event, row: QueueRow) -> dict[str, object] | None:
    """Return the promise that a clock's event is about."""
    if not isinstance(event, ClockEvent):
        return None
    for each in row.promises:
        if each.clock_id == event.clock_id:
            return {
                "id": str(each.clock_id),
                "regime": each.regime,
                "milestone": each.milestone,
                "legal": each.legal,
                "state": each.state,
                "due_date": each.due_date.isoformat(),
                "due_before": _instant(each.due_before),
            }
    return None


def _cloud_event(
    id: str, source: str, type: str, subject: str, *, at: datetime, data: dict[str, object]
) -> str:
    event = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "subject": subject,
        "time": _instant(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
