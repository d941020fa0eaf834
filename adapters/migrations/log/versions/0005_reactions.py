"""Reactions: how far each has come in each log, and the events that it could not answer.

Where a reaction begins is said when it is first seen, not here.
"""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "log_0005"
down_revision = "log_0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RETRYING = "state = 'retrying'"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "reactions",
        sa.Column("reaction", sa.Text, primary_key=True),
        sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("leased_until", Moment),
    )
    op.create_table(
        "reactions_troubles",
        sa.Column("reaction", sa.Text, primary_key=True),
        sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", Moment),
        sa.Column("why", sa.Text),
        sa.Column("since", Moment, nullable=False),
    )
    op.create_index(
        "reactions_troubles_due",
        "reactions_troubles",
        ["next_attempt_at"],
        postgresql_where=sa.text(RETRYING),
        sqlite_where=sa.text(RETRYING),
    )
