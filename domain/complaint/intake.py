"""How a complaint comes in: receipt, assessment, acknowledgement, assignment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.clocks import bind
from domain.complaint import events as e
from domain.complaint.conflicts import Conflicts

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.complaint.submission import Submission
    from domain.kernel import Context
    from domain.policies import Rulebook


class Intake(Conflicts):
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
            submission = submission.model_copy(update={"registered_at": by.recorded_at})
        if pins is None:
            pins = bind(rules, rules.applicable(submission.scope, at))
        self.record(e.Received, by, occurred_at=at, pins=pins, **submission.facts())
        for word, instant in submission.instants(at):
            self.hear(word, by, rules, at=instant)

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
        occurred_at: datetime | None = None,
    ) -> None:
        """Record the initial assessment; an inadmissible complaint ends here, with reasons.

        The same assessment again is no news, unless the case was reopened after it ended.
        """
        assessed = (self.category, self.severity, self.admissible)
        more = complex is True and not self.complex
        ends = not admissible and not self.ended
        if assessed == (category, severity, admissible) and not more and not ends:
            return
        self._refuse_unless_undecided()
        if not admissible and reason is None:
            raise errors.ReasonMissing
        at = self._when(occurred_at, by)
        if assessed != (category, severity, admissible):
            facts: dict[str, Any] = {"category": category, "severity": severity, "reason": reason}
            self._tell(e.Triaged, by, rules, at, admissible=admissible, **facts)
        if more:
            self._tell(e.MarkedComplex, by, rules, at)
        if not admissible:
            self._tell(e.DeclaredInadmissible, by, rules, at, reason=reason)

    def acknowledge(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        parts: tuple[str, ...] = (),
    ) -> None:
        """Record that the acknowledgement was sent; a second one is no news."""
        if self.acknowledged:
            return
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
        if assignee is not None and self.conflicts_with(assignee):
            if override_reason is None:
                raise errors.ConflictOfInterest
            facts |= {"conflict_overridden": True, "override_reason": override_reason}
        self._tell(e.Assigned, by, rules, self._when(occurred_at, by), **facts)

    def hand_over(
        self, holder: str, to: str | None, by: Context, rules: Rulebook, *, reason_code: str
    ) -> None:
        """Give the case of *holder* to somebody else of its team, or back to the queue.

        Whose it is no longer, and what has ended, is no news.  Somebody whom it concerns is passed
        over: it goes to the queue.
        """
        if self.assignee != holder or self.ended:
            return
        if to is not None and self.conflicts_with(to):
            to = None
        at = by.recorded_at
        self._tell(e.Assigned, by, rules, at, team=self.team, assignee=to, reason_code=reason_code)
