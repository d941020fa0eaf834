"""Everything that can happen to a ticket, under the topics it is stored by."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from domain.clocks import Pin
from domain.complaint.codes import Channel, Severity, Visibility
from domain.complaint.events import KeptSource
from domain.guarding import TICKET_GUARDING
from domain.kernel import Event, Instant
from domain.privacy import Code, Kept, PersonalText, PublicText

Degree: TypeAlias = Annotated[int, Field(ge=1, le=3)]
"""How far a trouble reaches, or how soon it hurts: 1 high, 2 medium, 3 low (ITIL, priority matrix)."""
Cause: TypeAlias = Literal["vendor", "problem", "evidence"]
"""What a suspended ticket waits for: a supplier, the cure of a known problem, or evidence."""
Steps: TypeAlias = Annotated[int, Field(ge=0, le=3)]


class TicketEvent(Event):
    """Something that has happened to a ticket.

    ``source`` holds what the register of an imported ticket said anew with it, in its own
    words: those that changed, an empty text where one was taken back.
    """

    source: dict[Code, PublicText] | None = None


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
    pins: tuple[Pin, ...] = ()
    source: KeptSource | None = None


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
    """Why it was handed over, where nobody chose this ticket by itself."""


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
    Noted,
    SourceUpdated,
    *TICKET_GUARDING,
)
