"""Two slots for every read model, so that one can be built beside the one that is read.

The rows that were there are dropped: they are built again from the log, which has them all.
"""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "views_0003"
down_revision = "views_0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables anew, each with a slot, and the table that says which slot is live."""
    for table in ("queue", "case_files", "clocks", "tokens", "counters", "cursors"):
        op.drop_table(table)
    _queue()
    _other_rows()
    _bookkeeping()


def _slot() -> sa.Column[str]:
    return sa.Column("slot", sa.Text, primary_key=True)


def _queue() -> None:
    op.create_table(
        "queue",
        _slot(),
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
    op.create_index("queue_by_reference", "queue", ["slot", "reference"])
    op.create_index("queue_by_due", "queue", ["slot", "team", "due_before", "id"])
    op.create_index("queue_by_due_all", "queue", ["slot", "due_before", "id"])
    op.create_index("queue_by_receipt", "queue", ["slot", "team", "received_at", "id"])
    op.create_index("queue_by_receipt_all", "queue", ["slot", "received_at", "id"])


def _other_rows() -> None:
    op.create_table(
        "case_files",
        _slot(),
        sa.Column("id", Id, primary_key=True),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "clocks",
        _slot(),
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("fires_at", Moment),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("clocks_by_case", "clocks", ["slot", "case_id"])
    fires, armed = sa.text("fires_at IS NOT NULL"), ["slot", "fires_at", "id"]
    op.create_index("clocks_armed", "clocks", armed, postgresql_where=fires, sqlite_where=fires)
    op.create_table(
        "tokens",
        _slot(),
        sa.Column("id", Id, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
        sa.UniqueConstraint("slot", "sha256", name="tokens_once"),
    )


def _bookkeeping() -> None:
    op.create_table(
        "counters",
        _slot(),
        sa.Column("projection", sa.Text, primary_key=True),
        sa.Column("metric", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("count", NUMBER, nullable=False),
    )
    op.create_table(
        "cursors",
        sa.Column("projection", sa.Text, primary_key=True),
        _slot(),
        sa.Column("log", sa.Integer, primary_key=True),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("stopped_at", NUMBER),
        sa.Column("stopped_because", sa.Text),
    )
    op.create_table(
        "generations",
        sa.Column("projection", sa.Text, primary_key=True),
        _slot(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("compared_at", Moment),
        sa.Column("switched_at", Moment),
        sa.Column("differences", NUMBER),
    )
    live = sa.text("state = 'live'")
    op.create_index(
        "one_is_live",
        "generations",
        ["projection"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )
