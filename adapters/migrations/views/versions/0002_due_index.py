"""The due index: when each clock fires next, and leases for what one process does for all."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Moment

revision = "views_0002"
down_revision = "views_0001"


def upgrade() -> None:
    """Change the table of clocks and have it filled anew: without its cursor it begins at the beginning."""
    op.drop_index("clocks_armed", "clocks")
    op.execute("DELETE FROM clocks")
    op.execute("DELETE FROM cursors WHERE projection = 'clocks'")
    op.drop_column("clocks", "running")
    op.drop_column("clocks", "due_before")
    op.add_column("clocks", sa.Column("fires_at", Moment))
    op.add_column("clocks", sa.Column("generation", sa.Integer, nullable=False))
    fires = sa.text("fires_at IS NOT NULL")
    op.create_index("clocks_armed", "clocks", ["fires_at", "id"], postgresql_where=fires, sqlite_where=fires)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("taken_at", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
    )
