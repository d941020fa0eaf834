"""What follows when a ticket turns out to be a complaint: that complaint, as of when it was first told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.access import Sensitivity
from domain.complaint import Complaint
from domain.complaint.submission import Submission
from domain.countries import COUNTRIES
from domain.ids import reference
from domain.kernel import Aggregate, Context, Event
from domain.linking.safeguards import Inherited
from domain.policies import Rulebook
from domain.reactions.reaction import Send
from domain.reactions.redirecting import KEPT_ALIKE, in_clear
from domain.ticket import Ticket
from domain.ticket.events import Opened, Promoted


@dataclass(frozen=True)
class ReceiveComplaint:
    """Receive *submission* as of *received_at*, once; every clock starts then and not today.

    It is kept as closely as the ticket from its first instant, and as long; it is for nobody for whom
    that is not, and whoever speaks for the customer speaks here.
    """

    submission: Submission
    received_at: datetime
    sensitivity: Sensitivity = Sensitivity.NORMAL
    inherited: Inherited | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*, which must be new; one that was received already is no news."""
        if not complaint.version:
            complaint.receive(self.submission, by, rules, received_at=self.received_at)
            complaint.set_sensitivity(self.sensitivity, KEPT_ALIKE, by, rules)
            if self.inherited is not None:
                self.inherited.begin(complaint, by, rules)


class ReceiveAComplaintForAPromotedTicket:
    """Receives the complaint that a promotion names, of the same person, in their words and language."""

    NAME: ClassVar[str] = "receive_a_complaint_for_a_promoted_ticket"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Promoted,)
    OPENED: ClassVar[bool] = True

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return the order to receive it."""
        if not isinstance(event, Promoted) or not isinstance(case, Ticket) or case.opening is None:
            return
        submission = _submission(event, case.opening)
        order = ReceiveComplaint(
            submission, event.first_dissatisfaction_at, case.sensitivity, Inherited.of(case)
        )
        yield Send(event.complaint, Complaint, order, begins=True)


def _submission(event: Promoted, opening: Opened) -> Submission:
    answers = in_clear(opening.fields) or {}
    said = {name: each for name, each in answers.items() if isinstance(each, str)}
    told = in_clear(event.country) or said.get("country")
    account = said.get("account_id")
    return Submission(
        form=opening.form,
        form_version=opening.form_version,
        privacy_notice=opening.privacy_notice,
        channel=opening.channel,
        language=opening.language,
        legal_entity=opening.legal_entity,
        category=event.category,
        account_email=in_clear(opening.account_email) or in_clear(opening.contact_email),
        account_id=account,
        full_name=said.get("full_name"),
        country=told if told in COUNTRIES else None,
        details=in_clear(opening.description),
        desired_outcome=said.get("desired_outcome"),
        related_tickets=(reference(opening.originator_id, "T"),),
        first_dissatisfaction_at=event.first_dissatisfaction_at,
        registered_by=event.actor,
        origin=opening.originator_id,
    )
