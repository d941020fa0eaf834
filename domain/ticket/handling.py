"""How a ticket is worked on: opened, assessed, assigned, looked into, put off."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.ticket import events as e
from domain.ticket.state import CUSTOMER, RANKS, SEVERITIES, State
from domain.ticket.terms import files_due

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.complaint.codes import Severity, Visibility
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.ticket.request import Request
    from domain.ticket.state import Words


class Handling(State):
    """The commands of the days between opening and answer."""

    def open(
        self,
        request: Request,
        by: Context,
        rules: Rulebook,
        *,
        opened_at: datetime | None = None,
        pins: tuple[Pin, ...] = (),
    ) -> None:
        """Record the receipt and start the clocks of the regimes in *pins*."""
        if self.version:
            raise errors.AlreadyReceived
        at = self._when(opened_at, by)
        due = files_due(pins, rules, at) if request.files_required else None
        self._tell(e.Opened, by, rules, at, pins=pins, files_due=due, **request.facts())

    def triage(
        self,
        category: str,
        by: Context,
        rules: Rulebook,
        *,
        subcategory: str | None = None,
        impact: int | None = None,
        urgency: int | None = None,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Record what the ticket is about and how much; the same assessment again is no news."""
        wanted = (category, subcategory, impact, urgency)
        if (self.category, self.subcategory, self.impact, self.urgency) == wanted:
            return
        self._refuse_if_closed()
        facts: dict[str, Any] = {"category": category, "subcategory": subcategory}
        at = self._when(occurred_at, by)
        self._tell(e.Triaged, by, rules, at, impact=impact, urgency=urgency, source=source, **facts)

    def prioritise(
        self,
        severity: Severity,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Escalate the ticket, or let it matter less; the severity that it has is no news."""
        if severity == self.severity:
            return
        self._refuse_if_closed()
        rank, level = RANKS[severity], max(0, RANKS[severity] - RANKS[self.first_severity])
        event = e.Escalated if rank > RANKS[self.severity] else e.DeEscalated
        at = self._when(occurred_at, by)
        self._tell(event, by, rules, at, severity=severity, level=level, source=source)

    def escalate(
        self,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        level: int = 1,
        occurred_at: datetime | None = None,
    ) -> None:
        """Let the ticket matter by *level* (1 to 3) steps more than at first, if there are as many.

        A severity that it has reached is no news.
        """
        first = RANKS[self.first_severity]
        rank = min(first + level, max(SEVERITIES))
        if rank <= RANKS[self.severity]:
            return
        self._refuse_if_closed()
        facts: dict[str, Any] = {"severity": SEVERITIES[rank], "level": rank - first, "reason": reason}
        self._tell(e.Escalated, by, rules, self._when(occurred_at, by), **facts)

    def de_escalate(self, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None) -> None:
        """Let the ticket matter as much as at first; one that matters no more than that is no news."""
        first = RANKS[self.first_severity]
        if RANKS[self.severity] <= first:
            return
        self._refuse_if_closed()
        at = self._when(occurred_at, by)
        self._tell(e.DeEscalated, by, rules, at, severity=SEVERITIES[first], level=0)

    def assign(
        self,
        team: str,
        assignee: str | None,
        by: Context,
        rules: Rulebook,
        *,
        override_reason: str | None = None,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Give the ticket to *team*, and there to *assignee* or nobody; whoever has it is no news.

        It is not given to somebody whom it concerns, unless somebody says with *override_reason*
        why it is all the same: that is recorded.
        """
        if (self.team, self.assignee) == (team, assignee):
            return
        self._refuse_if_closed()
        facts: dict[str, Any] = {"team": team, "assignee": assignee, "source": source}
        facts |= self.overridden(assignee, override_reason)
        self._tell(e.Assigned, by, rules, self._when(occurred_at, by), **facts)

    def investigate(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Start to look into the ticket; once is enough."""
        if self.investigating:
            return
        self._refuse_unless_unsolved()
        self._tell(e.InvestigationStarted, by, rules, self._when(occurred_at, by), source=source)

    def request_information(
        self,
        text: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Record that the customer was asked; without a text, that they are waited for, once."""
        if self._told(e.InformationRequested, occurred_at, text):
            return
        if text is None and self.waiting_for == CUSTOMER:
            return
        self._refuse_unless_unsolved()
        at = self._when(occurred_at, by)
        self._tell(e.InformationRequested, by, rules, at, text=text, source=source)

    def supply_information(
        self,
        text: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Record what the customer supplied, asked or unasked; the work on a ticket that waits goes on.

        A solved ticket is taken up again.  That something came is no news where nobody waits and it
        is not said what.
        """
        if self._told(e.InformationSupplied, occurred_at, text):
            return
        self._refuse_if_closed()
        if text is None and self.waiting_for is None:
            return
        at = self._when(occurred_at, by)
        self._tell(e.InformationSupplied, by, rules, at, text=text, source=source)
        self._come_back(by, rules)

    def suspend(
        self,
        cause: e.Cause,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Let the work stand still until *cause* comes; the same cause again is no news."""
        if self.waiting_for == cause:
            return
        self._refuse_unless_unsolved()
        self._tell(e.Suspended, by, rules, self._when(occurred_at, by), cause=cause, source=source)

    def resume(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Go on with a ticket that waits, for whatever it is; one that does not wait is no news."""
        self._refuse_unless_opened()
        if self.waiting_for is None:
            return
        self._tell(e.Resumed, by, rules, self._when(occurred_at, by), source=source)

    def note(
        self,
        text: str,
        by: Context,
        rules: Rulebook,
        *,
        visibility: Visibility = "internal",
        occurred_at: datetime | None = None,
    ) -> None:
        """Write a note, on a closed ticket too; the same note told twice is one note."""
        if self._told(e.Noted, occurred_at, text):
            return
        self._refuse_unless_opened()
        self._tell(e.Noted, by, rules, self._when(occurred_at, by), text=text, visibility=visibility)

    def follow_source(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
        personal: Words | None = None,
    ) -> None:
        """Record that the register of an imported ticket was written to, on a closed one too."""
        self._refuse_unless_opened()
        at = self._when(occurred_at, by)
        self._tell(e.SourceUpdated, by, rules, at, source=source, personal=personal)
