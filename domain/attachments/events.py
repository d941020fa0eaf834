"""What can happen to a file of a case; a file has a life of its own, on the case's stream."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from domain.kernel import Event, Instant
from domain.privacy import Code, Kept, PersonalLine, PersonalText

Kind: TypeAlias = Literal["jpeg", "png", "pdf"]
"""What a file is by its content."""
Origin: TypeAlias = Literal["submission", "complainant", "desk"]
"""How it came: with what was sent, by the complainant's link later, or by the desk."""
Visibility: TypeAlias = Literal["internal", "customer"]
Size: TypeAlias = Annotated[int, Field(ge=1)]


class AttachmentEvent(Event):
    """Something that happened to one file; *visibility* says whether the complainant is told of it."""

    file_id: UUID
    visibility: Visibility = "internal"


class AttachmentQueued(AttachmentEvent):
    """A file is kept, sealed, and waits until somebody has looked at it; it stalls if nobody does by *until*.

    *address* is the SHA-256 of the sealed bytes, *sha256* that of the file as it was sent, and
    *batch* what came together with it.
    """

    TOPIC: ClassVar[str] = "attachment.queued"

    name: Kept[PersonalLine]
    declared: Code | None = None
    """The media type that the sender said it has; nothing relies on it."""
    size: Size
    sha256: Kept[PersonalLine]
    address: Code
    batch: UUID
    origin: Origin
    until: Instant


class AttachmentScanning(AttachmentEvent):
    """Somebody has taken the file to look at it, for the *attempt*-th time, and has until *until*."""

    TOPIC: ClassVar[str] = "attachment.scanning"

    attempt: int
    until: Instant


class AttachmentAccepted(AttachmentEvent):
    """The file is what it may be, by its content; from now on it is handed out."""

    TOPIC: ClassVar[str] = "attachment.accepted"

    kind: Kind


class AttachmentRefused(AttachmentEvent):
    """The file is not handed out, for a reason that is told; its bytes and its key are destroyed."""

    TOPIC: ClassVar[str] = "attachment.refused"

    reason: Code


class AttachmentRemoved(AttachmentEvent):
    """Somebody took the file off the case; its bytes and its key are destroyed, and this stays."""

    TOPIC: ClassVar[str] = "attachment.removed"

    reason: Kept[PersonalText]


class AttachmentStalled(AttachmentEvent):
    """The file stood in *phase* beyond its time: an alarm.  It waits anew, until *until*."""

    TOPIC: ClassVar[str] = "attachment.stalled"

    phase: Literal["queued", "scanning"]
    times: int
    until: Instant


ATTACHMENT_EVENTS: tuple[type[Event], ...] = (
    AttachmentQueued,
    AttachmentScanning,
    AttachmentAccepted,
    AttachmentRefused,
    AttachmentRemoved,
    AttachmentStalled,
)
