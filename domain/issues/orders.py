"""What is asked of an issue, and of cases because of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from pydantic import field_validator

from domain.changing import asked_of, given
from domain.complaint import Complaint
from domain.directory.events import Login, Reach
from domain.issues.events import IssueKind, IssueTitle
from domain.issues.issue import DETAILS, Issue
from domain.issues.rule import Rule
from domain.kernel import Context, Value
from domain.privacy import Code, PersonalText
from domain.ticket import Ticket

if TYPE_CHECKING:
    from domain.policies import Rulebook


class IssueOrder(Value):
    """Something asked of one issue; *NAME* is its path in the API."""

    NAME: ClassVar[str]

    def carry_out(self, issue: Issue, by: Context, rules: Rulebook, /) -> None:
        """Ask *issue*; it records, refuses or ignores."""
        raise NotImplementedError


class OpenIssue(Value):
    """Name what is the matter with many cases; cases that meet the rule are linked by themselves."""

    title: IssueTitle
    kind: IssueKind = "theme"
    cause: PersonalText | None = None
    action: PersonalText | None = None
    owner: Login | None = None
    due: date | None = None
    rule: Rule | None = None


class ChangeIssue(Value):
    """Change what is known of an issue: what is left out stays, null takes away all but title and kind."""

    NAME: ClassVar[str] = "change"

    title: IssueTitle | None = None
    kind: IssueKind | None = None
    cause: PersonalText | None = None
    action: PersonalText | None = None
    owner: Login | None = None
    due: date | None = None
    rule: Rule | None = None

    _given = field_validator("title", "kind")(given)


class UpdateAll(Value):
    """Tell everybody whose open case is linked and exists for you: each case gets an update of its own."""

    NAME: ClassVar[str] = "update-all"

    text: PersonalText


class ChangeWithin(ChangeIssue):
    """A change as it is carried out: *within* is what a new rule may link."""

    within: Reach

    @property
    def recalls(self) -> bool:
        """Whether it is held against personal text that was told before."""
        return self.cause is not None or self.action is not None

    def carry_out(self, issue: Issue, by: Context, rules: Rulebook, /) -> None:
        """Ask *issue*; it records, refuses or ignores."""
        del rules
        issue.change(by, within=self.within, **asked_of(self, DETAILS))


class Mitigate(IssueOrder):
    """Record that the harm has been stopped."""

    NAME = "mitigate"

    def carry_out(self, issue: Issue, by: Context, rules: Rulebook, /) -> None:
        """Ask *issue*; it records, refuses or ignores."""
        del rules
        issue.mitigate(by)


class CloseIssue(IssueOrder):
    """Close the issue: no case is linked by rule any more."""

    NAME = "close"

    def carry_out(self, issue: Issue, by: Context, rules: Rulebook, /) -> None:
        """Ask *issue*; it records, refuses or ignores."""
        del rules
        issue.close(by)


class ReopenIssue(IssueOrder):
    """Open the issue again."""

    NAME = "reopen"

    def carry_out(self, issue: Issue, by: Context, rules: Rulebook, /) -> None:
        """Ask *issue*; it records, refuses or ignores."""
        del rules
        issue.reopen(by)


class AnnounceWithin(UpdateAll):
    """An update as it is carried out: *within* is who is told."""

    within: Reach

    def carry_out(self, issue: Issue, by: Context, rules: Rulebook, /) -> None:
        """Ask *issue*; it records, refuses or ignores."""
        del rules
        issue.announce(self.text, by, within=self.within)


class LinkCase(Value):
    """Name a case, by id or reference."""

    case: Code


class LinkToIssue(Value):
    """Link a case to an issue by hand, one too that somebody took away before."""

    issue: UUID

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.link_issue(self.issue, by, rules)


class UnlinkFromIssue(Value):
    """Take a case away from an issue."""

    issue: UUID

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.unlink_issue(self.issue, by, rules)


class LinkByRule(Value):
    """Link a case that meets the rule of an issue, unless it is gone from it by hand."""

    issue: UUID
    rule: Rule
    within: Reach

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records or ignores."""
        if self.meets(case) and self.issue not in case.left_issues:
            case.link_issue(self.issue, by, rules, by_rule=True)

    def meets(self, case: Complaint | Ticket) -> bool:
        """Whether *case*, as it is by now, meets the rule."""
        origin, at, team = case.origin, case.received_at, case.team
        return (
            origin is not None
            and at is not None
            and team is not None
            and self.within.scope.covers(team, origin.legal_entity, case.sensitivity)
            and self.rule.matches(case.category, origin, at)
        )


class TellUpdate(Value):
    """Tell the complainant of one linked case what was announced *at* an instant."""

    issue: UUID
    text: PersonalText
    at: datetime

    @property
    def recalls(self) -> bool:
        """Whether it is held against personal text that was told before."""
        return True

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*, unless it is linked no more; told before, it is no news."""
        if self.issue not in case.issues or case.received_at is None:
            return
        at = max(self.at, case.received_at)
        if isinstance(case, Ticket):
            case.note(self.text, by, rules, visibility="customer", occurred_at=at)
        elif case.undecided:
            case.send_update(self.text, by, rules, occurred_at=at)
