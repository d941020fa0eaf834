"""The tables of reactions; they lie with the logs, so that a restored log and its reactions agree."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, text

from adapters.database import Id, Moment
from adapters.eventstore.tables import NUMBER

metadata = MetaData()
RETRYING = "state = 'retrying'"

reactions = Table(
    "reactions",
    metadata,
    Column("reaction", Text, primary_key=True),
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("number", NUMBER, nullable=False),
    Column("holder", Text),
    Column("leased_until", Moment),
)
"""How far each reaction has come in each log, and which process is at it until when."""

troubles = Table(
    "reactions_troubles",
    metadata,
    Column("reaction", Text, primary_key=True),
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("case_id", Id, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("why", Text),
    Column("since", Moment, nullable=False),
    Index(
        "reactions_troubles_due",
        "next_attempt_at",
        postgresql_where=text(RETRYING),
        sqlite_where=text(RETRYING),
    ),
)
"""Events that a reaction has passed without having answered them wholly.

``retrying`` is tried again at ``next_attempt_at``, ``parked`` only when an operator says so,
``behind`` waits for an earlier event of its case, ``refused`` is done with: the case said no.
"""
