"""The outbox of webhooks: which there are, how far the logs were looked through, and every message.

Nothing that was recorded before can have been wanted by a webhook: the logs are looked
through from where they end now.
"""

import sqlalchemy as sa
from alembic import op

from adapters.database import Id, Moment

revision = "log_0004"
down_revision = "log_0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING, DEAD = "state = 'pending'", "state = 'dead'"


def upgrade() -> None:
    """Create the tables, and set the cursors to the ends of the logs."""
    op.create_table(
        "webhooks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("failing_since", Moment),
    )
    cursors = op.create_table(
        "webhook_cursors",
        sa.Column("log", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Id, primary_key=True),
        sa.Column("webhook_id", Id, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("case_id", Id),
        sa.Column("log", sa.Integer),
        sa.Column("number", NUMBER),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("next_attempt_at", Moment),
        sa.Column("leased_until", Moment),
        sa.Column("last_attempt_at", Moment),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.Column("delivered_at", Moment),
    )
    _index("deliveries_due", ["webhook_id", "next_attempt_at", "id"], PENDING)
    _index("deliveries_waiting", ["created_at"], PENDING)
    _index("deliveries_dead", ["webhook_id", "created_at", "id"], DEAD)
    op.create_index("deliveries_by_webhook", "deliveries", ["webhook_id", "created_at", "id"])
    op.bulk_insert(cursors, [{"log": log, "number": end} for log, end in _ends()])


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "deliveries", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _ends() -> list[tuple[int, int]]:
    """Return the end of each log."""
    connection = op.get_bind()
    postgres = connection.dialect.name == "postgresql"
    logs = connection.execute(sa.text("SELECT log FROM logs ORDER BY log")).scalars().all()
    heads = (
        (log, sa.table("head", sa.column("last"), schema=f"log_{log:02x}" if postgres else None))
        for log in logs
    )
    return [(log, connection.execute(sa.select(head.c.last)).scalar_one()) for log, head in heads]
