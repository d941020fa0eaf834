"""The tables of issues, of their cases, and of whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Index, Table, Text

from adapters.database import Id, Moment
from adapters.views.schema import LATEST, metadata, slot
from projections.issues import IssueCaseRow, IssueRow

issues = Table(
    "issues",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("status", Text, nullable=False),
    Column("owner", Text),
    Column("links", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("doc", Text, nullable=False),
    Index("issues_by_opening", "slot", "opened_at", "id"),
)
issue_cases = Table(
    "issue_cases",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("issue", Id, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("doc", Text, nullable=False),
    Index("issue_cases_by_issue", "slot", "issue", "case_id"),
)
turns = Table(
    "turns",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("doc", Text, nullable=False),
    info={LATEST: "last_at"},
)


def issue_columns(row: Any) -> Mapping[str, object]:
    """Return what a query asks of an issue."""
    entry: IssueRow = row
    return {
        "status": entry.status,
        "owner": entry.owner,
        "links": entry.links,
        "opened_at": entry.opened_at,
    }


def issue_case_columns(row: Any) -> Mapping[str, object]:
    """Return what a query asks of a link between a case and an issue."""
    entry: IssueCaseRow = row
    return {"issue": entry.issue, "case_id": entry.case_id}
