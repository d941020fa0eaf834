"""An issue: what is the matter with many cases, who sees to it, and until when."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias
from uuid import UUID

from domain.changing import after, news
from domain.directory.errors import Unknown
from domain.directory.events import Reach
from domain.errors import DomainError
from domain.issues import events as e
from domain.issues.rule import Rule
from domain.kernel import Aggregate, Context, Event

Status: TypeAlias = Literal["open", "mitigated", "closed"]
DETAILS = ("title", "kind", "cause", "action", "owner", "due", "rule")
LEADS_TO: dict[type[Event], Status] = {
    e.IssueOpened: "open",
    e.IssueMitigated: "mitigated",
    e.IssueClosed: "closed",
    e.IssueReopened: "open",
}


class NoSuchIssue(DomainError):
    """There is no such issue; see GET /v1/issues."""


class IssueIsClosed(DomainError):
    """The issue is closed; reopen it first."""


class UnknownCase(Unknown):
    """There is no such case; give the id or the reference of one that you may see."""


class Issue(Aggregate):
    """The life of one issue.  Which cases are linked to it, the cases know."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status: Status | None = None
        self.details: dict[str, Any] = {}
        self.within: Reach | None = None

    @property
    def rule(self) -> Rule | None:
        """By which facts a case is linked by itself, while the issue is not closed."""
        return self.details.get("rule") if self.status != "closed" else None

    def open(self, by: Context, *, within: Reach, **details: Any) -> None:
        """Record a new issue, whose rule links cases *within* a reach; one that is there is no news."""
        if self.status is None:
            self.record(e.IssueOpened, by, within=within, **details)

    def change(self, by: Context, *, within: Reach, **details: Any) -> None:
        """Change what is given and differs from what is known; None takes away, and nothing else is news."""
        self._refuse_if_closed()
        differs = news(details, self.details)
        if "rule" in differs:
            differs["within"] = within
        if differs:
            self.record(e.IssueChanged, by, **differs)

    def mitigate(self, by: Context) -> None:
        """Record that the harm has been stopped; once is enough."""
        self._refuse_if_closed()
        if self.status != "mitigated":
            self.record(e.IssueMitigated, by)

    def close(self, by: Context) -> None:
        """Close the issue; a closed one is no news."""
        self._refuse_unless_opened()
        if self.status != "closed":
            self.record(e.IssueClosed, by)

    def reopen(self, by: Context) -> None:
        """Open the issue again, also one that was mitigated; an open one is no news."""
        self._refuse_unless_opened()
        if self.status != "open":
            self.record(e.IssueReopened, by)

    def announce(self, text: str, by: Context, *, within: Reach) -> None:
        """Record what everybody whose open case is linked, and *within* a reach, is to be told."""
        self._refuse_if_closed()
        self.record(e.IssueUpdateAnnounced, by, text=text, within=within)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        leads: Status | None = LEADS_TO.get(type(event))
        self.status = leads or self.status
        match event:
            case e.IssueOpened():
                self.details = {name: getattr(event, name) for name in DETAILS}
                self.within = event.within
            case e.IssueChanged():
                self.details |= after(event, DETAILS)
                self.within = event.within or self.within
            case _:
                pass

    def _refuse_unless_opened(self) -> None:
        if self.status is None:
            raise NoSuchIssue

    def _refuse_if_closed(self) -> None:
        self._refuse_unless_opened()
        if self.status == "closed":
            raise IssueIsClosed
