"""What happens to an issue: a stream of its own in log 0."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import StringConstraints

from domain.directory.events import Login, Reach
from domain.issues.rule import Rule
from domain.kernel import Event
from domain.privacy import Kept, PersonalText, PublicText

IssueKind: TypeAlias = Literal["theme", "mass_event"]
MayLack: TypeAlias = Literal["cause", "action", "owner", "due", "rule"]
"""What a change may take away."""
IssueTitle: TypeAlias = Annotated[PublicText, StringConstraints(min_length=1, max_length=200)]
"""What an issue is called in lists; it names no person."""


class IssueOpened(Event):
    """Somebody saw that many cases have one cause."""

    TOPIC: ClassVar[str] = "issue.opened"

    title: IssueTitle
    kind: IssueKind = "theme"
    cause: Kept[PersonalText] | None = None
    action: Kept[PersonalText] | None = None
    owner: Login | None = None
    due: date | None = None
    rule: Rule | None = None
    within: Reach
    """The cases that existed for whoever set the rule: it links no other."""


class IssueChanged(Event):
    """What is known of an issue was changed; what is None stayed as it was, unless it was *unset*."""

    TOPIC: ClassVar[str] = "issue.changed"

    title: IssueTitle | None = None
    kind: IssueKind | None = None
    cause: Kept[PersonalText] | None = None
    action: Kept[PersonalText] | None = None
    owner: Login | None = None
    due: date | None = None
    rule: Rule | None = None
    within: Reach | None = None
    unset: tuple[MayLack, ...] = ()


class IssueMitigated(Event):
    """The harm has been stopped; what caused it may still be there."""

    TOPIC: ClassVar[str] = "issue.mitigated"


class IssueClosed(Event):
    """The cause is gone; no case is linked by rule any more."""

    TOPIC: ClassVar[str] = "issue.closed"


class IssueReopened(Event):
    """It happened again, or was not over."""

    TOPIC: ClassVar[str] = "issue.reopened"


class IssueUpdateAnnounced(Event):
    """Everybody whose open case is linked and *within* a reach is to be told *text*."""

    TOPIC: ClassVar[str] = "issue.update_announced"

    text: Kept[PersonalText]
    within: Reach


ISSUE_EVENTS: tuple[type[Event], ...] = (
    IssueOpened,
    IssueChanged,
    IssueMitigated,
    IssueClosed,
    IssueReopened,
    IssueUpdateAnnounced,
)
