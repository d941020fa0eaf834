"""What can happen to the links by which a complainant reads the case; nothing of it concerns a person."""

from __future__ import annotations

from typing import ClassVar

from domain import invitation
from domain.kernel import Event


class LinkIssued(invitation.LinkIssued):
    """A link was made by which the complainant reads the case."""

    TOPIC: ClassVar[str] = "complaint.link_issued"


class LinksRevoked(invitation.LinksRevoked):
    """Every link of the complaint was taken back."""

    TOPIC: ClassVar[str] = "complaint.links_revoked"


COMPLAINT_LINKS: tuple[type[Event], ...] = (LinkIssued, LinksRevoked)
