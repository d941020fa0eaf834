"""What is asked in the first days: assessment, acknowledgement, assignment, and who is concerned."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from domain.assignable import WhyHandedOver
from domain.commands.command import Command, Either, Parts, TicketCommand
from domain.complaint import Complaint
from domain.complaint.codes import Severity
from domain.complaint.form import Category, Country
from domain.complaint.register import Inadmissibility, Mandate, Vulnerability
from domain.kernel import Context
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText
from domain.ticket import Ticket
from domain.written import Stated

MOST_REGIMES = 50

Regimes: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=MOST_REGIMES)]
"""The regimes that the firm finds to bind a complaint."""


class Triage(Command):
    """Record the initial assessment."""

    NAME = "triage"

    category: Code
    severity: Severity
    admissible: bool
    complex: bool | None = None
    reason: PersonalText | None = None
    reason_code: Inadmissibility | None = None
    in_scope_regimes: Regimes | None = None
    scope_reason: PersonalText | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.triage(
            self.category,
            self.severity,
            by,
            rules,
            admissible=self.admissible,
            complex=self.complex,
            reason=self.reason,
            reason_code=self.reason_code,
            in_scope_regimes=self.in_scope_regimes,
            scope_reason=self.scope_reason,
            occurred_at=self.occurred_at,
        )


class Acknowledge(Command):
    """Record that the acknowledgement was sent by other means at ``sent_at`` (default: now)."""

    NAME = "acknowledge"

    sent_at: Stated | None = None
    parts: Parts = ()

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.acknowledge(by, rules, parts=self.parts, occurred_at=self.sent_at or self.occurred_at)


class Assign(Command):
    """Give the case to a team, a person, or both."""

    NAME = "assign"

    team: Code | None = None
    assignee: Code | None = None
    override_reason: PersonalText | None = None
    """Why somebody is to have it who by the rule on conflicts of interest should not."""

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.assign(
            by,
            rules,
            team=self.team,
            assignee=self.assignee,
            override_reason=self.override_reason,
            occurred_at=self.occurred_at,
        )


class HandOver(Command):
    """Give one case to somebody else, or back to the queue of its team or another, and say why.

    Without an assignee it goes to the queue; a team that assigns by itself does not give it back
    to whom it came from.
    """

    NAME = "hand-over"

    team: Code | None = None
    assignee: Code | None = None
    reason_code: WhyHandedOver
    reason: PersonalText | None = None

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.hand_on(
            by,
            rules,
            team=self.team,
            assignee=self.assignee,
            reason_code=self.reason_code,
            reason=self.reason,
            occurred_at=self.occurred_at,
        )


class AddRepresentative(Mandate, Command):
    """Record that somebody speaks for the complainant, and by what power of attorney."""

    NAME = "add-representative"
    LANDS = True

    @property
    def recalls(self) -> bool:
        """Who speaks for the complainant already is no news, whenever it is said."""
        return True

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        mandate = Mandate.model_validate(self.model_dump(include=set(Mandate.model_fields)))
        case.represent(mandate, by, rules, occurred_at=self.occurred_at)


class RemoveRepresentative(Command):
    """Record that a representative speaks for the complainant no longer."""

    NAME = "remove-representative"

    number: Annotated[int, Field(ge=1)]
    reason: PersonalText | None = None

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.end_representation(self.number, self.reason, by, rules, occurred_at=self.occurred_at)


class FlagVulnerability(Vulnerability, Command):
    """Record that the complainant needs special care, and how that is known."""

    NAME = "flag-vulnerability"
    LANDS = True

    @property
    def recalls(self) -> bool:
        """The same finding again is no news, whenever it is said."""
        return True

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        found = Vulnerability.model_validate(self.model_dump(include=set(Vulnerability.model_fields)))
        complaint.flag_vulnerability(found, by, rules, occurred_at=self.occurred_at)


class LiftVulnerability(Command):
    """Record that the complainant needs no special care, or no longer."""

    NAME = "lift-vulnerability"

    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.lift_vulnerability(self.reason, by, rules, occurred_at=self.occurred_at)


class Redirect(Command):
    """Record that the case is a general enquiry, and let it go on as a ticket."""

    NAME = "redirect"

    reason: PersonalText
    form: Code | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.redirect(self.reason, by, rules, form=self.form, occurred_at=self.occurred_at)


class Promote(TicketCommand):
    """Record that a ticket turned out to be a complaint, and let it go on as one.

    The clocks of the complaint start at ``first_dissatisfaction_at``, by default when the ticket came.
    ``country`` is where the complainant lives, where the ticket does not say so.
    """

    NAME = "promote"

    reason: PersonalText
    category: Category
    first_dissatisfaction_at: Stated | None = None
    country: Country | None = None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.promote(
            self.reason,
            self.category,
            by,
            rules,
            first_dissatisfaction_at=self.first_dissatisfaction_at,
            country=self.country,
            occurred_at=self.occurred_at,
        )
