"""The record of reading: events, the head that numbers them, and who read what when."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "reads_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of the record of reading and its head row."""
    schema = None
    if op.get_bind().dialect.name == "postgresql":
        schema = "log_reads"
        op.execute("CREATE SCHEMA IF NOT EXISTS log_reads")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
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
        "readers",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column("acting", sa.Boolean, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("read_at", Moment, nullable=False),
        schema=schema,
    )
    for name, columns in (
        ("readers_by_case", ["case_id", "read_at", "number"]),
        ("readers_by_reader", ["reader", "read_at", "number"]),
        ("readers_by_time", ["read_at", "number"]),
    ):
        op.create_index(name, "readers", columns, schema=schema)
