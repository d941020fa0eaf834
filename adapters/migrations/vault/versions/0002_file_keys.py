"""The keys of files, each destroyed by itself."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "vault_0002"
down_revision = "vault_0001"


def upgrade() -> None:
    """Make the table."""
    schema = "vault" if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "file_keys",
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        schema=schema,
    )
    op.create_index("file_keys_by_address", "file_keys", ["address"], schema=schema)
