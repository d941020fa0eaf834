"""What the API takes in queries and gives in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from adapters.eventstore.tables import reached
from adapters.http.life_schemas import Hold, Life, Shown
from domain.access import Sensitivity, Sight
from domain.clock_view import ClockView
from domain.complaint.events import Severity
from domain.complaint.register import Inadmissibility
from domain.complaint.state import Stage
from domain.privacy import Code, Withheld
from domain.ticket.state import Stage as TicketStage
from domain.written import InFull
from projections.linked import Known, LinkRow, SplitRow
from projections.queue import CaseKind, Promise

MOST = 200
POSITION = r"^[0-9a-f]{2}:[0-9]{1,18}(,[0-9a-f]{2}:[0-9]{1,18})*$"


def _position(text: str) -> str:
    reached(text)
    return text


Position: TypeAlias = Annotated[
    str,
    AfterValidator(_position),
    WithJsonSchema({"type": "string", "pattern": POSITION, "example": "00:1742"}),
]


class Parameters(BaseModel):
    """The query of any read; a parameter that is not named here is refused by name."""

    model_config = ConfigDict(extra="forbid")

    after: Position | None = Field(
        None, description="Wait up to 2 seconds until this position has been read; else 503."
    )


class Including(Parameters):
    """A read of the history of one case."""

    include: Literal["merged"] | None = Field(
        None, description="`merged`: also what happened to the cases that were merged into it."
    )


class AsOf(Parameters):
    """A read of one case as it was."""

    as_of: InFull | None = Field(None, description="What had happened by then.")


class AsKnown(AsOf):
    """A read of one case as it was, or as it was known."""

    known_at: InFull | None = Field(None, description="What had been recorded by then.")


class Listing(Parameters):
    """Filters and the page of a list."""

    assignee: Code | None = None
    category: Code | None = None
    severity: Severity | None = None
    escalated: bool | None = None
    overdue: bool | None = None
    regime: Code | None = None
    received_from: InFull | None = None
    received_to: InFull | None = Field(None, description="Exclusive.")
    due_before: InFull | None = None
    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, max_length=100, description="From `next` of the page before.")


class Ordered(Listing):
    """Filters, order and the page of the list of one kind of case."""

    team: Code | None = None
    sort: Literal["due", "-due", "received_at", "-received_at"] = "due"
    q: str | None = Field(
        None, max_length=500, description="As of /v1/search; of more than 10,000 hits some are left out."
    )


class CaseListing(Ordered):
    """Filters, order and the page of the list of complaints."""

    status: list[Stage] = Field(default_factory=list[Stage], max_length=len(Stage))


class TicketListing(Ordered):
    """Filters, order and the page of the list of tickets."""

    status: list[TicketStage] = Field(default_factory=list[TicketStage], max_length=len(TicketStage))


class QueueListing(Listing):
    """Filters and the page of a queue, which holds complaints and tickets."""

    status: list[Stage | TicketStage] = Field(
        default_factory=list[Stage | TicketStage], max_length=len(Stage) + len(TicketStage)
    )


class Nothing(BaseModel):
    """A query that takes no parameter."""

    model_config = ConfigDict(extra="forbid")


class Case(BaseModel):
    """A case, and how far the log has come with it."""

    id: Annotated[UUID, Sight.PUBLIC]
    reference: Annotated[str, Sight.PUBLIC]
    version: Annotated[int, Sight.PUBLIC]
    position: Annotated[str, Sight.PUBLIC]


class Written(Case):
    """What a write answers; ``merged_into`` is there when it landed on the survivor of a merge."""

    merged_into: Annotated[UUID | None, Sight.PUBLIC] = None


class CaseSummary(Case):
    """A case in a list; nothing in it concerns a person."""

    kind: Annotated[str, Sight.PUBLIC]
    status: Annotated[str, Sight.PUBLIC]
    merged_into: Annotated[Known | None, Sight.WORK]
    open: Annotated[bool, Sight.PUBLIC]
    escalated: Annotated[bool, Sight.WORK]
    level: Annotated[int, Sight.WORK]
    received_at: Annotated[datetime, Sight.PUBLIC]
    category: Annotated[str, Sight.PUBLIC]
    severity: Annotated[str | None, Sight.WORK]
    team: Annotated[str, Sight.WORK]
    assignee: Annotated[str | None, Sight.WORK]
    channel: Annotated[str, Sight.PUBLIC]
    language: Annotated[str, Sight.PUBLIC]
    legal_entity: Annotated[str, Sight.WORK]
    sensitivity: Annotated[Sensitivity, Sight.WORK]
    regimes: Annotated[tuple[str, ...], Sight.WORK]
    overdue: Annotated[bool, Sight.WORK]
    due_before: Annotated[datetime | None, Sight.PUBLIC]
    next_promise: Annotated[Promise | None, Sight.WORK]
    next_legal: Annotated[Promise | None, Sight.WORK]
    next_house: Annotated[Promise | None, Sight.WORK]


class Decision(BaseModel):
    """What was decided, and when it was sent."""

    outcome: Annotated[str, Sight.PUBLIC]
    reasons: Annotated[Shown | None, Sight.SHARED]
    sent_at: Annotated[datetime, Sight.PUBLIC]
    sent_at_known: Annotated[bool, Sight.PUBLIC]
    points: Annotated[list[str], Sight.PUBLIC]
    precedents: Annotated[list[str], Sight.WORK]
    root_cause: Annotated[str | None, Sight.WORK]
    response_type: Annotated[str | None, Sight.PUBLIC]
    remedies_named: Annotated[list[str], Sight.PUBLIC]
    waiver: Annotated[str | None, Sight.PUBLIC]
    proposed_by: Annotated[str | None, Sight.WORK]
    approved_by: Annotated[str | None, Sight.WORK]


class Related(CaseSummary):
    """What a case says of others; those that do not exist for the reader are left out."""

    links: Annotated[tuple[LinkRow, ...], Sight.WORK]
    merged: Annotated[tuple[UUID, ...], Sight.WORK]
    split_into: Annotated[tuple[SplitRow, ...], Sight.WORK]
    split_from: Annotated[SplitRow | None, Sight.WORK]


class Elsewhere(BaseModel):
    """A case that this one goes on as, or comes from."""

    id: Annotated[UUID, Sight.PUBLIC]
    reference: Annotated[str, Sight.PUBLIC]
    kind: Annotated[CaseKind, Sight.PUBLIC]


class Assessed(BaseModel):
    """Why a complaint is inadmissible, or which regimes the firm finds to bind it."""

    reason_code: Annotated[Inadmissibility | None, Sight.WORK]
    in_scope_regimes: Annotated[tuple[str, ...] | None, Sight.WORK]
    scope_reason: Annotated[Shown | None, Sight.PERSONAL]


class Speaker(BaseModel):
    """Who speaks for the complainant; what of them cannot be shown reads as in a submission."""

    number: Annotated[int, Sight.SHARED]
    representative: Annotated[dict[str, Any], Sight.SHARED]
    paid: Annotated[bool | None, Sight.SHARED]


class SpecialCare(BaseModel):
    """Why the complainant needs special care."""

    how_known: Annotated[Shown, Sight.PERSONAL]
    driver: Annotated[Shown | None, Sight.PERSONAL]
    about_failure: Annotated[bool, Sight.PERSONAL]


class PossibleDuplicate(BaseModel):
    """A case of the same person that may be about the same."""

    id: Annotated[UUID, Sight.PERSONAL]
    reference: Annotated[str, Sight.PERSONAL]
    kind: Annotated[CaseKind, Sight.PERSONAL]
    similarity: Annotated[float, Sight.PERSONAL] = Field(
        description="From 0 to 1: how many words the two have in common."
    )
    received_at: Annotated[datetime, Sight.PERSONAL]


HINTED: Any = Field(None, description="For those who may read cases, and only as far as they may.")


class Taken(Written):
    """What the POST of a complaint answers: the case, and a copy of what was sent."""

    sent: dict[str, Any] = Field(description="The body as it was sent.")
    possible_duplicates: list[PossibleDuplicate] | None = HINTED


class CaseDocument(Life, Related):
    """A case in full: its clocks, what was submitted, and what was found and decided."""

    clocks: Annotated[list[ClockView], Sight.PUBLIC]
    admissible: Annotated[bool | None, Sight.WORK]
    complex: Annotated[bool, Sight.WORK]
    acknowledged_at: Annotated[datetime | None, Sight.PUBLIC]
    escalation_reason: Annotated[Shown | None, Sight.PERSONAL]
    escalated_by: Annotated[str | None, Sight.WORK]
    decision: Annotated[Decision | None, Sight.PUBLIC]
    closed_at: Annotated[datetime | None, Sight.PUBLIC]
    issues: Annotated[list[UUID], Sight.WORK]
    admissibility: Annotated[Assessed | None, Sight.WORK]
    representatives: Annotated[list[Speaker], Sight.SHARED]
    special_care: Annotated[bool, Sight.PERSONAL]
    vulnerability: Annotated[SpecialCare | None, Sight.PERSONAL]
    redirected_to: Annotated[Elsewhere | None, Sight.PUBLIC]
    origin: Annotated[Elsewhere | None, Sight.PUBLIC] = Field(description="The ticket that was promoted.")
    possible_duplicates: Annotated[list[PossibleDuplicate] | None, Sight.PERSONAL] = Field(
        None, description="Null for a case as it was, and while the search index cannot be asked."
    )
    submission: Annotated[dict[str, Any], Sight.PUBLIC] = Field(
        description='A personal value that cannot be shown reads `{"withheld": "erased"}` or '
        '`{"withheld": "sealed"}`.'
    )


class Appointment(BaseModel):
    """An appointment with the customer; ``zone`` is where they read the times."""

    number: Annotated[int, Sight.PUBLIC]
    kind: Annotated[str, Sight.PUBLIC]
    starts_at: Annotated[datetime, Sight.PUBLIC]
    ends_at: Annotated[datetime | None, Sight.PUBLIC]
    zone: Annotated[str, Sight.PUBLIC]
    how_to_join: Annotated[Shown | None, Sight.SHARED]
    remind_at: Annotated[datetime | None, Sight.PUBLIC]


class Rating(BaseModel):
    """How content the customer was with the solution: 1 not at all, 5 fully."""

    score: Annotated[int, Sight.PUBLIC]
    comment: Annotated[Shown | None, Sight.SHARED]
    rated_at: Annotated[datetime, Sight.PUBLIC]


class TicketDocument(Related):
    """A ticket in full: its clocks, what was asked for, what was said, and how it ended."""

    clocks: Annotated[list[ClockView], Sight.PUBLIC]
    escalation_reason: Annotated[Shown | None, Sight.PERSONAL]
    acknowledged_at: Annotated[datetime | None, Sight.PUBLIC]
    replied_at: Annotated[datetime | None, Sight.PUBLIC]
    questions: Annotated[list[str] | Withheld | None, Sight.SHARED] = Field(
        description="The questions that wait for an answer, to be answered in this order."
    )
    awaiting_files: Annotated[bool, Sight.PUBLIC] = Field(
        description="Whether a file that its form cannot do without is still to come."
    )
    appointment: Annotated[Appointment | None, Sight.PUBLIC]
    answer: Annotated[Shown | None, Sight.SHARED]
    solved_at: Annotated[datetime | None, Sight.PUBLIC]
    closes_at: Annotated[datetime | None, Sight.PUBLIC] = Field(
        description="When a solved ticket closes by itself; null where it does not."
    )
    rating: Annotated[Rating | None, Sight.PUBLIC]
    closed_at: Annotated[datetime | None, Sight.PUBLIC]
    closed_code: Annotated[str | None, Sight.WORK]
    reopen_before: Annotated[datetime | None, Sight.PUBLIC] = Field(
        description="Before this instant a closed ticket can be reopened; null where that is not limited."
    )
    issues: Annotated[list[UUID], Sight.WORK]
    promoted_to: Annotated[Elsewhere | None, Sight.PUBLIC]
    origin: Annotated[Elsewhere | None, Sight.PUBLIC] = Field(
        description="The complaint that was redirected."
    )
    first_received_at: Annotated[datetime | None, Sight.PUBLIC] = Field(
        description="When the complaint that was redirected had been received."
    )
    representatives: Annotated[list[Speaker], Sight.SHARED]
    holds: Annotated[list[Hold], Sight.WORK]
    complained_of: Annotated[list[str], Sight.WORK]
    possible_duplicates: Annotated[list[PossibleDuplicate] | None, Sight.PERSONAL] = Field(
        None, description="Null for a case as it was, and while the search index cannot be asked."
    )
    submission: Annotated[dict[str, Any], Sight.PUBLIC]


class CasePage(BaseModel):
    """Some cases, and the address of the next ones; null when there are no more."""

    items: Annotated[list[CaseSummary], Sight.PUBLIC]
    next: Annotated[str | None, Sight.PUBLIC]


class ClockList(BaseModel):
    """The clocks of a case."""

    items: Annotated[list[ClockView], Sight.PUBLIC]
    next: Annotated[None, Sight.PUBLIC] = None


class HistoryItem(BaseModel):
    """One event of a case."""

    case: Annotated[UUID, Sight.PUBLIC]
    version: Annotated[int, Sight.PUBLIC]
    position: Annotated[str, Sight.PUBLIC]
    topic: Annotated[str, Sight.PUBLIC]
    recorded_at: Annotated[datetime, Sight.PUBLIC]
    occurred_at: Annotated[datetime, Sight.PUBLIC]
    occurred_at_known: Annotated[bool, Sight.PUBLIC]
    actor: Annotated[str, Sight.WORK]
    correlation_id: Annotated[UUID, Sight.WORK]
    causation_id: Annotated[UUID | None, Sight.WORK]
    in_error: Annotated[bool, Sight.WORK]
    """Whether a later correction says that it was recorded in error; its complainant is not told it."""
    facts: Annotated[dict[str, Any], Sight.PUBLIC] = Field(
        description='A personal value that cannot be shown reads `{"withheld": "erased"}` or '
        '`{"withheld": "sealed"}`.'
    )


class History(BaseModel):
    """Everything that happened to a case, oldest first."""

    items: Annotated[list[HistoryItem], Sight.PUBLIC]
    next: Annotated[None, Sight.PUBLIC] = None


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """The desk can work; ``lag`` is how many events the slowest read model is behind.

    ``search_lag`` is the same of the search index, which the desk can do without; null while it is built.
    ``reactions_parked`` names events that nothing followed from, each with the reaction and its place.
    """

    status: Literal["ready"] = "ready"
    position: str
    lag: int
    search_lag: int | None
    reactions_parked: list[str] = []
