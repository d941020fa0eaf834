"""The table of the files of cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, Text, text

from adapters.database import Id, Moment
from projections.files import FileRow


def files_table(metadata: MetaData, slot: Column[str]) -> Table:
    """Return the table; those in flight have an index of their own, which stays as small as they are few."""
    in_flight = text("until IS NOT NULL")
    return Table(
        "files",
        metadata,
        slot,
        Column("id", Id, primary_key=True),
        Column("case_id", Id, nullable=False),
        Column("status", Text, nullable=False),
        Column("queued_at", Moment, nullable=False),
        Column("until", Moment),
        Column("address", Text, nullable=False),
        Column("doc", Text, nullable=False),
        Index(
            "files_in_flight",
            "slot",
            "status",
            "until",
            "id",
            postgresql_where=in_flight,
            sqlite_where=in_flight,
        ),
        Index("files_by_address", "slot", "address"),
    )


def file_columns(row: Any) -> Mapping[str, object]:
    """Return what is looked up of a file."""
    entry: FileRow = row
    return {
        "case_id": entry.case_id,
        "status": entry.file.status.value,
        "queued_at": entry.file.queued_at,
        "until": entry.file.until,
        "address": entry.file.address,
    }
