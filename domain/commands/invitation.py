"""What is asked about the links by which a complainant reads the case."""

from __future__ import annotations

from domain.commands.command import Command
from domain.complaint import Complaint
from domain.kernel import Context, Instant
from domain.policies import Rulebook


class IssueLink(Command):
    """Record that a link is handed out."""

    NAME = "issue-link"

    expires_at: Instant

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.issue_link(self.expires_at, by, rules)


class RevokeLinks(Command):
    """Take back every link of the case."""

    NAME = "revoke-links"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.revoke_links(by, rules)
