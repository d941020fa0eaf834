"""What a complaint knows about itself: the fold of its events, and nothing decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from domain import errors
from domain.clocks import Promises
from domain.complaint import events as e
from domain.kernel import Event
from domain.privacy import ERASED, Erased, Sealed

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


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

Telling = tuple[str, datetime, str | Sealed | Erased | None]
"""A told fact: topic, instant and text; the same fact told twice is one fact."""


class State(Promises):
    """The state of a complaint."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status: Stage | None = None
        self.received_at: datetime | None = None
        self.acknowledged = False
        self.complex = False
        self.awaiting_information = False
        self.investigated = False
        self.accepted = False
        self.level = 0
        self.category: str | None = None
        self.severity: str | None = None
        self.admissible: bool | None = None
        self.team: str | None = None
        self.assignee: str | None = None
        self.decision: tuple[str, str | Sealed | Erased | None] | None = None
        self.told: set[Telling] = set()

    @property
    def undecided(self) -> bool:
        """Whether the decision is still to be sent."""
        return self.status in UNDECIDED

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the complaint unless it is reopened."""
        return self.status in ENDED

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        self.status = LEADS_TO.get(type(event), self.status)
        match event:
            case e.Received():
                self._begin(event)
            case e.Triaged():
                self.category, self.severity = event.category, event.severity
                self.admissible = event.admissible
            case e.MarkedComplex():
                self.complex = True
            case e.Acknowledged():
                self.acknowledged = True
                if self.status is Stage.RECEIVED:
                    self.status = Stage.ACKNOWLEDGED
            case e.Assigned():
                self.team, self.assignee = event.team, event.assignee
            case e.InvestigationCompleted():
                self.investigated = True
            case e.InformationRequested():
                self.awaiting_information = True
                self._remember(event, event.text)
            case e.InformationSupplied():
                self.awaiting_information = False
                self._remember(event, event.text)
            case e.StepRecorded():
                self._remember(event, event.summary)
            case e.UpdateSent() | e.DelayNoticeSent() | e.HoldingReplySent() | e.Noted():
                self._remember(event, event.text)
            case e.Escalated():
                self.level = event.level
            case e.DeEscalated():
                self.level = 0
            case e.DecisionSent():
                self.decision = (event.outcome, event.reasons)
            case e.Accepted():
                self.accepted = True
            case e.Reopened():
                self.awaiting_information = self.investigated = self.accepted = False
            case _:
                super().evolve(event)

    def _begin(self, event: e.Received) -> None:
        self.received_at = event.occurred_at
        self.category, self.team = event.category, event.team
        self.pins = event.pins

    def _remember(self, event: Event, text: str | Sealed | Erased | None) -> None:
        self.told.add((event.TOPIC, event.occurred_at, text))

    def _refuse_unless_received(self) -> None:
        if self.status is None:
            raise errors.NotReceived

    def _refuse_if_ended(self) -> None:
        self._refuse_unless_received()
        if self.ended:
            raise errors.CaseEnded

    def _refuse_unless_undecided(self) -> None:
        self._refuse_if_ended()
        if not self.undecided:
            raise errors.AlreadyDecided

    def _refuse_unless_investigating(self) -> None:
        self._refuse_unless_undecided()
        if self.status is not Stage.INVESTIGATING:
            raise errors.InvestigationNotStarted

    def _told(self, event: type[Event], occurred_at: datetime | None, text: str | None) -> bool:
        """Whether the same was told before; erased text counts as the same, lest a repeat bring it back."""
        if occurred_at is None:
            return False
        return any((event.TOPIC, occurred_at, each) in self.told for each in (text, ERASED))

    def _when(self, occurred_at: datetime | None, by: Context) -> datetime:
        """Return the instant of a new fact; refuse one that cannot be."""
        at = occurred_at or by.recorded_at
        if at > by.recorded_at:
            raise errors.InTheFuture
        if self.received_at is not None and at < self.received_at:
            raise errors.BeforeReceipt
        return at

    def _tell(
        self,
        event: type[Event],
        by: Context,
        rules: Rulebook,
        at: datetime,
        *,
        known: bool = True,
        parts: tuple[str, ...] = (),
        **facts: object,
    ) -> None:
        """Record *event* and let the clocks answer it; what fell due before it comes first."""
        self.notice_misses(at, by, rules)
        if parts:
            facts["parts"] = parts
        self.record(event, by, occurred_at=at, occurred_at_known=known, **facts)
        word = event.TOPIC.partition(".")[2]
        self.hear(word, by, rules, at=at, parts=frozenset(parts))
