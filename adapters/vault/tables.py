"""The tables of the vault: its own SQLite file, or the schema ``vault`` of a PostgreSQL database."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from adapters.database import Id, Moment

SCHEMA = "vault"


class VaultTables:
    """The tables under *schema* (None on SQLite)."""

    def __init__(self, schema: str | None) -> None:
        self.metadata = MetaData(schema=schema)
        self.state = Table(
            "state",
            self.metadata,
            Column("one", Integer, primary_key=True, autoincrement=False),
            Column("master_key", Text, nullable=False),
            Column("destroyed", Integer, nullable=False),
        )
        """One row: the master key that wraps what is new, and how often keys were destroyed."""
        self.master_keys = Table(
            "master_keys",
            self.metadata,
            Column("id", Text, primary_key=True),
            Column("proof", LargeBinary, nullable=False),
            Column("created_at", Moment, nullable=False),
        )
        """What a master key must unwrap to be the right one."""
        self.data_keys = Table(
            "data_keys",
            self.metadata,
            Column("id", Id, primary_key=True),
            Column("subject", Id, nullable=False),
            Column("case_id", Id, nullable=False),
            Column("wrapped", LargeBinary),
            Column("master_key", Text),
            Column("created_at", Moment, nullable=False),
            Column("destroyed_at", Moment),
            UniqueConstraint("subject", "case_id", name="one_key_each"),
            Index("data_keys_by_case", "case_id"),
            Index("data_keys_by_master_key", "master_key"),
        )
        """A destroyed key leaves its row, without the key: so its loss is told from an accident."""
        self.lookups = Table(
            "lookups",
            self.metadata,
            Column("hash", LargeBinary, primary_key=True),
            Column("subject", Id, nullable=False),
            Index("lookups_by_subject", "subject"),
        )
        self.secrets = Table(
            "secrets",
            self.metadata,
            Column("name", Text, primary_key=True),
            Column("wrapped", LargeBinary, nullable=False),
            Column("master_key", Text, nullable=False),
            Column("created_at", Moment, nullable=False),
        )
