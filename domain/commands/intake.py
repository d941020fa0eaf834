"""What is asked in the first days: assessment, acknowledgement, assignment."""

from __future__ import annotations

from domain.commands.command import Command, Parts
from domain.complaint import Complaint
from domain.complaint.codes import Severity
from domain.kernel import Context, Instant
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText


class Triage(Command):
    """Record the initial assessment."""

    NAME = "triage"

    category: Code
    severity: Severity
    admissible: bool
    complex: bool | None = None
    reason: PersonalText | None = None

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
            occurred_at=self.occurred_at,
        )


class Acknowledge(Command):
    """Record that the acknowledgement was sent by other means at ``sent_at`` (default: now)."""

    NAME = "acknowledge"

    sent_at: Instant | None = None
    parts: Parts = ()

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.acknowledge(by, rules, parts=self.parts, occurred_at=self.sent_at or self.occurred_at)


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
