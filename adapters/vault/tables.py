"""The tables of the vault: its own SQLite file, or the schema ``vault`` of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from adapters.database import Id, Moment

SCHEMA = "vault"
AT_ONCE = 500
"""Rows asked for by one statement."""
Rows: TypeAlias = Callable[[str, Sequence[object]], Sequence[Any]]
"""Given a statement in the driver's words and its values, the rows that answer it."""
KeyColumn: TypeAlias = Literal["id", "case_id"]
KeyRow: TypeAlias = tuple[UUID, UUID, UUID, bytes | None, str]
"""Id, subject, case, the wrapped key (None once it is destroyed), and the master key that wraps it."""


class VaultTables:
    """The tables under *schema* (None on SQLite)."""

    def __init__(self, schema: str | None) -> None:
        self.metadata = MetaData(schema=schema)
        self.schema = schema
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
        self.file_keys = Table(
            "file_keys",
            self.metadata,
            Column("id", Id, primary_key=True),
            Column("case_id", Id, nullable=False),
            Column("address", Text, nullable=False),
            Column("sealed", Text, nullable=False),
            Column("made_at", Moment, nullable=False),
            Index("file_keys_by_address", "address"),
        )
        """What is destroyed leaves no row here: that there was a file, the record tells."""
        self.secrets = Table(
            "secrets",
            self.metadata,
            Column("name", Text, primary_key=True),
            Column("wrapped", LargeBinary, nullable=False),
            Column("master_key", Text, nullable=False),
            Column("created_at", Moment, nullable=False),
        )

    @property
    def destroyed_from(self) -> tuple[Table, ...]:
        """The tables from which something is taken for good."""
        return self.data_keys, self.lookups, self.file_keys

    @property
    def on_sqlite(self) -> bool:
        """Whether they are in an SQLite file."""
        return self.schema is None

    def keys_by(self, rows: Rows, column: KeyColumn, ids: Sequence[UUID]) -> Iterator[KeyRow]:
        """Yield the rows of the keys that have one of *ids* in *column*, asked by *rows*.

        Every case that a process meets for the first time is asked for here, so no tree is built for it.
        """
        query = f"SELECT id, subject, case_id, wrapped, master_key FROM {self.data_keys.fullname}"  # noqa: S608
        order = "ORDER BY created_at DESC, id"
        values = [self.kept(id) for id in ids]
        for id, subject, case, wrapped, master_key in self._among(rows, query, column, values, order):
            yield _uuid(id), _uuid(subject), _uuid(case), wrapped, master_key

    def subjects_by(self, rows: Rows, hashes: Sequence[bytes]) -> Iterator[tuple[bytes, UUID]]:
        """Yield those of *hashes* that somebody is known by, each with its subject, as `keys_by` does."""
        query = f"SELECT hash, subject FROM {self.lookups.fullname}"  # noqa: S608
        for hash, subject in self._among(rows, query, "hash", hashes):
            yield hash, _uuid(subject)

    def kept(self, id: UUID) -> UUID | bytes:
        """Return *id* as the driver takes it."""
        return id.bytes if self.on_sqlite else id

    def _among(
        self, rows: Rows, query: str, column: str, values: Sequence[object], order: str = ""
    ) -> Iterator[Any]:
        """Yield the rows of *query* that have one of *values* in *column*."""
        for start in range(0, len(values), AT_ONCE):
            some = list(values[start : start + AT_ONCE])
            among = f"IN ({', '.join('?' * len(some))})" if self.on_sqlite else "= ANY(%b)"
            asked = f"{query} WHERE {column} {among} {order}"
            yield from rows(asked, some if self.on_sqlite else [some])


def _uuid(id: UUID | bytes) -> UUID:
    return id if isinstance(id, UUID) else UUID(bytes=id)
