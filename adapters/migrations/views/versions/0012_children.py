"""The tickets that belong to a case."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id

revision = "views_0012"
down_revision = "views_0011"


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "children",
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("id", Id, primary_key=True),
        sa.Column("parent", Id, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("children_by_parent", "children", ["slot", "parent", "id"])
