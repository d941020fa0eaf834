"""What a complaint knows about itself: the fold of its events, and nothing decided."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from domain import errors
from domain.attachments.events import AttachmentEvent
from domain.case import Text
from domain.clocks import ClockEvent
from domain.complaint import events as e
from domain.complaint import life_events as life
from domain.complaint import link_events as links
from domain.complaint.concerned import Concerned
from domain.complaint.holding import Held
from domain.complaint.intake_events import RepresentationEnded, Represented
from domain.complaint.speakers import Spoken
from domain.correspondence_intents import ComplaintMessagePlanned
from domain.guarding import ComplaintEmergencyAccessGranted, ComplaintSensitivityChanged
from domain.invitation import Invited
from domain.issues.joined import ComplaintIssueLinked, ComplaintIssueUnlinked
from domain.issues.rule import Origin
from domain.kernel import Event, made, upon, upon_all_but
from domain.linking.errors import MergedAway
from domain.linking.events import OF_COMPLAINTS, CaseAbsorbed, CaseMerged, CaseSplit, CaseUnmerged
from domain.sensitive.events import ComplaintValueFlagged, ComplaintValueRefused


class Stage(StrEnum):
    """Where a complaint stands in its life."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REDIRECTED = "redirected"
    INADMISSIBLE = "inadmissible"
    MERGED = "merged"


UNDECIDED = frozenset({Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.INVESTIGATING})
ENDED = frozenset({Stage.CLOSED, Stage.WITHDRAWN, Stage.REDIRECTED, Stage.INADMISSIBLE})
LEADS_TO: dict[type[Event], Stage] = {
    e.Received: Stage.RECEIVED,
    e.InvestigationStarted: Stage.INVESTIGATING,
    e.DecisionSent: Stage.RESOLVED,
    e.Closed: Stage.CLOSED,
    e.Reopened: Stage.INVESTIGATING,
    e.Withdrawn: Stage.WITHDRAWN,
    e.Redirected: Stage.REDIRECTED,
    e.DeclaredInadmissible: Stage.INADMISSIBLE,
}
"""The stage that an event leads to; an acknowledgement changes only the first stage."""


