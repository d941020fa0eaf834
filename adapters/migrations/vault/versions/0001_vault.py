"""The first vault: data keys, look-ups, secrets, and what tells a wrong master key."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "vault_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of the vault."""
    schema = None
    if op.get_bind().dialect.name == "postgresql":
        schema = "vault"
        op.execute("CREATE SCHEMA IF NOT EXISTS vault")
    op.create_table(
        "state",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("master_key", sa.Text, nullable=False),
        sa.Column("destroyed", sa.Integer, nullable=False),
        sa.CheckConstraint("one = 1", name="state_is_one_row"),
        schema=schema,
    )
    op.create_table(
        "master_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("proof", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        schema=schema,
    )
    op.create_table(
        "data_keys",
        sa.Column("id", Id, primary_key=True),
        sa.Column("subject", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("master_key", sa.Text),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("destroyed_at", Moment),
        sa.UniqueConstraint("subject", "case_id", name="one_key_each"),
        schema=schema,
    )
    op.create_index("data_keys_by_case", "data_keys", ["case_id"], schema=schema)
    op.create_index("data_keys_by_master_key", "data_keys", ["master_key"], schema=schema)
    op.create_table(
        "lookups",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("subject", Id, nullable=False),
        schema=schema,
    )
    op.create_index("lookups_by_subject", "lookups", ["subject"], schema=schema)
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("master_key", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        schema=schema,
    )
