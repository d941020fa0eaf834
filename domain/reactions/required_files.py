"""What follows from files on a ticket whose form cannot do without one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from domain.attachments.events import AttachmentAccepted, AttachmentRefused
from domain.commands import SupplyInformation
from domain.kernel import Aggregate, Event
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.timers import FallDue


class GoOnWithATicketWhoseFileHasCome:
    """A ticket that waits for the file it asked for is worked on again once one is accepted.

    One that is refused may have been all that held the question back: the ticket looks at once
    whether it is time to ask.
    """

    NAME: ClassVar[str] = "go_on_with_a_ticket_whose_file_has_come"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (AttachmentAccepted, AttachmentRefused)
    OPENED: ClassVar[bool] = False

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return what to ask because of *event*."""
        if not isinstance(case, Ticket):
            return
        if isinstance(event, AttachmentRefused) and case.awaiting_files:
            yield Send(case.id, Ticket, FallDue(now=event.recorded_at))
        elif isinstance(event, AttachmentAccepted) and not case.awaiting_files and case.waits_for_files:
            yield Send(case.id, Ticket, SupplyInformation())
