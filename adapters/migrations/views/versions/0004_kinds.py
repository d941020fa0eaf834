"""The queue tells complaints from tickets; all that was there before are complaints."""

import sqlalchemy as sa
from alembic import op

revision = "views_0004"
down_revision = "views_0003"


def upgrade() -> None:
    """Add the kind."""
    op.add_column("queue", sa.Column("kind", sa.Text, nullable=False, server_default=sa.text("'complaint'")))