class State(Held, Spoken, Concerned, Invited):
    """The state of a complaint."""

    LINKING = OF_COMPLAINTS
    ASSIGNED = e.Assigned
    SENSITIVITY_CHANGED = ComplaintSensitivityChanged
    VALUE_REFUSED = ComplaintValueRefused
    VALUE_FLAGGED = ComplaintValueFlagged
    EMERGENCY_ACCESS_GRANTED = ComplaintEmergencyAccessGranted
    MESSAGE_PLANNED = ComplaintMessagePlanned
    ISSUE_LINKED = ComplaintIssueLinked
    ISSUE_UNLINKED = ComplaintIssueUnlinked
    LINK_ISSUED = links.LinkIssued
    LINKS_REVOKED = links.LinksRevoked
    MISSING = errors.NotReceived
    HOLD_PLACED = life.HoldPlaced
    HOLD_LIFTED = life.HoldLifted
    REPRESENTED = Represented
    REPRESENTATION_ENDED = RepresentationEnded
    PERSON_COMPLAINED_OF_NAMED = life.PersonComplainedOfNamed
    NOT_BY_THEM = (
        e.DeclaredInadmissible,
        e.Redirected,
        e.Withdrawn,
        e.Closed,
        CaseMerged,
        CaseAbsorbed,
        CaseUnmerged,
        CaseSplit,
    )

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status: Stage | None = None
        self.before_merge: Stage | None = None
        self.acknowledged = False
        self.complex = False
        self.awaiting_information = False
        self.investigated = False
        self.accepted = False
        self.level = 0
        self.severity: str | None = None
        self.admissible: bool | None = None
        self.decision: tuple[str, Text] | None = None
        self.imported = False

    @property
    def undecided(self) -> bool:
        """Whether the decision is still to be sent."""
        return self.status in UNDECIDED

    @property
    def standing(self) -> str | None:
        """Where the case stands in its life; None before its receipt."""
        return self.status

    @property
    def awaits_answer(self) -> bool:
        """Whether the decision is still to be sent."""
        return self.undecided

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the complaint unless it is reopened."""
        return self.status in ENDED

    @upon_all_but(ClockEvent, AttachmentEvent, life.Corrected)
    def _listen(self, event: Event) -> None:
        if self.aside:
            self.overhear(event)

    @upon(*LEADS_TO)
    def _come_to(self, event: Event) -> None:
        self.status = LEADS_TO[type(event)]

    @upon(CaseMerged)
    def _go_away(self, event: CaseMerged) -> None:
        del event
        self.before_merge, self.status = self.status, Stage.MERGED

    @upon(CaseUnmerged)
    def _stand_as_before(self, event: CaseUnmerged) -> None:
        if event.was == "merged":
            self.before_merge, self.status = None, self.before_merge

    @upon(e.Received)
    def _begin(self, event: e.Received) -> None:
        self.received_at = event.occurred_at
        self.category, self.team, self.legal_entity = event.category, event.team, event.legal_entity
        self.language, self.pins = event.language, event.pins
        said = vars(event)
        self.origin = made(Origin, {name: said[name] for name in Origin.model_fields})
        self.imported = event.source is not None

    @upon(e.Acknowledged)
    def _be_acknowledged(self, event: e.Acknowledged) -> None:
        del event
        self.acknowledged = True
        if self.status is Stage.RECEIVED:
            self.status = Stage.ACKNOWLEDGED
        elif self.before_merge is Stage.RECEIVED:
            self.before_merge = Stage.ACKNOWLEDGED

    @upon(e.Triaged)
    def _assess(self, event: e.Triaged) -> None:
        self.category, self.severity = event.category, event.severity
        self.admissible = event.admissible

    @upon(e.MarkedComplex)
    def _be_complex(self, event: e.MarkedComplex) -> None:
        del event
        self.complex = True

    @upon(e.Assigned)
    def _pass_to(self, event: e.Assigned) -> None:
        self._give(event.team, event.assignee, event.reason_code)

    @upon(e.StepRecorded)
    def _keep_step(self, event: e.StepRecorded) -> None:
        self._remember(event, event.summary)

    @upon(e.UpdateSent, e.DelayNoticeSent, e.HoldingReplySent, e.Noted)
    def _keep_text(self, event: e.UpdateSent | e.DelayNoticeSent | e.HoldingReplySent | e.Noted) -> None:
        self._remember(event, event.text)

    @upon(e.InformationRequested)
    def _await_information(self, event: e.InformationRequested) -> None:
        self.awaiting_information = True
        self._remember(event, event.text)

    @upon(e.InformationSupplied)
    def _keep_information(self, event: e.InformationSupplied) -> None:
        self.awaiting_information = False
        self._remember(event, event.text)

    @upon(e.InvestigationCompleted)
    def _know_enough(self, event: e.InvestigationCompleted) -> None:
        del event
        self.investigated = True

    @upon(e.Escalated)
    def _climb(self, event: e.Escalated) -> None:
        self.level = event.level

    @upon(e.DeEscalated)
    def _come_down(self, event: e.DeEscalated) -> None:
        del event
        self.level = 0

    @upon(e.DecisionSent)
    def _keep_decision(self, event: e.DecisionSent) -> None:
        self.decision = (event.outcome, event.reasons)

    @upon(e.Accepted)
    def _be_accepted(self, event: e.Accepted) -> None:
        del event
        self.accepted = True

    @upon(e.Reopened)
    def _look_again(self, event: e.Reopened) -> None:
        del event
        self.awaiting_information = self.investigated = self.accepted = False

    def _refuse_unless_received(self) -> None:
        if self.status is None:
            raise errors.NotReceived

    def _refuse_if_ended(self) -> None:
        self._refuse_unless_received()
        if self.survivor is not None:
            raise MergedAway(self.survivor, self.survivor_kind)
        if self.ended:
            raise errors.CaseEnded

    def _refuse_if_over(self) -> None:
        self._refuse_if_ended()

    def _refuse_unless_undecided(self) -> None:
        self._refuse_if_ended()
        if not self.undecided:
            raise errors.AlreadyDecided

    def _refuse_unless_investigating(self) -> None:
        self._refuse_unless_undecided()
        if self.status is not Stage.INVESTIGATING:
            raise errors.InvestigationNotStarted
