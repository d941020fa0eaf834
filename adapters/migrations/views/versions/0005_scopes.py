"""The queue says in columns for whom a case exists; its rows are built anew, so none is wrong meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "views_0005"
down_revision = "views_0004"


def upgrade() -> None:
    """Add the columns."""
    for name, default in (("legal_entity", "''"), ("sensitivity", "'normal'")):
        op.add_column("queue", sa.Column(name, sa.Text, nullable=False, server_default=sa.text(default)))
