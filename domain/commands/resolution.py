"""What is asked at the end, and after it."""

from __future__ import annotations

from domain.commands.command import Command, Either, Parts
from domain.complaint import Complaint
from domain.complaint.events import Outcome
from domain.kernel import Context, Instant
from domain.policies import Rulebook
from domain.privacy import PersonalText


class Resolve(Command):
    """Record that the decision was sent by other means at ``sent_at`` (default: now)."""

    NAME = "resolve"

    outcome: Outcome
    reasons: PersonalText
    sent_at: Instant | None = None
    parts: Parts = ()

    @property
    def recalls(self) -> bool:
        """The same decision again is no news, whenever it was sent."""
        return True

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        at = self.sent_at or self.occurred_at
        complaint.resolve(self.outcome, self.reasons, by, rules, parts=self.parts, occurred_at=at)


class Accept(Command):
    """Record that the complainant accepted the answer."""

    NAME = "accept"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.accept(by, rules, occurred_at=self.occurred_at)


class Close(Command):
    """Close the case: a complaint whose decision was sent, or any ticket."""

    NAME = "close"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.close(by, rules, occurred_at=self.occurred_at)


class Reopen(Command):
    """Take a case up again that was decided, solved or ended."""

    NAME = "reopen"

    reason: PersonalText

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.reopen(self.reason, by, rules, occurred_at=self.occurred_at)


class Withdraw(Command):
    """Record that the complainant does not pursue the complaint."""

    NAME = "withdraw"

    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.withdraw(self.reason, by, rules, occurred_at=self.occurred_at)
