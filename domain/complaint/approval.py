"""How a decision is proposed by one person and approved by another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from domain import errors
from domain.codes import Severity
from domain.complaint import events as e
from domain.complaint.conflicts import Conflicts
from domain.complaint.findings import Findings
from domain.complaint.paying import Paying
from domain.complaint.redress import NumberedRedress
from domain.complaint.resolution_events import (
    Answering,
    ResolutionApproved,
    ResolutionProposed,
    ResolutionReturned,
)
from domain.four_eyes import people_of, same_hand
from domain.kernel import upon
from domain.privacy import ERASED

if TYPE_CHECKING:
    from uuid import UUID

    from domain.case import Text
    from domain.complaint.redress import RedressWish
    from domain.kernel import Context
    from domain.policies import Rulebook

DESCRIPTION = "description"
MONEY = "money"
SEVERITIES: tuple[str, ...] = get_args(Severity)
"""From the lowest up."""


@dataclass(frozen=True)
class Answer:
    """How a complaint is to be answered; what is None is left as it was approved, or empty."""

    outcome: str
    reasons: Text
    redress: tuple[RedressWish, ...] | None = None
    points: tuple[str, ...] | None = None
    precedents: tuple[str, ...] | None = None
    root_cause: str | None = None


@dataclass(frozen=True)
class Proposal:
    """What was proposed, as the event says it; by whom, and who approved it if anybody has."""

    facts: dict[str, Any]
    proposed_by: str
    approved_by: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """Everybody who stands behind it."""
        return people_of(self.proposed_by) | people_of(self.approved_by or self.proposed_by)


class Approving(Findings, Conflicts, Paying):
    """A complaint whose decision may need two people."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.proposal: Proposal | None = None
        self.returned = False
        """Whether the last proposal was returned, and none was made since."""
        self.gravest: str | None = None
        """The highest severity since the receipt or the last reopening."""

    @upon(ResolutionProposed)
    def _keep_proposal(self, event: ResolutionProposed) -> None:
        self.proposal, self.returned = Proposal(_said(event), event.actor), False

    @upon(ResolutionApproved)
    def _keep_approval(self, event: ResolutionApproved) -> None:
        if self.proposal is not None:
            self.proposal = replace(self.proposal, approved_by=event.actor)

    @upon(ResolutionReturned)
    def _drop_proposal(self, event: ResolutionReturned) -> None:
        del event
        self.proposal, self.returned = None, True

    @upon(e.Triaged)
    def _weigh(self, event: e.Triaged) -> None:
        self.gravest = max(self.gravest, event.severity, key=_gravity)

    @upon(e.Reopened)
    def _propose_anew(self, event: e.Reopened) -> None:
        del event
        self.proposal, self.returned = None, False
        self.gravest = self.severity

    def propose_resolution(
        self, answer: Answer, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Propose how to answer; what was proposed before falls away, approved or not.

        The same proposal again is no news, whoever makes it.
        """
        self._refuse_unless_undecided()
        self._refuse_if_complained_of(by)
        facts = self._facts(answer)
        if self.proposal is not None and _alike(self.proposal.facts, facts):
            return
        self._refuse_unless_every_point_is_answered(facts)
        self._tell(ResolutionProposed, by, rules, self._when(occurred_at, by), **facts)

    def approve_resolution(
        self, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Approve what somebody else proposed; approved once is enough."""
        proposal = self._proposed(by)
        if proposal.approved_by is not None:
            return
        at = self._when(occurred_at, by)
        self._tell(ResolutionApproved, by, rules, at, proposed_by=proposal.proposed_by)

    def return_resolution(
        self, reason: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Return what somebody else proposed, approved or not; what was returned is no news."""
        if self.returned and self.undecided:
            return
        proposal = self._proposed(by)
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"reason": reason, "proposed_by": proposal.proposed_by}
        self._tell(ResolutionReturned, by, rules, at, **facts)

    def _proposed(self, by: Context) -> Proposal:
        """Return the proposal that *by* may judge: never their own, whoever they act as."""
        self._refuse_unless_undecided()
        if self.proposal is None:
            raise errors.NothingProposed
        if same_hand(self.proposal.proposed_by, by.actor):
            raise errors.ProposedByYourself
        self._refuse_if_complained_of(by)
        return self.proposal

    def _decided(self, answer: Answer, by: Context, rules: Rulebook) -> dict[str, Any]:
        """Return what *answer* is sent as; refuse it where it lacks the approval that it needs."""
        approved = self.proposal if self.proposal and self.proposal.approved_by else None
        facts = self._facts(answer, approved)
        if approved is not None and not _alike(approved.facts, facts):
            raise errors.ApprovedOtherwise
        if approved is None and self._asks_for_approval(facts, rules):
            raise errors.ApprovalMissing
        self._refuse_if_complained_of(by)
        people = people_of(by.actor).union(approved.people if approved else ())
        if people <= self.former_deciders:
            raise errors.DecidedBefore
        self._refuse_unless_every_point_is_answered(facts)
        if approved is None:
            return facts
        return facts | {"proposed_by": approved.proposed_by, "approved_by": approved.approved_by}

    def _asks_for_approval(self, facts: dict[str, Any], rules: Rulebook) -> bool:
        """Whether a policy that binds the case wants a second person; what is imported was decided."""
        if self.imported:
            return False
        # Nobody but the proposer says what coins and things are worth: that compares with no limit.
        redress = [each.worth if each.kind == MONEY else None for each in facts["redress"]]
        regimes = (rules.regime(pin.regime, pin.version) for pin in self.pins)
        return any(
            regime.approval is not None and regime.approval.asks(facts["outcome"], self.gravest, redress)
            for regime in regimes
        )

    def _facts(self, answer: Answer, approved: Proposal | None = None) -> dict[str, Any]:
        """Return *answer* as events say it; what it leaves out is as it was *approved*, or empty.

        Redress has numbers that go on from those of earlier decisions.
        """
        empty = {"redress": (), "descriptions": None, "points": tuple(self.findings), "precedents": ()}
        facts: dict[str, Any] = empty | {"root_cause": None} | (approved.facts if approved else {})
        facts |= {"outcome": answer.outcome, "reasons": answer.reasons}
        for name in ("points", "precedents", "root_cause"):
            said = getattr(answer, name)
            facts |= {} if said is None else {name: said}
        if answer.redress is not None:
            first = max(self.redress, default=0) + 1
            numbered = list(enumerate(answer.redress, start=first))
            facts["redress"] = tuple(
                NumberedRedress(number=number, **each.model_dump(exclude={DESCRIPTION}))
                for number, each in numbered
            )
            said = {str(number): each.description for number, each in numbered if each.description}
            facts["descriptions"] = said or None
        return facts

    def _refuse_unless_every_point_is_answered(self, facts: dict[str, Any]) -> None:
        if not self.findings.keys() <= set(facts["points"]):
            raise errors.PointUnanswered


def _gravity(severity: str | None) -> int:
    """Return where *severity* stands from the lowest up; one that nobody named stands below all."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _said(event: Answering) -> dict[str, Any]:
    """Return what *event* says of the answer."""
    return {name: getattr(event, name) for name in (*Answer.__dataclass_fields__, "descriptions")}


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two answers are the same, as far as what they say was not erased."""
    return all(one[name] == other[name] or ERASED in (one[name], other[name]) for name in one)
