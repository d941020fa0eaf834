"""A case with issues: which it is linked to, and which somebody took it away from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from domain.kernel import Event, upon
from domain.linking import Linked

if TYPE_CHECKING:
    from domain.issues.rule import Origin


class IssueLinked(Event):
    """The case was linked to an issue, by hand or because it meets the rule of it."""

    issue: UUID
    by_rule: bool = False


class IssueUnlinked(Event):
    """The case was taken away from an issue by hand; no rule links it again."""

    issue: UUID


class ComplaintIssueLinked(IssueLinked):
    """The complaint was linked to an issue."""

    TOPIC: ClassVar[str] = "complaint.issue_linked"


class ComplaintIssueUnlinked(IssueUnlinked):
    """The complaint was taken away from an issue."""

    TOPIC: ClassVar[str] = "complaint.issue_unlinked"


class TicketIssueLinked(IssueLinked):
    """The ticket was linked to an issue."""

    TOPIC: ClassVar[str] = "ticket.issue_linked"


class TicketIssueUnlinked(IssueUnlinked):
    """The ticket was taken away from an issue."""

    TOPIC: ClassVar[str] = "ticket.issue_unlinked"


COMPLAINT_JOINING: tuple[type[Event], ...] = (ComplaintIssueLinked, ComplaintIssueUnlinked)
TICKET_JOINING: tuple[type[Event], ...] = (TicketIssueLinked, TicketIssueUnlinked)


class Joined(Linked):
    """A case with issues."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.origin: Origin | None = None
        self.issues: frozenset[UUID] = frozenset()
        self.left_issues: frozenset[UUID] = frozenset()

    @upon(IssueLinked)
    def _join(self, event: IssueLinked) -> None:
        self.issues |= {event.issue}
        self.left_issues -= {event.issue}

    @upon(IssueUnlinked)
    def _leave_issue(self, event: IssueUnlinked) -> None:
        self.issues -= {event.issue}
        self.left_issues |= {event.issue}
