"""Everything that can happen to a ticket, under the topics it is stored by."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from domain.clocks import Pin
from domain.complaint.codes import Channel, CountryCode, Severity, Visibility
from domain.complaint.register import KeptSource
from domain.forms.kept import Answer, PublicAnswer
from domain.guarding import TICKET_GUARDING
from domain.issues.joined import TICKET_JOINING
from domain.kernel import Event, Instant
from domain.linking.events import TICKET_LINKING
from domain.privacy import Code, Kept, PersonalLine, PersonalText
from domain.sensitive.events import TICKET_SENSITIVE
from domain.ticket.base import TicketEvent
from domain.ticket.link_events import TICKET_LINKS
from domain.ticket.safeguard_events import TICKET_SAFEGUARDS
from domain.ticket.talk_events import TALK_EVENTS, Texts

Degree: TypeAlias = Annotated[int, Field(ge=1, le=3)]
"""How far a trouble reaches, or how soon it hurts: 1 high, 2 medium, 3 low (ITIL, priority matrix)."""
Cause: TypeAlias = Literal["vendor", "problem", "evidence"]
"""What a suspended ticket waits for: a supplier, the cure of a known problem, or evidence."""
Steps: TypeAlias = Annotated[int, Field(ge=0, le=3)]


class Opened(Event):
    """A request reached the firm; ``occurred_at`` is the receipt."""

    TOPIC: ClassVar[str] = "ticket.opened"

    form: Code
    form_version: Code
    privacy_notice: Code
    channel: Channel
    language: Code
    team: Code
    assignee: Code | None = None
    legal_entity: Code
    category: Code
    subcategory: Code | None = None
    severity: Severity | None = None
    impact: Degree | None = None
    urgency: Degree | None = None
    contact_email: Kept[PersonalLine] | None = None
    account_email: Kept[PersonalLine] | None = None
    subject: Kept[PersonalLine] | None = None
    description: Kept[PersonalText] | None = None
    fields: Kept[dict[Code, Answer]] | None = None
    """What was answered besides, by the name of the field."""
    chosen: dict[Code, PublicAnswer] | None = None
    """The answers that concern nobody: choices, dates, numbers."""
    parent: UUID | None = None
    """The case that the request belongs to."""
    pins: tuple[Pin, ...] = ()
    source: KeptSource | None = None
    origin: UUID | None = None
    """The complaint that was redirected to this ticket."""
    first_received_at: Instant | None = None
    """When that complaint was received: from then on the customer has waited."""
    files_due: Instant | None = None
    """When a file that the form cannot do without is asked for, if none has come; else nothing."""


class Triaged(TicketEvent):
    """The ticket was assessed anew: what it is about, how far it reaches, how soon it hurts."""

    TOPIC: ClassVar[str] = "ticket.triaged"

    category: Code
    subcategory: Code | None = None
    impact: Degree | None = None
    urgency: Degree | None = None


class Assigned(TicketEvent):
    """The ticket was given to a team, and to a person there or to nobody."""

    TOPIC: ClassVar[str] = "ticket.assigned"

    team: Code
    assignee: Code | None = None
    reason_code: Code | None = None
    """Why it was handed over, or went where its level belongs."""
    reason: Kept[PersonalText] | None = None
    """The same in words."""
    conflict_overridden: bool | None = None
    override_reason: Kept[PersonalText] | None = None
    """Why somebody has it who by the rule on conflicts of interest should not."""


class Escalated(TicketEvent):
    """The ticket matters more than it did; *level* is by how many steps more than when it was opened."""

    TOPIC: ClassVar[str] = "ticket.escalated"

    severity: Severity
    level: Steps
    reason: Kept[PersonalText] | None = None


class DeEscalated(TicketEvent):
    """The ticket matters less than it did, perhaps still more than when it was opened."""

    TOPIC: ClassVar[str] = "ticket.de_escalated"

    severity: Severity
    level: Steps


class InvestigationStarted(TicketEvent):
    """Somebody began to look into the ticket."""

    TOPIC: ClassVar[str] = "ticket.investigation_started"


class InformationRequested(TicketEvent):
    """The customer was asked for information that the ticket cannot do without."""

    TOPIC: ClassVar[str] = "ticket.information_requested"

    text: Kept[PersonalText] | None = None


class InformationSupplied(TicketEvent):
    """The customer gave information: what was asked for, or something unasked."""

    TOPIC: ClassVar[str] = "ticket.information_supplied"

    text: Kept[PersonalText] | None = None
    answers: Kept[Texts] | None = None
    """The answers to the questions that were asked last, in their order."""


class Suspended(TicketEvent):
    """The work stands still until something comes that is not the customer's to give."""

    TOPIC: ClassVar[str] = "ticket.suspended"

    cause: Cause


class Resumed(TicketEvent):
    """What the work waited for has come."""

    TOPIC: ClassVar[str] = "ticket.resumed"


class Solved(TicketEvent):
    """The answer was given; it stands unless the customer comes back before ``closes_at``."""

    TOPIC: ClassVar[str] = "ticket.solved"

    text: Kept[PersonalText] | None = None
    """The answer as it was sent, where it was not told before."""
    closes_at: Instant | None = None
    """When the ticket closes by itself; not at all where nothing is said."""


class Closed(TicketEvent):
    """Nothing more is to be done on the ticket; ``code`` is how its end was classed."""

    TOPIC: ClassVar[str] = "ticket.closed"

    code: Code | None = None
    reopen_before: Instant | None = None
    """The first instant at which it cannot be taken up again; for ever where nothing is said."""


class Reopened(TicketEvent):
    """The ticket is worked on again."""

    TOPIC: ClassVar[str] = "ticket.reopened"

    reason: Kept[PersonalText] | None = None


class Promoted(TicketEvent):
    """The ticket turned out to be a complaint: it goes on as one, and ends here."""

    TOPIC: ClassVar[str] = "ticket.promoted"

    reason: Kept[PersonalText]
    category: Code
    complaint: UUID
    first_dissatisfaction_at: Instant
    country: Kept[CountryCode] | None = None


class Noted(TicketEvent):
    """Somebody wrote a note on the ticket."""

    TOPIC: ClassVar[str] = "ticket.noted"

    text: Kept[PersonalText]
    visibility: Visibility = "internal"


class SourceUpdated(TicketEvent):
    """The register of an imported ticket was written to, in words of its own or about a person."""

    TOPIC: ClassVar[str] = "ticket.source_updated"

    personal: Kept[dict[Code, PersonalText]] | None = None


TICKET_EVENTS: tuple[type[Event], ...] = (
    Opened,
    Triaged,
    Assigned,
    Escalated,
    DeEscalated,
    InvestigationStarted,
    InformationRequested,
    InformationSupplied,
    Suspended,
    Resumed,
    Solved,
    Closed,
    Reopened,
    Promoted,
    Noted,
    SourceUpdated,
    *TALK_EVENTS,
    *TICKET_SAFEGUARDS,
    *TICKET_GUARDING,
    *TICKET_JOINING,
    *TICKET_LINKS,
    *TICKET_LINKING,
    *TICKET_SENSITIVE,
)
