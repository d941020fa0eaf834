"""The tables of the outbox; they lie with the logs, so that a restored log and its messages agree."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, text

from adapters.database import Id, Moment
from adapters.eventstore.tables import NUMBER

metadata = MetaData()
PENDING, DEAD = "state = 'pending'", "state = 'dead'"

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("failing_since", Moment),
)
"""The webhooks that there are: where each lies in the log, and since when nothing but failures came of it."""

webhook_cursors = Table(
    "webhook_cursors",
    metadata,
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("number", NUMBER, nullable=False),
)
"""How far each log was looked through for what webhooks want; a log without a row from its beginning."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook_id", Id, nullable=False),
    Column("topic", Text, nullable=False),
    Column("case_id", Id),
    Column("log", Integer),
    Column("number", NUMBER),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_attempt_at", Moment),
    Column("leased_until", Moment),
    Column("last_attempt_at", Moment),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("delivered_at", Moment),
    Index(
        "deliveries_due",
        "webhook_id",
        "next_attempt_at",
        "id",
        postgresql_where=text(PENDING),
        sqlite_where=text(PENDING),
    ),
    Index(
        "deliveries_waiting",
        "created_at",
        postgresql_where=text(PENDING),
        sqlite_where=text(PENDING),
    ),
    Index(
        "deliveries_dead",
        "webhook_id",
        "created_at",
        "id",
        postgresql_where=text(DEAD),
        sqlite_where=text(DEAD),
    ),
    Index("deliveries_by_webhook", "webhook_id", "created_at", "id"),
)
"""One message for each webhook and event.  The body is what is sent, every time the same; none is personal.

``pending`` is to be sent at ``next_attempt_at``, ``delivered`` was taken, ``dead`` is tried no more.
"""
