"""Issues and the cases that are linked to each; whose turn it is, and the open part of the queue."""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "views_0010"
down_revision = "views_0009"


def upgrade() -> None:
    """Make the tables."""
    _rows(
        "issues",
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("links", sa.Boolean, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
    )
    op.create_index("issues_by_opening", "issues", ["slot", "opened_at", "id"])
    _rows(
        "issue_cases",
        sa.Column("issue", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
    )
    op.create_index("issue_cases_by_issue", "issue_cases", ["slot", "issue", "case_id"])
    _rows("turns")
    _part("queue_waiting", ["slot", "team", "due_before", "id"], "assignee IS NULL AND open IS {true}")
    _part("queue_open", ["slot", "assignee", "status"], "open IS {true}")


def _part(name: str, columns: list[str], where: str) -> None:
    """Index the rows of the queue for which *where* is true; each database has a word for that."""
    postgres, lite = (sa.text(where.format(true=true)) for true in ("TRUE", "1"))
    op.create_index(name, "queue", columns, postgresql_where=postgres, sqlite_where=lite)


def _rows(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("id", Id, primary_key=True),
        *columns,
        sa.Column("doc", sa.Text, nullable=False),
    )
