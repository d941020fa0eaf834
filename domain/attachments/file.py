"""One file of a case: the fold of what happened to it, for the case itself and for read models."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.attachments import events as e
from domain.kernel import Event, Instant, Value
from domain.privacy import Code, Kept, PersonalLine, PersonalText


class Status(StrEnum):
    """Where a file stands in its life."""

    QUEUED = "queued"
    SCANNING = "scanning"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REMOVED = "removed"


IN_FLIGHT = frozenset({Status.QUEUED, Status.SCANNING})
GONE = frozenset({Status.REFUSED, Status.REMOVED})
"""The ends in which bytes and key are destroyed."""


class File(Value):
    """A file and what became of it; *until* is when it stalls, while it is in flight."""

    id: UUID
    name: Kept[PersonalLine]
    declared: Code | None
    size: int
    sha256: Kept[PersonalLine]
    address: Code
    batch: UUID
    origin: e.Origin
    visibility: e.Visibility
    by: Code
    queued_at: Instant
    patience: timedelta
    """For how long it may wait in the queue."""
    status: Status = Status.QUEUED
    until: Instant | None
    attempts: int = 0
    stalls: int = 0
    lost: int = 0
    """Times that whoever looked at it did not come to an end."""
    kind: e.Kind | None = None
    reason: Code | None = None
    settled_at: Instant | None = None
    removed_at: Instant | None = None
    removed_by: Code | None = None
    removal: Kept[PersonalText] | None = None

    @property
    def in_flight(self) -> bool:
        """Whether it is neither accepted nor refused yet."""
        return self.status in IN_FLIGHT

    @property
    def held(self) -> bool:
        """Whether its bytes are kept."""
        return self.status not in GONE

    def overdue(self, now: datetime) -> bool:
        """Whether it has stood where it is for too long."""
        return self.in_flight and self.until is not None and self.until <= now


def evolve(file: File | None, event: Event) -> File | None:
    """Return the file after *event*; None while there is none."""
    match event, file:
        case e.AttachmentQueued(), _:
            return _queued(event)
        case _, None:
            return None
        case e.AttachmentScanning(), _:
            facts = {"status": Status.SCANNING, "attempts": event.attempt, "until": event.until}
        case e.AttachmentStalled(), _:
            lost = file.lost + (event.phase == "scanning")
            facts = {"status": Status.QUEUED, "stalls": event.times, "lost": lost, "until": event.until}
        case e.AttachmentAccepted(), _:
            facts = _settled(Status.ACCEPTED, event) | {"kind": event.kind}
        case e.AttachmentRefused(), _:
            facts = _settled(Status.REFUSED, event) | {"reason": event.reason}
        case e.AttachmentRemoved(), _:
            facts = {
                "status": Status.REMOVED,
                "until": None,
                "removed_at": event.occurred_at,
                "removed_by": event.actor,
                "removal": event.reason,
            }
        case _:
            return file
    return file.model_copy(update=facts)


def _queued(event: e.AttachmentQueued) -> File:
    return File(
        id=event.file_id,
        name=event.name,
        declared=event.declared,
        size=event.size,
        sha256=event.sha256,
        address=event.address,
        batch=event.batch,
        origin=event.origin,
        visibility=event.visibility,
        by=event.actor,
        queued_at=event.occurred_at,
        patience=event.until - event.occurred_at,
        until=event.until,
    )


def _settled(status: Status, event: Event) -> dict[str, object]:
    return {"status": status, "until": None, "settled_at": event.occurred_at}
