"""Many logs: a catalogue of them, a schema each on PostgreSQL, and receipts by keyed hash and path.

Receipts of before name keys as they were sent and cannot be carried over: a request that
was answered before this change is not known again.  No event is touched.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import context, op

from adapters.database import Id, Moment

revision = "log_0002"
down_revision = "log_0001"

LOGS = 16
"""Enough for sixteen writers at once; measured, more gain little where the disk is quick."""


def upgrade() -> None:
    """Replace the receipts of log 00, and open the others beside it."""
    postgres = op.get_bind().dialect.name == "postgresql"
    catalogue = op.create_table(
        "logs",
        sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("opened_at", Moment, nullable=False),
    )
    wanted = (context.config.attributes.get("logs") or LOGS) if postgres else 1
    now = datetime.now(UTC)
    op.bulk_insert(catalogue, [{"log": log, "opened_at": now} for log in range(wanted)])
    op.drop_table("receipts", schema="log_00" if postgres else None)
    if not postgres:
        _receipts(None)
        return
    for log in range(wanted):
        schema = f"log_{log:02x}"
        if log:
            op.execute(f"CREATE SCHEMA {schema}")
            _log(schema)
        _receipts(schema)


def _log(schema: str) -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("originator_id", Id, nullable=False),
        sa.Column("originator_version", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("originator_id", "originator_version", name="events_once"),
        schema=schema,
    )
    head = op.create_table(
        "head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.CheckConstraint("one = 1", name="head_is_one_row"),
        schema=schema,
    )
    op.bulk_insert(head, [{"one": 1, "last": 0}])


def _receipts(schema: str | None) -> None:
    op.create_table(
        "receipts",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        schema=schema,
    )
    op.create_index("receipts_by_age", "receipts", ["recorded_at"], schema=schema)
