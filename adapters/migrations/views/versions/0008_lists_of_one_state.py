"""Lists of one state or one handler have indexes of their own; the others leave states out by themselves."""

from alembic import op

revision = "views_0008"
down_revision = "views_0007"

GUARDED = ["legal_entity", "sensitivity"]
COVERED = [*GUARDED, "status", "open", "overdue"]
WIDENED = {
    "queue_by_kind_due": ["slot", "kind", "due_before", "id"],
    "queue_by_kind_receipt": ["slot", "kind", "received_at", "id"],
    "queue_by_team_due": ["slot", "kind", "team", "due_before", "id"],
    "queue_by_team_receipt": ["slot", "kind", "team", "received_at", "id"],
    "queue_by_due": ["slot", "team", "due_before", "id"],
}


def upgrade() -> None:
    """Exchange the indexes."""
    for name, columns in WIDENED.items():
        op.drop_index(name, "queue")
        op.create_index(name, "queue", [*columns, *COVERED])
    for name, instant in (("queue_by_status_due", "due_before"), ("queue_by_status_receipt", "received_at")):
        op.create_index(name, "queue", ["slot", "kind", "status", instant, "id", *GUARDED])
    by_handler = ["slot", "kind", "assignee", "due_before", "id", *COVERED]
    op.create_index("queue_by_assignee_due", "queue", by_handler)
