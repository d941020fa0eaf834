"""The directory, the last use of tokens, and the cases of one person by an index.

The tokens are dropped: they are built again from the log, with their users.
"""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "views_0006"
down_revision = "views_0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_index("queue_by_assignee", "queue", ["slot", "assignee", "id"])
    _tokens()
    _rows(
        "users",
        "added_at",
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("teams", sa.Text, nullable=False),
        sa.Column("handing_over", sa.Boolean, nullable=False),
    )
    _rows(
        "teams",
        "added_at",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    _rows("legal_entities", "added_at", sa.Column("code", sa.Text, nullable=False))
    for table in ("users", "teams", "legal_entities"):
        op.create_index(f"{table}_by_addition", table, ["slot", "added_at", "id"])


def _tokens() -> None:
    op.drop_table("tokens")
    for table in ("cursors", "generations"):
        op.execute(f"DELETE FROM {table} WHERE projection = 'tokens'")  # noqa: S608 - names of tables
    _rows(
        "tokens",
        "created_at",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("login", sa.Text),
        sa.Column("revoked", sa.Boolean, nullable=False),
        sa.UniqueConstraint("slot", "sha256", name="tokens_once"),
    )
    op.create_index("tokens_by_creation", "tokens", ["slot", "created_at", "id"])
    op.create_index("tokens_by_login", "tokens", ["slot", "login"])
    op.create_table(
        "token_uses",
        sa.Column("id", Id, primary_key=True),
        sa.Column("used_at", Moment, nullable=False),
    )


def _rows(name: str, since: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("id", Id, primary_key=True),
        *columns,
        sa.Column(since, Moment, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
