"""What the events of a ticket have in common."""

from __future__ import annotations

from domain.kernel import Event
from domain.privacy import Code, PublicText


class TicketEvent(Event):
    """Something that has happened to a ticket.

    ``source`` holds what the register of an imported ticket said anew with it, in its own
    words: those that changed, an empty text where one was taken back.
    """

    source: dict[Code, PublicText] | None = None
