"""Commands: what may be asked of a complaint, as it is sent and as it is carried out.

A command's name is its path in the API; its fields are the body.  ``occurred_at``
says when the thing happened where that is not now.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from domain.complaint import Complaint
from domain.complaint.events import CATEGORIES, Level, Outcome, Severity, StepKind, Visibility
from domain.complaint.investigation import UpdateKind
from domain.kernel import Context, Instant, Value
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText


class Command(Value):
    """Something asked of one complaint."""

    NAME: ClassVar[str]

    occurred_at: Instant | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        raise NotImplementedError


class Triage(Command):
    """Record the initial assessment."""

    NAME = "triage"

    category: Code
    severity: Severity
    admissible: bool
    complex: bool | None = None
    reason: PersonalText | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.triage(
            self.category,
            self.severity,
            by,
            rules,
            admissible=self.admissible,
            complex=self.complex,
            reason=self.reason,
            occurred_at=self.occurred_at,
        )


class Acknowledge(Command):
    """Record that the acknowledgement was sent by other means at ``sent_at`` (default: now)."""

    NAME = "acknowledge"

    sent_at: Instant | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.acknowledge(by, rules, occurred_at=self.sent_at or self.occurred_at)


class Assign(Command):
    """Give the case to a team, a person, or both."""

    NAME = "assign"

    team: Code | None = None
    assignee: Code | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.assign(by, rules, team=self.team, assignee=self.assignee, occurred_at=self.occurred_at)


class Investigate(Command):
    """Start the investigation."""

    NAME = "investigate"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.investigate(by, rules, occurred_at=self.occurred_at)


class RecordStep(Command):
    """Record one step of the investigation."""

    NAME = "record-step"

    kind: StepKind
    summary: PersonalText
    department: Code | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.record_step(
            self.kind,
            self.summary,
            by,
            rules,
            department=self.department,
            occurred_at=self.occurred_at,
        )


class SendUpdate(Command):
    """Record that the complainant was told how the complaint progresses."""

    NAME = "send-update"

    text: PersonalText
    kind: UpdateKind = "update"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.send_update(self.text, by, rules, kind=self.kind, occurred_at=self.occurred_at)


class Escalate(Command):
    """Raise the complaint to a higher level."""

    NAME = "escalate"

    reason: PersonalText
    level: Level = 1

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.escalate(self.reason, by, rules, level=self.level, occurred_at=self.occurred_at)


class DeEscalate(Command):
    """Bring the complaint back to the usual level."""

    NAME = "de-escalate"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.de_escalate(by, rules, occurred_at=self.occurred_at)


class Resolve(Command):
    """Record that the decision was sent by other means at ``sent_at`` (default: now)."""

    NAME = "resolve"

    outcome: Outcome
    reasons: PersonalText
    sent_at: Instant | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        at = self.sent_at or self.occurred_at
        complaint.resolve(self.outcome, self.reasons, by, rules, occurred_at=at)


class Close(Command):
    """Close a resolved complaint."""

    NAME = "close"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.close(by, rules, occurred_at=self.occurred_at)


class Reopen(Command):
    """Take a decided or ended complaint up again."""

    NAME = "reopen"

    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.reopen(self.reason, by, rules, occurred_at=self.occurred_at)


class Withdraw(Command):
    """Record that the complainant does not pursue the complaint."""

    NAME = "withdraw"

    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.withdraw(self.reason, by, rules, occurred_at=self.occurred_at)


class Note(Command):
    """Write a note on the case."""

    NAME = "note"

    text: PersonalText
    visibility: Visibility = "internal"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.note(self.text, by, rules, visibility=self.visibility, occurred_at=self.occurred_at)


class NoticeMisses(Command):
    """Record what has fallen due by now; the scheduler asks this, nobody else."""

    NAME = "notice-misses"

    now: Annotated[Instant, Field(description="the instant to judge by")]

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.notice_misses(self.now, by, rules)


COMMANDS: tuple[type[Command], ...] = (
    Triage,
    Acknowledge,
    Assign,
    Investigate,
    RecordStep,
    SendUpdate,
    Escalate,
    DeEscalate,
    Resolve,
    Close,
    Reopen,
    Withdraw,
    Note,
)
"""What the API offers; the path of each is its NAME."""

__all__ = ["CATEGORIES", "COMMANDS", "Command"]
