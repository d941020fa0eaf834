"""The tables of the logs, and how a place in them is written.

On PostgreSQL each log is a schema that shares nothing with the others; on SQLite
there is one log and no schema.  ``number`` is dense: 1, 2, 3 and no gap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

MOST_LOGS = 256
"""An identifier has one byte for its log."""
POSITION = re.compile(r"[0-9a-f]{2}:[0-9]{1,18}")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")

CATALOGUE = Table(
    "logs",
    MetaData(),
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", Moment, nullable=False),
)
"""The logs that there are: 0, 1, 2 and no gap.  It grows; no log is ever closed."""

SESSIONS = Table(
    "sessions",
    CATALOGUE.metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("proof", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("sessions_by_end", "expires_at"),
)
"""Browsers that are signed in, each by the SHA-256 of what its cookie holds; no row, no session."""


class NumberedTables:
    """Events in one dense order under *schema* (None on SQLite), and the head that numbers them."""

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
            CheckConstraint("one = 1", name="head_is_one_row"),
        )


class LogTables(NumberedTables):
    """The tables of one log under *schema* (None on SQLite)."""

    def __init__(self, schema: str | None) -> None:
        super().__init__(schema)
        self.receipts = Table(
            "receipts",
            self.metadata,
            Column("principal", Text, primary_key=True),
            Column("path", Text, primary_key=True),
            Column("key", LargeBinary, primary_key=True),
            Column("fingerprint", LargeBinary, nullable=False),
            Column("status", Integer, nullable=False),
            Column("case_id", Id, nullable=False),
            Column("version", Integer, nullable=False),
            Column("number", NUMBER, nullable=False),
            Column("recorded_at", Moment, nullable=False),
            Index("receipts_by_age", "recorded_at"),
        )


def schema_of(log: int) -> str:
    """Return the PostgreSQL schema of *log*."""
    return f"log_{log:02x}"


def position(log: int, number: int) -> str:
    """Return the place of an event as clients see it: ``03:1742``."""
    return f"{log:02x}:{number}"


def positions(ends: Mapping[int, int]) -> str:
    """Return a place in all logs together: ``03:1742,0a:17``, ascending, without logs at 0.

    Where every log is at 0 that is ``00:0``; with one log it is its position.
    """
    reached = sorted((log, number) for log, number in ends.items() if number)
    return ",".join(position(log, number) for log, number in reached) or position(0, 0)


def number_of(text: str) -> tuple[int, int]:
    """Return log and number of a position; raise ValueError when it is none."""
    if not POSITION.fullmatch(text):
        message = "a position is two hexadecimal digits, a colon and a number, such as 00:1742"
        raise ValueError(message)
    log, _, number = text.partition(":")
    return int(log, 16), int(number)


def reached(text: str) -> dict[int, int]:
    """Return the number that *text* names in each log: one position, or several joined by commas.

    Raises ValueError when one of them is no position, when a log is named twice or out of
    its order, and when several are named of which one is at 0.
    """
    parts = [number_of(part) for part in text.split(",")]
    logs = [log for log, _ in parts]
    if logs != sorted(set(logs)) or (len(parts) > 1 and not all(number for _, number in parts)):
        message = "several positions name each log once, in ascending order, none at 0: 03:1742,0a:17"
        raise ValueError(message)
    return dict(parts)
