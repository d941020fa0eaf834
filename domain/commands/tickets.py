"""What is asked of tickets alone; the rest is asked of complaints too."""

from __future__ import annotations

from domain import errors
from domain.commands.command import TicketCommand
from domain.kernel import Context
from domain.policies import Rulebook
from domain.privacy import Code
from domain.ticket import Ticket
from domain.ticket.events import Cause, Degree


class TriageTicket(TicketCommand):
    """Record what the ticket is about, how far it reaches and how soon it hurts."""

    NAME = "triage"

    category: Code
    subcategory: Code | None = None
    impact: Degree | None = None
    urgency: Degree | None = None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.triage(
            self.category,
            by,
            rules,
            subcategory=self.subcategory,
            impact=self.impact,
            urgency=self.urgency,
            occurred_at=self.occurred_at,
        )


class AssignTicket(TicketCommand):
    """Give the ticket to a team, a person, or both; another team starts without a person."""

    NAME = "assign"

    team: Code | None = None
    assignee: Code | None = None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        if self.team is None and self.assignee is None:
            raise errors.NothingToAssign
        team = self.team or ticket.team
        if team is None:
            raise errors.NotOpened
        stays = self.assignee is None and team == ticket.team
        assignee = ticket.assignee if stays else self.assignee
        ticket.assign(team, assignee, by, rules, occurred_at=self.occurred_at)


class Suspend(TicketCommand):
    """Let the work stand still until something comes that is not the customer's to give."""

    NAME = "suspend"

    cause: Cause

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.suspend(self.cause, by, rules, occurred_at=self.occurred_at)


class Resume(TicketCommand):
    """Go on with a ticket that waits."""

    NAME = "resume"

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.resume(by, rules, occurred_at=self.occurred_at)


class Solve(TicketCommand):
    """Record that the answer was given."""

    NAME = "solve"

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.solve(by, rules, occurred_at=self.occurred_at)
