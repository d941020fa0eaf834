"""The tables of the record of reading: a log of its own, and an index of who read what when."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from adapters.database import Id, Moment
from adapters.eventstore.tables import NUMBER, NumberedTables

SCHEMA = "log_reads"


class ReadTables(NumberedTables):
    """The tables under *schema* (None on SQLite, where they have a file of their own)."""

    def __init__(self, schema: str | None) -> None:
        super().__init__(schema)
        self.readers = Table(
            "readers",
            self.metadata,
            Column("number", NUMBER, primary_key=True, autoincrement=False),
            Column("reader", Text, primary_key=True),
            Column("acting", Boolean, nullable=False),
            Column("case_id", Id, nullable=False),
            Column("read_at", Moment, nullable=False),
            Index("readers_by_case", "case_id", "read_at", "number"),
            Index("readers_by_reader", "reader", "read_at", "number"),
            Index("readers_by_time", "read_at", "number"),
        )
        """A row for everybody who read; *acting* is false for who acted as another.  Made from the events."""
