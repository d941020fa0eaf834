"""A ticket whose form cannot do without a file: whether one has come, and who asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.attachments.events import AttachmentAccepted
from domain.correspondence_intents import TicketMessagePlanned
from domain.kernel import upon
from domain.ticket import events as e
from domain.ticket.handling import Handling
from domain.ticket.state import CUSTOMER

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook

REMINDER = "files_reminder"
ABOUT = "files"


class RequiredFiles(Handling):
    """What is asked of a customer whose request came without the file that its form requires.

    No file can stand in a request itself: it follows, to the attachments of the ticket.  A file
    counts once it is accepted, and only one that the customer may see: what the desk keeps for
    itself is not what was asked for.
    """

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.files_due: datetime | None = None
        """When the missing file is asked for; nothing once it has come, or where none is required."""
        self.files_asked = False

    @property
    def awaiting_files(self) -> bool:
        """Whether a file that the form requires has not come yet."""
        return self.files_due is not None

    @property
    def waits_for_files(self) -> bool:
        """Whether the ticket stands still until the customer sends the file they were asked for."""
        return self.files_asked and self.waiting_for == CUSTOMER

    @upon(e.Opened)
    def _await_files(self, event: e.Opened) -> None:
        self.files_due = event.files_due

    @upon(AttachmentAccepted)
    def _see_file(self, event: AttachmentAccepted) -> None:
        if event.visibility == "customer":
            self.files_due = None

    @upon(TicketMessagePlanned)
    def _know_asked(self, event: TicketMessagePlanned) -> None:
        if event.purpose == REMINDER:
            self.files_asked = True

    def ask_for_files(self, by: Context, rules: Rulebook) -> None:
        """Ask the customer, once, for the file that the form requires; the ticket waits for it."""
        if not self.awaiting_files or self.files_asked or not self.unsolved:
            return
        self.request_information(None, by, rules)
        self.plan_message(REMINDER, ABOUT, by, not_before=by.recorded_at)

    def notice_timers(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Ask for the file that had not come by *now*; while one is looked at nobody is asked."""
        super().notice_timers(now, by, rules)
        if self.files_due is not None and self.files_due <= now and not self.in_flight:
            self.ask_for_files(by, rules)
