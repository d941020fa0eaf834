"""What can happen to the links by which a complainant reads the case; nothing of it concerns a person."""

from __future__ import annotations

from typing import ClassVar

from domain.kernel import Event, Instant


class LinkIssued(Event):
    """A link was made by which the complainant reads the case; what it opens by is nowhere kept."""

    TOPIC: ClassVar[str] = "complaint.link_issued"

    generation: int
    expires_at: Instant


class LinksRevoked(Event):
    """Every link of the case was taken back; the next ones are of *generation*."""

    TOPIC: ClassVar[str] = "complaint.links_revoked"

    generation: int
