"""The tables of the read models.

Every row is kept whole in ``doc``; beside it stand only the columns that a query
filters or sorts by, each the attribute of the row that has its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from adapters.database import Id, Moment
from domain.clocks.warning import fires_at
from projections.armed import ARMED, ClockRow
from projections.case_file import CASE_FILE
from projections.projection import Projection
from projections.queue import QUEUE, QueueRow
from projections.tokens import TOKENS, TokenRow

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Where a case without a promise to keep stands in the order of due instants: last."""
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


metadata = MetaData()

queue = Table(
    "queue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=text("'complaint'")),
    Column("status", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("due_before", Moment, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text),
    Column("team", Text, nullable=False),
    Column("assignee", Text),
    Column("regimes", Text, nullable=False),
    Column("doc", Text, nullable=False),
    Index("queue_by_reference", "reference"),
    Index("queue_by_due", "team", "due_before", "id"),
    Index("queue_by_due_all", "due_before", "id"),
    Index("queue_by_receipt", "team", "received_at", "id"),
    Index("queue_by_receipt_all", "received_at", "id"),
)
case_files = Table(
    "case_files",
    metadata,
    Column("id", Id, primary_key=True),
    Column("doc", Text, nullable=False),
)
clocks = Table(
    "clocks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("fires_at", Moment),
    Column("generation", Integer, nullable=False),
    Column("doc", Text, nullable=False),
    Index("clocks_by_case", "case_id"),
    Index(
        "clocks_armed",
        "fires_at",
        "id",
        postgresql_where=text("fires_at IS NOT NULL"),
        sqlite_where=text("fires_at IS NOT NULL"),
    ),
)
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("doc", Text, nullable=False),
)
counters = Table(
    "counters",
    metadata,
    Column("projection", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("count", NUMBER, nullable=False),
)
cursors = Table(
    "cursors",
    metadata,
    Column("projection", Text, primary_key=True),
    Column("log", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("number", NUMBER, nullable=False),
    Column("stopped_at", Text),
    Column("stopped_because", Text),
)


def _queue_columns(row: Any) -> Mapping[str, object]:
    entry: QueueRow = row
    return {
        "reference": entry.reference,
        "kind": entry.kind,
        "status": entry.status,
        "open": entry.open,
        "overdue": entry.overdue,
        "escalated": entry.escalated,
        "received_at": entry.received_at,
        "due_before": entry.due_before or NEVER,
        "category": entry.category,
        "severity": entry.severity,
        "team": entry.team,
        "assignee": entry.assignee,
        "regimes": f" {' '.join(entry.regimes)} ",
    }


def _clock_columns(row: Any) -> Mapping[str, object]:
    entry: ClockRow = row
    return {
        "case_id": entry.case_id,
        "fires_at": fires_at(entry.clock),
        "generation": entry.clock.generation,
    }


def _token_columns(row: Any) -> Mapping[str, object]:
    entry: TokenRow = row
    return {"sha256": entry.sha256}


def _no_columns(_row: Any) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True)
class View:
    """A read model and where it is kept."""

    projection: Projection[Any]
    table: Table
    columns: Callable[[Any], Mapping[str, object]] = _no_columns

    def stored(self, row: Any) -> dict[str, object]:
        """Return *row* as its table keeps it."""
        return {"id": row.id, "doc": row.model_dump_json()} | dict(self.columns(row))

    def loaded(self, doc: str) -> Any:
        """Return the row that was kept as *doc*."""
        return self.projection.row.model_validate_json(doc)


VIEWS = (
    View(QUEUE, queue, _queue_columns),
    View(CASE_FILE, case_files),
    View(ARMED, clocks, _clock_columns),
    View(TOKENS, tokens, _token_columns),
)
