"""What the API takes in queries and gives in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from adapters.eventstore.tables import reached
from adapters.http.problems import INSTANT
from domain.clock_view import ClockView
from domain.complaint.events import Severity
from domain.complaint.state import Stage
from domain.kernel import Instant
from domain.privacy import Code, Withheld
from domain.ticket.state import Stage as TicketStage
from projections.queue import Promise

MOST = 200
POSITION = r"^[0-9a-f]{2}:[0-9]{1,18}(,[0-9a-f]{2}:[0-9]{1,18})*$"


def _position(text: str) -> str:
    reached(text)
    return text


def _written_out(given: object) -> object:
    if isinstance(given, str) and "T" not in given.upper():
        raise ValueError(INSTANT)
    return given


Position: TypeAlias = Annotated[
    str,
    AfterValidator(_position),
    WithJsonSchema({"type": "string", "pattern": POSITION, "example": "00:1742"}),
]
Moment: TypeAlias = Annotated[Instant, BeforeValidator(_written_out)]


class Parameters(BaseModel):
    """The query of any read; a parameter that is not named here is refused by name."""

    model_config = ConfigDict(extra="forbid")

    after: Position | None = Field(
        None, description="Wait up to 2 seconds until this position has been read; else 503."
    )


class AsOf(Parameters):
    """A read of one case as it was."""

    as_of: Moment | None = Field(None, description="What had happened by then.")


class AsKnown(AsOf):
    """A read of one case as it was, or as it was known."""

    known_at: Moment | None = Field(None, description="What had been recorded by then.")


class Listing(Parameters):
    """Filters and the page of a list."""

    assignee: Code | None = None
    category: Code | None = None
    severity: Severity | None = None
    escalated: bool | None = None
    overdue: bool | None = None
    regime: Code | None = None
    received_from: Moment | None = None
    received_to: Moment | None = Field(None, description="Exclusive.")
    due_before: Moment | None = None
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


class Written(BaseModel):
    """What a write answers: the case, and how far the log has come with it."""

    id: UUID
    reference: str
    version: int
    position: str


class CaseSummary(Written):
    """A case in a list; nothing in it concerns a person."""

    kind: str
    status: str
    open: bool
    escalated: bool
    level: int
    received_at: datetime
    category: str
    severity: str | None
    team: str
    assignee: str | None
    channel: str
    language: str
    legal_entity: str
    regimes: tuple[str, ...]
    overdue: bool
    due_before: datetime | None
    next_promise: Promise | None
    next_legal: Promise | None
    next_house: Promise | None


Shown: TypeAlias = str | Withheld
"""A personal text; in its place why it is withheld: erased for good, or sealed while the keys are away."""


class Decision(BaseModel):
    """What was decided, and when it was sent."""

    outcome: str
    reasons: Shown | None
    sent_at: datetime
    sent_at_known: bool


class CaseDocument(CaseSummary):
    """A case in full: its clocks, what was submitted, and what was found and decided."""

    clocks: list[ClockView]
    admissible: bool | None
    complex: bool
    acknowledged_at: datetime | None
    escalation_reason: Shown | None
    decision: Decision | None
    closed_at: datetime | None
    submission: dict[str, Any] = Field(
        description='A personal value that cannot be shown reads `{"withheld": "erased"}` or '
        '`{"withheld": "sealed"}`.'
    )


class TicketDocument(CaseSummary):
    """A ticket in full: its clocks, what was asked for, and how it ended."""

    clocks: list[ClockView]
    escalation_reason: str | None
    solved_at: datetime | None
    closed_at: datetime | None
    closed_code: str | None
    submission: dict[str, Any]


class CasePage(BaseModel):
    """Some cases, and the address of the next ones; null when there are no more."""

    items: list[CaseSummary]
    next: str | None


class ClockList(BaseModel):
    """The clocks of a case."""

    items: list[ClockView]
    next: None = None


class HistoryItem(BaseModel):
    """One event of a case."""

    version: int
    position: str
    topic: str
    recorded_at: datetime
    occurred_at: datetime
    occurred_at_known: bool
    actor: str
    correlation_id: UUID
    causation_id: UUID | None
    facts: dict[str, Any] = Field(
        description='A personal value that cannot be shown reads `{"withheld": "erased"}` or '
        '`{"withheld": "sealed"}`.'
    )


class History(BaseModel):
    """Everything that happened to a case, oldest first."""

    items: list[HistoryItem]
    next: None = None


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """The desk can work; ``lag`` is how many events the slowest read model is behind.

    ``search_lag`` is the same of the search index, which the desk can do without; null while it is built.
    """

    status: Literal["ready"] = "ready"
    position: str
    lag: int
    search_lag: int | None
