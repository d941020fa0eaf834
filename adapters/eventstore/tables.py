"""The tables of one log.

On PostgreSQL each log is a schema that shares nothing with the others; on SQLite
there is one log and no schema.  ``number`` is dense: 1, 2, 3 and no gap.
"""

from __future__ import annotations

import re

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from adapters.database import Id, Moment

POSITION = re.compile(r"[0-9a-f]{2}:[0-9]{1,18}")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class LogTables:
    """The tables of log *log* under *schema* (None on SQLite)."""

    def __init__(self, schema: str | None) -> None:
        self.metadata = MetaData(schema=schema)
        self.events = Table(
            "events",
            self.metadata,
            Column("number", NUMBER, primary_key=True, autoincrement=False),
            Column("originator_id", Id, nullable=False),
            Column("originator_version", Integer, nullable=False),
            Column("topic", Text, nullable=False),
            Column("state", LargeBinary, nullable=False),
            UniqueConstraint("originator_id", "originator_version", name="events_once"),
        )
        self.head = Table(
            "head",
            self.metadata,
            Column("one", Integer, primary_key=True, autoincrement=False),
            Column("last", NUMBER, nullable=False),
        )
        self.receipts = Table(
            "receipts",
            self.metadata,
            Column("principal", Text, primary_key=True),
            Column("key", Text, primary_key=True),
            Column("fingerprint", LargeBinary, nullable=False),
            Column("status", Integer, nullable=False),
            Column("case_id", Id, nullable=False),
            Column("version", Integer, nullable=False),
            Column("position", Text, nullable=False),
            Column("recorded_at", Moment, nullable=False),
            Index("receipts_by_age", "recorded_at"),
        )


def schema_of(log: int) -> str:
    """Return the PostgreSQL schema of *log*."""
    return f"log_{log:02x}"


def position(log: int, number: int) -> str:
    """Return the place of an event as clients see it: ``03:1742``."""
    return f"{log:02x}:{number}"


def number_of(text: str) -> tuple[int, int]:
    """Return log and number of a position; raise ValueError when it is none."""
    if not POSITION.fullmatch(text):
        message = "a position is two hexadecimal digits, a colon and a number, such as 00:1742"
        raise ValueError(message)
    log, _, number = text.partition(":")
    return int(log, 16), int(number)
