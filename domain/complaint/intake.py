"""How a complaint comes in: receipt, assessment, acknowledgement, assignment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.clocks import bind
from domain.complaint import events as e
from domain.complaint.conflicts import Conflicts
from domain.complaint.parties import Parties
from domain.complaint.submission import after_receipt

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.complaint.register import Inadmissibility
    from domain.complaint.submission import Submission
    from domain.kernel import Context
    from domain.policies import Rulebook


class Intake(Parties, Conflicts):
    """The commands of the first days."""

    def receive(
        self,
        submission: Submission,
        by: Context,
        rules: Rulebook,
        *,
        received_at: datetime | None = None,
        pins: tuple[Pin, ...] | None = None,
    ) -> None:
        """Record the receipt and start the clocks of every regime that applies.

        *pins* replaces the regimes found by the ``[applies]`` tables; imports give it.
        A clock that is past due when the receipt is registered is missed at once.
        """
        if self.version:
            raise errors.AlreadyReceived
        at = self._when(received_at, by)
        if submission.source is None:
            if any(instant > by.recorded_at for _, instant in submission.instants(at)):
                raise errors.InTheFuture
            if after_receipt(submission, at):
                raise errors.AfterReceipt
            submission = submission.model_copy(update={"registered_at": by.recorded_at})
        if pins is None:
            pins = bind(rules, rules.applicable(submission.scope, at))
        self.record(e.Received, by, occurred_at=at, pins=pins, **submission.facts())
        for word, instant in submission.instants(at) if pins else ():
            self.hear(word, by, rules, at=instant)
        if submission.representative is not None:
            self.represent(submission.representative, by, rules, occurred_at=at)
        if submission.vulnerability is not None:
            self.flag_vulnerability(submission.vulnerability, by, rules, occurred_at=at)

    def triage(
        self,
        category: str,
        severity: e.Severity,
        by: Context,
        rules: Rulebook,
        *,
        admissible: bool,
        complex: bool | None = None,
        reason: str | None = None,
        reason_code: Inadmissibility | None = None,
        in_scope_regimes: tuple[str, ...] | None = None,
        scope_reason: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record the initial assessment; an inadmissible complaint ends here, with reasons.

        *in_scope_regimes* are those that the firm finds to bind it, and *scope_reason* is why; they
        are on record, and start or stop no clock.  The same assessment again is no news, unless the
        case was reopened after it ended.
        """
        scope = self.in_scope_regimes if in_scope_regimes is None else in_scope_regimes
        wanted = (category, severity, admissible, scope)
        assessed = (self.category, self.severity, self.admissible, self.in_scope_regimes)
        more = complex is True and not self.complex
        ends = not admissible and not self.ended
        if assessed == wanted and not more and not ends:
            return
        self._refuse_unless_undecided()
        if not admissible and reason is None:
            raise errors.ReasonMissing
        if admissible and reason_code is not None:
            raise errors.ReasonCodeUnfit
        if not set(in_scope_regimes or ()) <= {each.regime for each in rules.regimes}:
            raise errors.UnknownScope
        at = self._when(occurred_at, by)
        if assessed != wanted:
            facts: dict[str, Any] = {
                "category": category,
                "severity": severity,
                "reason": reason,
                "reason_code": reason_code,
                "in_scope_regimes": in_scope_regimes,
                "scope_reason": scope_reason,
            }
            self._tell(e.Triaged, by, rules, at, admissible=admissible, **facts)
        if more:
            self._tell(e.MarkedComplex, by, rules, at)
        if not admissible:
            self._tell(e.DeclaredInadmissible, by, rules, at, reason=reason, reason_code=reason_code)

    def acknowledge(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        parts: tuple[str, ...] = (),
    ) -> None:
        """Record that the acknowledgement was sent; a second one is no news.

        A case that was merged into another keeps its own, which answers its own letter.
        """
        if self.acknowledged:
            return
        if self.survivor is None:
            self._refuse_if_ended()
        self._tell(e.Acknowledged, by, rules, self._when(occurred_at, by), parts=parts)

    def assign(
        self,
        by: Context,
        rules: Rulebook,
        *,
        team: str | None = None,
        assignee: str | None = None,
        override_reason: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Give the case to a team, a person, or both; another team starts without a person.

        It is not given to somebody whom it concerns, unless somebody says with *override_reason*
        why it is all the same: that is recorded.
        """
        if team is None and assignee is None:
            raise errors.NothingToAssign
        wanted = (team or self.team, assignee)
        same_team = wanted[0] == self.team
        if same_team and assignee in {None, self.assignee}:
            return
        self._refuse_if_ended()
        facts: dict[str, Any] = {"team": wanted[0], "assignee": assignee}
        facts |= self.overridden(assignee, override_reason)
        self._tell(e.Assigned, by, rules, self._when(occurred_at, by), **facts)
