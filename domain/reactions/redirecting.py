"""What follows when a complaint turns out to be a general enquiry: a ticket, with all that was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

from domain.access import Sensitivity
from domain.complaint import Complaint
from domain.complaint.events import Received, Redirected
from domain.kernel import Aggregate, Context, Event
from domain.linking.safeguards import Inherited
from domain.policies import Rulebook
from domain.privacy import Erased, Sealed
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.ticket.opening import promised
from domain.ticket.request import Request

T = TypeVar("T")

ALSO_SAID = ("account_id", "full_name", "country", "desired_outcome", "related_tickets", "people_involved")
"""What a complaint says that a ticket has no field of its own for."""
KEPT_ALIKE = "The case that it goes on from is kept so."
"""Why a case that another goes on as begins with a sensitivity."""


@dataclass(frozen=True)
class OpenTicket:
    """Open a ticket for *request*, once; its clocks run from when it was redirected.

    It is kept as closely as the complaint from its first instant, and as long; it is for nobody for
    whom that is not, and whoever speaks for the complainant speaks here.
    """

    request: Request
    opened_at: datetime
    sensitivity: Sensitivity = Sensitivity.NORMAL
    inherited: Inherited | None = None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*, which must be new; one that is open already is no news."""
        if ticket.version:
            return
        pins = promised(self.request, rules, self.opened_at)
        ticket.open(self.request, by, rules, opened_at=self.opened_at, pins=pins)
        ticket.set_sensitivity(self.sensitivity, KEPT_ALIKE, by, rules)
        if self.inherited is not None:
            self.inherited.begin(ticket, by, rules)


class OpenATicketForARedirectedComplaint:
    """Opens the ticket that a redirection names, for the same person, in their words and language."""

    NAME: ClassVar[str] = "open_a_ticket_for_a_redirected_complaint"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Redirected,)
    OPENED: ClassVar[bool] = True

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return the order to open it; a redirection of before there were tickets names none."""
        if not isinstance(event, Redirected) or not isinstance(case, Complaint):
            return
        receipt = case.receipt
        if event.ticket is None or receipt is None:
            return
        request = _request(receipt.model_copy(update=case.correctable), case.received_at)
        order = OpenTicket(request, event.occurred_at, case.sensitivity, Inherited.of(case))
        yield Send(event.ticket, Ticket, order, begins=True)


def in_clear(value: T | Sealed | Erased | None) -> T | None:
    """Return *value* where it can be read; what was erased is not said again."""
    return None if isinstance(value, Sealed | Erased) else value


def _request(receipt: Received, received_at: datetime | None) -> Request:
    """Return what *receipt* asks, with what was corrected since, and when it was really received."""
    said = {name: in_clear(getattr(receipt, name)) for name in ALSO_SAID}
    email = in_clear(receipt.account_email)
    return Request(
        form=receipt.form,
        form_version=receipt.form_version,
        privacy_notice=receipt.privacy_notice,
        channel=receipt.channel,
        language=receipt.language,
        legal_entity=receipt.legal_entity,
        category=receipt.category,
        contact_email=email,
        account_email=email,
        description=in_clear(receipt.details),
        fields={name: answer for name, answer in said.items() if answer} or None,
        origin=receipt.originator_id,
        first_received_at=received_at or receipt.occurred_at,
    )
