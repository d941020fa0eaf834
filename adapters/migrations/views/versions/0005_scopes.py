"""The queue says in columns for whom a case exists; its rows are built anew, so none is wrong meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "views_0005"
down_revision = "views_0004"

ORDERS = {
    "queue_by_due": ["slot", "team", "due_before", "id"],
    "queue_by_due_all": ["slot", "due_before", "id"],
    "queue_by_receipt": ["slot", "team", "received_at", "id"],
    "queue_by_receipt_all": ["slot", "received_at", "id"],
}


def upgrade() -> None:
    """Add the columns, and their place at the end of each order."""
    for name, default in (("legal_entity", "''"), ("sensitivity", "'normal'")):
        op.add_column("queue", sa.Column(name, sa.Text, nullable=False, server_default=sa.text(default)))
    for name, columns in ORDERS.items():
        op.drop_index(name, "queue")
        op.create_index(name, "queue", [*columns, "legal_entity", "sensitivity"])
