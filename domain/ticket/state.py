"""What a ticket knows about itself: the fold of its events, and nothing decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, TypeAlias
from uuid import UUID

from domain import errors
from domain.attachments.events import AttachmentEvent
from domain.clocks import ClockEvent
from domain.complaint.codes import Severity
from domain.complaint.concerned import Concerned
from domain.complaint.holding import Held
from domain.complaint.speakers import Spoken
from domain.correspondence_intents import TicketMessagePlanned
from domain.guarding import TicketEmergencyAccessGranted, TicketSensitivityChanged
from domain.invitation import Invited
from domain.issues.joined import TicketIssueLinked, TicketIssueUnlinked
from domain.issues.rule import Origin
from domain.kernel import Event, made, upon, upon_all_but
from domain.linking.errors import MergedAway
from domain.linking.events import OF_TICKETS, CaseAbsorbed, CaseMerged, CaseSplit, CaseUnmerged, OtherKind
from domain.sensitive.events import TicketValueFlagged, TicketValueRefused
from domain.ticket import events as e
from domain.ticket import link_events as links
from domain.ticket import safeguard_events as safeguards
from domain.ticket.talk_events import FollowUpAsked

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.kernel import Context
    from domain.policies import Rulebook


Words: TypeAlias = Mapping[str, str]
"""What the register of an imported ticket says in its own words."""


class Stage(StrEnum):
    """Where a ticket stands in its life."""

    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"
    MERGED = "merged"


UNSOLVED = frozenset({Stage.OPEN, Stage.PENDING})
LEADS_TO: dict[type[Event], Stage] = {
    e.Opened: Stage.OPEN,
    e.InformationRequested: Stage.PENDING,
    FollowUpAsked: Stage.PENDING,
    e.Suspended: Stage.PENDING,
    e.Resumed: Stage.OPEN,
    e.Solved: Stage.SOLVED,
    e.Closed: Stage.CLOSED,
    e.Reopened: Stage.OPEN,
    e.Promoted: Stage.CLOSED,
}
"""The stage that an event leads to; information leads from pending to open."""
CUSTOMER = "customer"
"""What a ticket waits for whose customer was asked for information."""
RANKS: Mapping[str | None, int] = {"low": 1, "normal": 2, None: 2, "high": 3, "critical": 4}
"""How severities compare; a ticket that was never assessed matters as much as any."""
SEVERITIES: Mapping[int, Severity] = {1: "low", 2: "normal", 3: "high", 4: "critical"}
"""The severity of each rank."""


class State(Held, Spoken, Concerned, Invited):
    """The state of a ticket."""

    WORDS: ClassVar[Mapping[str, str]] = {
        "opened": "received",
        "replied": "update_sent",
        "follow_up_asked": "information_requested",
        "solved": "decision_sent",
        "suspended": "paused",
        "promoted": "redirected",
    }
    """Policies promise alike on complaints and tickets: an answer to what was received."""
    LINKING = OF_TICKETS
    ASSIGNED = e.Assigned
    SENSITIVITY_CHANGED = TicketSensitivityChanged
    VALUE_REFUSED = TicketValueRefused
    VALUE_FLAGGED = TicketValueFlagged
    EMERGENCY_ACCESS_GRANTED = TicketEmergencyAccessGranted
    MESSAGE_PLANNED = TicketMessagePlanned
    ISSUE_LINKED = TicketIssueLinked
    ISSUE_UNLINKED = TicketIssueUnlinked
    LINK_ISSUED = links.LinkIssued
    LINKS_REVOKED = links.LinksRevoked
    MISSING = errors.NotOpened
    HOLD_PLACED = safeguards.HoldPlaced
    HOLD_LIFTED = safeguards.HoldLifted
    REPRESENTED = safeguards.Represented
    REPRESENTATION_ENDED = safeguards.RepresentationEnded
    PERSON_COMPLAINED_OF_NAMED = safeguards.PersonComplainedOfNamed
    NOT_BY_THEM = (e.Solved, e.Closed, e.Promoted, CaseMerged, CaseAbsorbed, CaseUnmerged, CaseSplit)

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status: Stage | None = None
        self.before_merge: Stage | None = None
        self.imported = False
        self.form: str | None = None
        self.parent: UUID | None = None
        self.investigating = False
        self.waiting_for: str | None = None
        self.subcategory: str | None = None
        self.impact: int | None = None
        self.urgency: int | None = None
        self.severity: Severity | None = None
        self.first_severity: Severity | None = None
        self.closes_at: datetime | None = None
        self.reopen_before: datetime | None = None
        self.promoted_to: UUID | None = None

    @property
    def standing(self) -> str | None:
        """Where the case stands in its life; None before its receipt."""
        return self.status

    @property
    def awaits_answer(self) -> bool:
        """Whether the answer is still to be given."""
        return self.unsolved

    @property
    def goes_on_as(self) -> tuple[UUID, OtherKind] | None:
        """The complaint that a promoted ticket goes on as."""
        return self.promoted_to and (self.promoted_to, "complaint")

    @property
    def unsolved(self) -> bool:
        """Whether the answer is still to be given."""
        return self.status in UNSOLVED

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be done unless the ticket is reopened."""
        return self.status is Stage.CLOSED

    @property
    def _promised(self) -> tuple[Pin, ...]:
        """The regimes whose terms end the ticket; of an imported one its register says when it ends."""
        return () if self.imported else self.pins

    @upon_all_but(ClockEvent, AttachmentEvent)
    def _listen(self, event: Event) -> None:
        if self.aside:
            self.overhear(event)

    @upon(*LEADS_TO)
    def _come_to(self, event: Event) -> None:
        self.status, self.waiting_for = LEADS_TO[type(event)], None

    @upon(CaseMerged)
    def _go_away(self, event: CaseMerged) -> None:
        del event
        self.before_merge, self.status = self.status, Stage.MERGED

    @upon(CaseUnmerged)
    def _stand_as_before(self, event: CaseUnmerged) -> None:
        if event.was == "merged":
            self.before_merge, self.status = None, self.before_merge

    @upon(e.Opened)
    def _begin(self, event: e.Opened) -> None:
        self.form, self.parent, self.language = event.form, event.parent, event.language
        self.received_at, self.imported = event.occurred_at, event.source is not None
        self.team, self.assignee, self.legal_entity = event.team, event.assignee, event.legal_entity
        self.severity = self.first_severity = event.severity
        self.pins = event.pins
        came = {"form": event.form, "channel": event.channel, "legal_entity": event.legal_entity}
        self.origin = made(Origin, came)

    @upon(e.Opened, e.Triaged)
    def _assess(self, event: e.Opened | e.Triaged) -> None:
        self.category, self.subcategory = event.category, event.subcategory
        self.impact, self.urgency = event.impact, event.urgency

    @upon(e.Escalated, e.DeEscalated)
    def _regrade(self, event: e.Escalated | e.DeEscalated) -> None:
        self.severity = event.severity

    @upon(e.Assigned)
    def _pass_to(self, event: e.Assigned) -> None:
        self._give(event.team, event.assignee, event.reason_code)

    @upon(e.InvestigationStarted)
    def _investigate(self, event: e.InvestigationStarted) -> None:
        del event
        self.investigating = True

    @upon(e.InformationRequested, FollowUpAsked)
    def _wait_for_customer(self, event: e.InformationRequested | FollowUpAsked) -> None:
        del event
        self.waiting_for = CUSTOMER

    @upon(e.InformationSupplied)
    def _wait_no_more(self, event: e.InformationSupplied) -> None:
        del event
        if self.status is Stage.PENDING:
            self.status, self.waiting_for = Stage.OPEN, None

    @upon(e.InformationRequested, e.InformationSupplied, e.Noted)
    def _keep_text(self, event: e.InformationRequested | e.InformationSupplied | e.Noted) -> None:
        self._remember(event, event.text)

    @upon(e.Solved)
    def _await_close(self, event: e.Solved) -> None:
        self.closes_at = event.closes_at

    @upon(e.Closed)
    def _end(self, event: e.Closed) -> None:
        self.closes_at, self.reopen_before = None, event.reopen_before

    @upon(e.Reopened)
    def _end_no_more(self, event: e.Reopened) -> None:
        del event
        self.closes_at = self.reopen_before = None

    @upon(e.Suspended)
    def _stand_still(self, event: e.Suspended) -> None:
        self.waiting_for = event.cause

    @upon(e.Promoted)
    def _go_on_elsewhere(self, event: e.Promoted) -> None:
        self.promoted_to, self.closes_at = event.complaint, None

    def _when(self, occurred_at: datetime | None, by: Context) -> datetime:
        """Return the instant of a new fact; a register is believed that says it came before the receipt."""
        if self.imported and occurred_at is not None and occurred_at <= by.recorded_at:
            return occurred_at
        return super()._when(occurred_at, by)

    def _come_back(self, by: Context, rules: Rulebook) -> None:
        """Take up a solved ticket whose customer is heard again."""
        if self.status is Stage.SOLVED:
            self._tell(e.Reopened, by, rules, by.recorded_at)

    def _refuse_unless_opened(self) -> None:
        if self.status is None:
            raise errors.NotOpened

    def _refuse_if_closed(self) -> None:
        self._refuse_unless_opened()
        if self.survivor is not None:
            raise MergedAway(self.survivor, self.survivor_kind)
        if self.status is Stage.CLOSED:
            raise errors.CaseEnded

    def _refuse_if_over(self) -> None:
        self._refuse_if_closed()

    def _refuse_unless_unsolved(self) -> None:
        self._refuse_if_closed()
        if not self.unsolved:
            raise errors.AlreadySolved
