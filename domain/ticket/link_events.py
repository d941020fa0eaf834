"""What can happen to the links by which a customer reads the ticket; nothing of it concerns a person."""

from __future__ import annotations

from typing import ClassVar

from domain import invitation
from domain.kernel import Event


class LinkIssued(invitation.LinkIssued):
    """A link was made by which the customer reads the ticket."""

    TOPIC: ClassVar[str] = "ticket.link_issued"


class LinksRevoked(invitation.LinksRevoked):
    """Every link of the ticket was taken back."""

    TOPIC: ClassVar[str] = "ticket.links_revoked"


TICKET_LINKS: tuple[type[Event], ...] = (LinkIssued, LinksRevoked)
