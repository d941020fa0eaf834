"""What the API says of issues, and what it is asked of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from adapters.bootstrap import Plaint
from adapters.http import schemas
from adapters.http.schemas import Shown
from domain.access import Sight
from domain.directory.events import Login
from domain.issues.events import IssueKind
from domain.issues.issue import Status
from domain.issues.rule import Rule
from domain.privacy import shown
from projections.issues import IssueRow


class IssueDocument(BaseModel):
    """One issue; ``cause`` and ``action`` are for those who read what concerns a person."""

    id: Annotated[UUID, Sight.PUBLIC]
    version: Annotated[int, Sight.PUBLIC]
    status: Annotated[Status, Sight.PUBLIC]
    title: Annotated[str, Sight.PUBLIC]
    kind: Annotated[IssueKind, Sight.PUBLIC]
    cause: Annotated[Shown | None, Sight.PERSONAL]
    action: Annotated[Shown | None, Sight.PERSONAL]
    owner: Annotated[str | None, Sight.WORK]
    due: Annotated[date | None, Sight.WORK]
    rule: Annotated[Rule | None, Sight.WORK]
    opened_at: Annotated[datetime, Sight.PUBLIC]
    closed_at: Annotated[datetime | None, Sight.PUBLIC]
    last_update_at: Annotated[datetime | None, Sight.PUBLIC]


class CountedIssue(IssueDocument):
    """One issue with its cases; only those that you may see are counted, and 10,001 stands for more."""

    cases: Annotated[int, Sight.WORK]
    open_cases: Annotated[int, Sight.WORK]


class IssuePage(BaseModel):
    """A page of issues."""

    items: Annotated[list[IssueDocument], Sight.PUBLIC]
    next: Annotated[str | None, Sight.PUBLIC]


class Paged(schemas.Parameters):
    """A page of a list."""

    limit: int = Field(50, ge=1, le=schemas.MOST)
    cursor: str | None = Field(None, max_length=100, description="From `next` of the page before.")


class IssueListing(Paged):
    """A list of issues, the newest first."""

    status: list[Status] = []
    owner: Login | None = None


class IssueWritten(BaseModel):
    """What a write to an issue, or to a case because of one, answers."""

    id: UUID
    version: int
    position: str


def facts(plaint: Plaint, row: IssueRow) -> dict[str, Any]:
    """Return an issue as its reader gets it."""
    seen = plaint.showing.row(row, row.id)
    said = seen.model_dump(exclude={"cause", "action", "rule", "within"})
    return said | {"cause": shown(seen.cause), "action": shown(seen.action), "rule": seen.rule}
