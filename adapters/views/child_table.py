"""The table of the tickets that belong to a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Index, Table, Text

from adapters.database import Id
from adapters.views.schema import metadata, slot
from projections.children import ChildRow

children = Table(
    "children",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("parent", Id, nullable=False),
    Column("doc", Text, nullable=False),
    Index("children_by_parent", "slot", "parent", "id"),
)


def child_columns(row: Any) -> Mapping[str, object]:
    """Return what a query asks of a ticket that belongs to a case."""
    entry: ChildRow = row
    return {"parent": entry.parent}
