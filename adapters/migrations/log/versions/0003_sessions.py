"""Sessions: browsers that are signed in to the console, or read one case by a link."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Moment

revision = "log_0003"
down_revision = "log_0002"


def upgrade() -> None:
    """Make the table, beside the catalogue of logs."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("used_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
    )
    op.create_index("sessions_by_end", "sessions", ["expires_at"])
