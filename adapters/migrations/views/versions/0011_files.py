"""The files of cases."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "views_0011"
down_revision = "views_0010"


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "files",
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("queued_at", Moment, nullable=False),
        sa.Column("until", Moment),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    in_flight = sa.text("until IS NOT NULL")
    op.create_index(
        "files_in_flight",
        "files",
        ["slot", "status", "until", "id"],
        postgresql_where=in_flight,
        sqlite_where=in_flight,
    )
    op.create_index("files_by_address", "files", ["slot", "address"])
