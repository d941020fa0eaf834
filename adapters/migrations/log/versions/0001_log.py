"""The first log: events, the head that numbers them, receipts."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "log_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of log 00 and its head row."""
    postgres = op.get_bind().dialect.name == "postgresql"
    schema = "log_00" if postgres else None
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    if postgres:
        op.execute("CREATE SCHEMA IF NOT EXISTS log_00")
    op.create_table(
        "events",
        sa.Column("number", number, primary_key=True, autoincrement=False),
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
        sa.Column("last", number, nullable=False),
        sa.CheckConstraint("one = 1", name="head_is_one_row"),
        schema=schema,
    )
    op.bulk_insert(head, [{"one": 1, "last": 0}])
    op.create_table(
        "receipts",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        schema=schema,
    )
    op.create_index("receipts_by_age", "receipts", ["recorded_at"], schema=schema)
