"""Indexes that are made once their read model is built."""

import sqlalchemy as sa
from alembic import op

revision = "views_0013"
down_revision = "views_0012"


def upgrade() -> None:
    """Make the table that says how."""
    op.create_table(
        "postponed",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("table", sa.Text, nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
    )
