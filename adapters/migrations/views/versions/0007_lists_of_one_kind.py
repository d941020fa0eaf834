"""Lists are of one kind of case: their indexes begin with it, so that none walks past the other kind."""

from alembic import op

revision = "views_0007"
down_revision = "views_0006"

GONE = ("queue_by_due", "queue_by_due_all", "queue_by_receipt", "queue_by_receipt_all")
NEW = {
    "queue_by_kind_due": ["slot", "kind", "due_before", "id"],
    "queue_by_kind_receipt": ["slot", "kind", "received_at", "id"],
    "queue_by_team_due": ["slot", "kind", "team", "due_before", "id"],
    "queue_by_team_receipt": ["slot", "kind", "team", "received_at", "id"],
    "queue_by_due": ["slot", "team", "due_before", "id"],
}


def upgrade() -> None:
    """Exchange the indexes."""
    for name in GONE:
        op.drop_index(name, "queue")
    for name, columns in NEW.items():
        op.create_index(name, "queue", [*columns, "legal_entity", "sensitivity"])
