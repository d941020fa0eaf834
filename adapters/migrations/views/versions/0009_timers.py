"""Timers have a due index of their own, beside that of the clocks."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "views_0009"
down_revision = "views_0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "timers",
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("id", Id, primary_key=True),
        sa.Column("fires_at", Moment),
        sa.Column("generation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    fires = sa.text("fires_at IS NOT NULL")
    armed = ["slot", "fires_at", "id"]
    op.create_index("timers_armed", "timers", armed, postgresql_where=fires, sqlite_where=fires)
