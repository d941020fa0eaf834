"""What is asked about the links by which whoever a case is of reads it."""

from __future__ import annotations

from domain.commands.command import Command, Either
from domain.kernel import Context, Instant
from domain.policies import Rulebook


class IssueLink(Command):
    """Record that a link is handed out."""

    NAME = "issue-link"

    expires_at: Instant

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.issue_link(self.expires_at, by, rules)


class RevokeLinks(Command):
    """Take back every link of the case."""

    NAME = "revoke-links"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.revoke_links(by, rules)
