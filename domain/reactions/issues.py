"""What follows from an issue: cases are linked to it, and everybody concerned is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from domain.case import Case
from domain.complaint import Complaint
from domain.complaint.events import Received, Triaged
from domain.directory.events import Reach
from domain.issues.events import IssueChanged, IssueOpened, IssueReopened, IssueUpdateAnnounced
from domain.issues.issue import Issue
from domain.issues.orders import LinkByRule, TellUpdate
from domain.issues.rule import Rule
from domain.kernel import Aggregate, Event
from domain.privacy import Sealed
from domain.reactions.reaction import NotYet, Send
from domain.ticket import Ticket
from domain.ticket import events as t


class Issues(Protocol):
    """Where the reactions look issues and their cases up; what lags raises NotYet."""

    def with_rules(self) -> Iterable[LinkByRule]:
        """Return for every issue with a rule that is not closed how a case is linked to it."""
        ...

    def received(self, rule: Rule, within: Reach) -> Iterable[tuple[UUID, type[Case]]]:
        """Return the cases *within* a reach that may meet *rule*, with their kind; the case says whether."""
        ...

    def open_cases(self, issue: UUID, within: Reach) -> Iterable[tuple[UUID, type[Case]]]:
        """Return the open cases *within* a reach that are linked to *issue*, with their kind."""
        ...


class LinkACaseToItsIssue:
    """A case that comes in, or is assessed anew, is linked to every issue whose rule it meets."""

    NAME: ClassVar[str] = "link_a_case_to_its_issue"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Received, Triaged, t.Opened, t.Triaged)
    OPENED: ClassVar[bool] = False

    def __init__(self, issues: Issues) -> None:
        self._issues = issues

    def decide(self, event: Event, case: Aggregate) -> Iterator[Send]:
        """Return a link for each of the issues, whatever *event* of the case it was."""
        del event
        if not isinstance(case, Complaint | Ticket):
            return
        for link in self._issues.with_rules():
            if link.issue not in case.issues and link.meets(case):
                yield Send(case.id, type(case), link)


class LinkWhatCameBeforeTheIssue:
    """An issue whose rule says since when is linked to the cases that came since then."""

    NAME: ClassVar[str] = "link_what_came_before_the_issue"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (IssueOpened, IssueChanged, IssueReopened)
    OPENED: ClassVar[bool] = False

    def __init__(self, issues: Issues) -> None:
        self._issues = issues

    def decide(self, event: Event, case: Aggregate) -> Iterator[Send]:
        """Return a link for each case that may meet the rule; without an instant to begin at, for none."""
        if not isinstance(case, Issue) or case.within is None:
            return
        rule, within = case.rule, case.within
        if rule is None or rule.received_from is None or _leaves_the_rule(event):
            return
        link = LinkByRule(issue=case.id, rule=rule, within=within)
        for id, kind in self._issues.received(rule, within):
            yield Send(id, kind, link)


class TellEveryLinkedCase:
    """What is announced of an issue is told to the complainant of every open case that is linked."""

    NAME: ClassVar[str] = "tell_every_linked_case"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (IssueUpdateAnnounced,)
    OPENED: ClassVar[bool] = True

    def __init__(self, issues: Issues) -> None:
        self._issues = issues

    def decide(self, event: Event, case: Aggregate) -> Iterator[Send]:
        """Return an update for each case, which has clocks and letters of its own."""
        if not isinstance(event, IssueUpdateAnnounced):
            return
        text, at = event.text, event.occurred_at
        if isinstance(text, Sealed):
            raise NotYet
        if isinstance(text, str):
            yield from self._tell(case.id, text, at, event.within)

    def _tell(self, issue: UUID, text: str, at: datetime, within: Reach) -> Iterator[Send]:
        order = TellUpdate(issue=issue, text=text, at=at)
        for id, kind in self._issues.open_cases(issue, within):
            yield Send(id, kind, order)


def _leaves_the_rule(event: Event) -> bool:
    return isinstance(event, IssueChanged) and event.rule is None
