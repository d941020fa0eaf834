"""What is asked between receipt and decision: steps, letters, escalation, notes."""

from __future__ import annotations

from uuid import UUID

from domain.commands.command import Command, Either, Parts
from domain.complaint import Complaint
from domain.complaint.codes import Finding, Level, Point, StepKind, Visibility
from domain.complaint.investigation import UpdateKind
from domain.kernel import Context
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText
from domain.written import Stated


class Investigate(Command):
    """Start the investigation."""

    NAME = "investigate"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.investigate(by, rules, occurred_at=self.occurred_at)


class RecordStep(Command):
    """Record one step of the investigation; a department that is consulted has until ``due_at`` to answer."""

    NAME = "record-step"

    kind: StepKind
    summary: PersonalText
    department: Code | None = None
    due_at: Stated | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.record_step(
            self.kind,
            self.summary,
            by,
            rules,
            department=self.department,
            due_at=self.due_at,
            occurred_at=self.occurred_at,
        )


class AnswerConsultation(Command):
    """Record what a department answered that was consulted."""

    NAME = "answer-consultation"

    consultation: UUID
    text: PersonalText

    @property
    def recalls(self) -> bool:
        """The same answer again is no news, whenever it came."""
        return True

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.answer_consultation(self.consultation, self.text, by, rules, occurred_at=self.occurred_at)


class RecordFinding(Command):
    """Record what was found about one point that the complainant raised."""

    NAME = "record-finding"

    point: Point
    finding: Finding
    summary: PersonalText

    @property
    def recalls(self) -> bool:
        """The same finding again is no news, whenever it was made."""
        return True

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.record_finding(
            self.point, self.finding, self.summary, by, rules, occurred_at=self.occurred_at
        )


class RequestInformation(Command):
    """Record that whoever sent the case was asked for information."""

    NAME = "request-information"

    text: PersonalText

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.request_information(self.text, by, rules, occurred_at=self.occurred_at)


class SupplyInformation(Command):
    """Record that whoever sent the case supplied information."""

    NAME = "supply-information"
    LANDS = True

    text: PersonalText | None = None

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.supply_information(self.text, by, rules, occurred_at=self.occurred_at)


class CompleteInvestigation(Command):
    """Record that the investigation is complete."""

    NAME = "complete-investigation"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.complete_investigation(by, rules, occurred_at=self.occurred_at)


class SendUpdate(Command):
    """Record that the complainant was told how the complaint progresses."""

    NAME = "send-update"

    text: PersonalText
    kind: UpdateKind = "update"
    parts: Parts = ()

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.send_update(
            self.text, by, rules, kind=self.kind, parts=self.parts, occurred_at=self.occurred_at
        )


class Escalate(Command):
    """Raise the case to a higher level; a ticket matters by as many steps more than at first."""

    NAME = "escalate"

    reason: PersonalText
    level: Level = 1

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.escalate(self.reason, by, rules, level=self.level, occurred_at=self.occurred_at)


class DeEscalate(Command):
    """Bring the case back to its usual level."""

    NAME = "de-escalate"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.de_escalate(by, rules, occurred_at=self.occurred_at)


class Note(Command):
    """Write a note on the case."""

    NAME = "note"
    LANDS = True

    text: PersonalText
    visibility: Visibility = "internal"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.note(self.text, by, rules, visibility=self.visibility, occurred_at=self.occurred_at)
