"""Everything that can happen to a complaint, under the topics it is stored by."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from domain.clocks import CLOCK_EVENTS, Pin
from domain.complaint.codes import (
    Channel,
    CountryCode,
    Level,
    Severity,
    Visibility,
)
from domain.complaint.intake_events import INTAKE_EVENTS
from domain.complaint.investigation_events import INVESTIGATION_EVENTS, StepRecorded
from domain.complaint.life_events import LIFE_EVENTS
from domain.complaint.link_events import COMPLAINT_LINKS
from domain.complaint.register import (
    Complainant,
    ComplainantType,
    Dealings,
    Inadmissibility,
    KeptSource,
    ProblemTime,
    Provenance,
)
from domain.complaint.resolution_events import RESOLUTION_EVENTS, DecisionSent
from domain.correspondence_intents import ComplaintMessagePlanned
from domain.guarding import COMPLAINT_GUARDING
from domain.issues.joined import COMPLAINT_JOINING
from domain.kernel import Event, Instant
from domain.linking.events import COMPLAINT_LINKING
from domain.privacy import Code, Kept, PersonalLine, PersonalText
from domain.sensitive.events import COMPLAINT_SENSITIVE


class Received(Event):
    """An expression of dissatisfaction reached the firm; ``occurred_at`` is the receipt."""

    TOPIC: ClassVar[str] = "complaint.received"

    form: Code = "complaint"
    form_version: Code
    privacy_notice: Code
    channel: Channel
    language: Code
    team: Code
    legal_entity: Code
    service: Code | None = None
    client_kind: Code | None = None
    category: Code
    account_email: Kept[PersonalLine] | None = None
    account_id: Kept[PersonalLine] | None = None
    no_account: bool = False
    full_name: Kept[PersonalLine] | None = None
    country: Kept[CountryCode] | None = None
    details: Kept[PersonalText] | None = None
    related_tickets: Kept[tuple[PersonalLine, ...]] = ()
    people_involved: Kept[tuple[PersonalLine, ...]] = ()
    desired_outcome: Kept[PersonalText] | None = None
    problem_at: ProblemTime | None = None
    sent_at: Instant | None = None
    first_dissatisfaction_at: Instant | None = None
    sent_to_company_at: Instant | None = None
    registered_at: Instant | None = None
    pins: tuple[Pin, ...] = ()
    source: KeptSource | None = None
    complainant_type: ComplainantType | None = None
    eligible: bool | None = None
    complainant: Kept[Complainant] | None = None
    dealings: Kept[Dealings] | None = None
    provenance: Provenance | None = None
    evidence_note: Kept[PersonalText] | None = None
    registered_by: Code | None = None
    origin: UUID | None = None
    """The ticket that was promoted to this complaint."""


class Triaged(Event):
    """The initial assessment was made (ISO 10002, clause on initial assessment)."""

    TOPIC: ClassVar[str] = "complaint.triaged"

    category: Code
    severity: Severity
    admissible: bool
    reason: Kept[PersonalText] | None = None
    reason_code: Inadmissibility | None = None
    in_scope_regimes: tuple[Code, ...] | None = None
    scope_reason: Kept[PersonalText] | None = None


class MarkedComplex(Event):
    """The complaint needs more than the usual time: progress is promised from here on."""

    TOPIC: ClassVar[str] = "complaint.marked_complex"


class DeclaredInadmissible(Event):
    """The complaint was rejected as inadmissible, for reasons that were told."""

    TOPIC: ClassVar[str] = "complaint.declared_inadmissible"

    reason: Kept[PersonalText]
    reason_code: Inadmissibility | None = None


class Acknowledged(Event):
    """The acknowledgement was sent; ``occurred_at`` is the instant of sending."""

    TOPIC: ClassVar[str] = "complaint.acknowledged"

    parts: tuple[Code, ...] = ()


class Assigned(Event):
    """The complaint was given to a team, a person, or both."""

    TOPIC: ClassVar[str] = "complaint.assigned"

    team: Code
    assignee: Code | None = None
    reason_code: Code | None = None
    """Why it was handed over, or went where its level belongs."""
    reason: Kept[PersonalText] | None = None
    """The same in words."""
    conflict_overridden: bool | None = None
    override_reason: Kept[PersonalText] | None = None
    """Why somebody has it who by the rule on conflicts of interest should not."""


class InvestigationStarted(Event):
    """Somebody began to look into the complaint."""

    TOPIC: ClassVar[str] = "complaint.investigation_started"


class InformationRequested(Event):
    """The complainant was asked for information that the case cannot do without."""

    TOPIC: ClassVar[str] = "complaint.information_requested"

    text: Kept[PersonalText]


class InformationSupplied(Event):
    """The complainant gave information: what was asked for, or something unasked."""

    TOPIC: ClassVar[str] = "complaint.information_supplied"

    text: Kept[PersonalText] | None = None


class InvestigationCompleted(Event):
    """All that had to be found out was found out; what is left is to decide and to say so."""

    TOPIC: ClassVar[str] = "complaint.investigation_completed"


class UpdateSent(Event):
    """The complainant was told how the complaint progresses."""

    TOPIC: ClassVar[str] = "complaint.update_sent"

    text: Kept[PersonalText]
    parts: tuple[Code, ...] = ()


class DelayNoticeSent(Event):
    """The complainant was told why the decision is late and when it will come."""

    TOPIC: ClassVar[str] = "complaint.delay_notice_sent"

    text: Kept[PersonalText]
    parts: tuple[Code, ...] = ()


class HoldingReplySent(Event):
    """The complainant got a holding reply: reasons of the delay, and the final date."""

    TOPIC: ClassVar[str] = "complaint.holding_reply_sent"

    text: Kept[PersonalText]
    parts: tuple[Code, ...] = ()


class Escalated(Event):
    """The complaint was raised to a higher level; a flag, not a step in its life."""

    TOPIC: ClassVar[str] = "complaint.escalated"

    reason: Kept[PersonalText]
    level: Level = 1


class DeEscalated(Event):
    """The complaint went back to the usual level."""

    TOPIC: ClassVar[str] = "complaint.de_escalated"


class Accepted(Event):
    """The complainant accepted the answer, by whatever means; a milestone, not a step in its life."""

    TOPIC: ClassVar[str] = "complaint.accepted"


class Closed(Event):
    """Nothing more is to be done on the complaint."""

    TOPIC: ClassVar[str] = "complaint.closed"


class Reopened(Event):
    """The complaint is worked on again."""

    TOPIC: ClassVar[str] = "complaint.reopened"

    reason: Kept[PersonalText]


class Withdrawn(Event):
    """The complainant does not pursue the complaint."""

    TOPIC: ClassVar[str] = "complaint.withdrawn"

    reason: Kept[PersonalText]


class Redirected(Event):
    """The case turned out to be a general enquiry: it goes on elsewhere, and ends here."""

    TOPIC: ClassVar[str] = "complaint.redirected"

    reason: Kept[PersonalText]
    ticket: UUID | None = None
    """Where it goes on; those of before tickets came from redirections have none."""
    form: Code | None = None


class Noted(Event):
    """Somebody wrote a note on the case."""

    TOPIC: ClassVar[str] = "complaint.noted"

    text: Kept[PersonalText]
    visibility: Visibility = "internal"


COMPLAINT_EVENTS: tuple[type[Event], ...] = (
    Received,
    Triaged,
    MarkedComplex,
    DeclaredInadmissible,
    Acknowledged,
    Assigned,
    InvestigationStarted,
    StepRecorded,
    InformationRequested,
    InformationSupplied,
    InvestigationCompleted,
    UpdateSent,
    DelayNoticeSent,
    HoldingReplySent,
    Escalated,
    DeEscalated,
    DecisionSent,
    Accepted,
    Closed,
    Reopened,
    Withdrawn,
    Redirected,
    Noted,
    *INTAKE_EVENTS,
    *COMPLAINT_GUARDING,
    *COMPLAINT_JOINING,
    *COMPLAINT_LINKS,
    ComplaintMessagePlanned,
    *COMPLAINT_LINKING,
    *COMPLAINT_SENSITIVE,
    *INVESTIGATION_EVENTS,
    *RESOLUTION_EVENTS,
    *LIFE_EVENTS,
)
EVENTS: tuple[type[Event], ...] = (*COMPLAINT_EVENTS, *CLOCK_EVENTS)
"""All that the stream of a complaint can hold, its clocks included."""
