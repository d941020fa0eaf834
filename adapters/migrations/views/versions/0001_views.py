"""The first read models: queue, case files, clocks, tokens, counters, cursors."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "views_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "queue",
        sa.Column("id", Id, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("overdue", sa.Boolean, nullable=False),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("due_before", Moment, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("severity", sa.Text),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("assignee", sa.Text),
        sa.Column("regimes", sa.Text, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("queue_by_reference", "queue", ["reference"])
    op.create_index("queue_by_due", "queue", ["team", "due_before", "id"])
    op.create_index("queue_by_due_all", "queue", ["due_before", "id"])
    op.create_index("queue_by_receipt", "queue", ["team", "received_at", "id"])
    op.create_index("queue_by_receipt_all", "queue", ["received_at", "id"])
    op.create_table(
        "case_files",
        sa.Column("id", Id, primary_key=True),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "clocks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("running", sa.Boolean, nullable=False),
        sa.Column("due_before", Moment, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("clocks_by_case", "clocks", ["case_id"])
    running = sa.text("running")
    op.create_index("clocks_armed", "clocks", ["due_before"], postgresql_where=running, sqlite_where=running)
    op.create_table(
        "tokens",
        sa.Column("id", Id, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, unique=True),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("projection", sa.Text, primary_key=True),
        sa.Column("metric", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("count", number, nullable=False),
    )
    op.create_table(
        "cursors",
        sa.Column("projection", sa.Text, primary_key=True),
        sa.Column("log", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column("stopped_at", sa.Text),
        sa.Column("stopped_because", sa.Text),
    )
