"""What is asked of tickets alone; the rest is asked of complaints too."""

from __future__ import annotations

from domain import errors
from domain.commands.command import Command, Either, TicketCommand
from domain.kernel import Context
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText
from domain.ticket import Ticket
from domain.ticket.appointments import Slot
from domain.ticket.events import Cause, Degree
from domain.ticket.talk_events import AppointmentKind, Score, Texts
from domain.written import Stated
from domain.zones import Zone


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
    override_reason: PersonalText | None = None
    """Why somebody is to have it who by the rule on conflicts of interest should not."""

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        if self.team is None and self.assignee is None:
            raise errors.NothingToAssign
        team = self.team or ticket.team
        if team is None:
            raise errors.NotOpened
        stays = self.assignee is None and team == ticket.team
        assignee = ticket.assignee if stays else self.assignee
        ticket.assign(
            team, assignee, by, rules, override_reason=self.override_reason, occurred_at=self.occurred_at
        )


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


class Reply(TicketCommand):
    """Record what was written to the customer; the first reply acknowledges the request as well."""

    NAME = "reply"
    LANDS = True

    text: PersonalText

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.reply(self.text, by, rules, occurred_at=self.occurred_at)


class FollowUp(TicketCommand):
    """Record that the customer was asked questions, to be answered one by one."""

    NAME = "follow-up"

    questions: Texts

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.ask_follow_up(self.questions, by, rules, occurred_at=self.occurred_at)


class SupplyAnswers(Command):
    """Record that the customer supplied information, with an answer for each question that was asked.

    A solved ticket is taken up again: whoever still writes is not done.
    """

    NAME = "supply-information"
    LANDS = True

    text: PersonalText | None = None
    answers: Texts | None = None

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; answers to questions that it did not ask itself, or no longer asks, are information.

        A survivor never asked them; one that was solved meanwhile is taken up again.
        """
        at = self.occurred_at
        if self.answers is None:
            case.supply_information(self.text, by, rules, occurred_at=at)
        elif isinstance(case, Ticket) and (
            case.questions == len(self.answers) or (case.unsolved and not case.absorbed)
        ):
            case.supply_answers(self.answers, self.text, by, rules, occurred_at=at)
        else:
            case.supply_information(one_text(self.answers, self.text), by, rules, occurred_at=at)
        if isinstance(case, Ticket) and case.recorded:
            case.reopen(None, by, rules)


def one_text(answers: Texts, more: str | None) -> str:
    """Return what was answered, and what else was said, as one text with a line for each."""
    return "\n".join([*answers, *([more] if more else [])])


class BookAppointment(TicketCommand):
    """Make an appointment with the customer, in place of one that there is."""

    NAME = "book-appointment"

    kind: AppointmentKind
    starts_at: Stated
    ends_at: Stated | None = None
    zone: Zone
    how_to_join: PersonalText | None = None

    @property
    def recalls(self) -> bool:
        """The same appointment again is no news, whenever it was made."""
        return self.how_to_join is not None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        slot = Slot(kind=self.kind, starts_at=self.starts_at, ends_at=self.ends_at, zone=self.zone)
        at = self.occurred_at
        ticket.book_appointment(slot, by, rules, how_to_join=self.how_to_join, occurred_at=at)


class CancelAppointment(TicketCommand):
    """Call the appointment off."""

    NAME = "cancel-appointment"

    reason: PersonalText | None = None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.cancel_appointment(self.reason, by, rules, occurred_at=self.occurred_at)


class Solve(TicketCommand):
    """Record that the answer was given, with its text where it was not sent before."""

    NAME = "solve"

    text: PersonalText | None = None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.solve(by, rules, text=self.text, occurred_at=self.occurred_at)


class RateTicket(TicketCommand):
    """Record how content the customer is with the solution, once for each."""

    NAME = "rate"

    score: Score
    comment: PersonalText | None = None

    @property
    def recalls(self) -> bool:
        """The same rating again is no news, whenever it was given."""
        return self.comment is not None

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        ticket.rate(self.score, by, rules, comment=self.comment, occurred_at=self.occurred_at)
