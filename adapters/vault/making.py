"""Data keys made, by one transaction in the driver's own words: whoever begins a case waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from adapters.eventstore.appending import moment
from adapters.vault.errors import VaultMissing
from adapters.vault.kinds import DataKey
from adapters.vault.lock import Lock
from adapters.vault.sealing import KEY_BYTES
from adapters.vault.tables import KeyColumn, Rows, VaultTables
from domain.ids import derived


class Making:
    """Makes data keys, and subjects for whoever nobody knew yet; *chance* is the only dice."""

    def __init__(
        self,
        tables: VaultTables,
        lock: Lock,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
    ) -> None:
        self.tables, self.lock, self.now, self.chance = tables, lock, now, chance
        # Shared until the transaction ends: no other master key is taken meanwhile.
        shared = "" if tables.on_sqlite else " FOR SHARE"
        self._current = f"SELECT master_key FROM {tables.state.fullname}{shared}"  # noqa: S608 - our names
        self._person = self._inserting(tables.lookups, "hash", "subject")
        self._key = self._inserting(
            tables.data_keys, "id", "subject", "case_id", "wrapped", "master_key", "created_at"
        )
        self._quick = _quickly(tables)
        self._last: str | None = None
        """The master key that was current when this was last asked."""

    def _inserting(self, table: Table, *columns: str) -> str:
        marks = ", ".join(["?" if self.tables.on_sqlite else "%b"] * len(columns))
        names = ", ".join(columns)
        into = f"{table.fullname} ({names})"
        return f"INSERT INTO {into} VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of our own

    def make(self, connection: Any, cases: Mapping[UUID, bytes | None]) -> list[DataKey] | None:
        """Return the keys of *cases*, made where there are none, by a *connection* in a transaction.

        Each case comes with the hash that its person is looked up by, or is a subject of its own.
        None says that another process was quicker: its keys count, and can be asked for afterwards.
        """
        current = self._current_master_key(connection)
        there = self.select(_asking(connection), "case_id", list(cases)) if any(cases.values()) else []
        new = {case: cases[case] for case in sorted(cases.keys() - {key.case for key in there})}
        subjects = self._subjects(connection, sorted({hash for hash in new.values() if hash is not None}))
        made = [
            DataKey(
                UUID(bytes=self.chance(16)),
                derived(case, "subject") if hash is None else subjects[hash],
                case,
                self.chance(KEY_BYTES),
            )
            for case, hash in new.items()
        ]
        count = _inserted(connection, self._key, [self._row(key, current) for key in made])
        return None if count < len(made) else [*there, *made]

    def make_quickly(self, rows: Rows, case: UUID, hash: bytes, destroyed: int) -> DataKey | None:
        """Return the key of a new *case* of a person, made by one statement on PostgreSQL that stands alone.

        A transaction takes six ways there and back.  None says that nothing is made: the case has a
        key, another master key is current, somebody else was quicker, or keys were *destroyed* once
        more than is known here, which the statement looks at last: what it saw before may be gone.
        `make` sorts that out.
        """
        if self._last is None:
            return None
        key = DataKey(UUID(bytes=self.chance(16)), UUID(bytes=self.chance(16)), case, self.chance(KEY_BYTES))
        id, subject, _, wrapped, current, at = self._row(key, self._last)
        found = rows(self._quick, [current, destroyed, case, hash, hash, subject, id, case, wrapped, at])
        return replace(key, subject=found[0][0]) if found else None

    def select(self, rows: Rows, column: KeyColumn, ids: Sequence[UUID]) -> list[DataKey]:
        """Return the keys that have one of *ids* in *column*, unwrapped; None for what was destroyed."""
        return [
            DataKey(id, subject, case, None if wrapped is None else self.lock.unwrap(wrapped, master_key))
            for id, subject, case, wrapped, master_key in self.tables.keys_by(rows, column, ids)
        ]

    def _current_master_key(self, connection: Any) -> str:
        found = connection.execute(self._current).fetchall()
        if not found:
            raise VaultMissing("(it was never begun)")
        self._last = found[0][0]
        return found[0][0]

    def _subjects(self, connection: Any, hashes: Sequence[bytes]) -> dict[bytes, UUID]:
        """Return the subject known by each hash; those that nobody has become new ones."""
        found = dict(self.tables.subjects_by(_asking(connection), hashes))
        new = {each: UUID(bytes=self.chance(16)) for each in hashes if each not in found}
        rows = [(hash, self.tables.kept(subject)) for hash, subject in new.items()]
        if _inserted(connection, self._person, rows) < len(rows):
            return dict(self.tables.subjects_by(_asking(connection), hashes))
        return found | new

    def _row(self, key: DataKey, current: str) -> Sequence[object]:
        kept, wrapped = self.tables.kept, self.lock.wrap(key.key or b"", current)
        at = moment(self.now(), sqlite=self.tables.on_sqlite)
        return kept(key.id), kept(key.subject), kept(key.case), wrapped, current, at


def _quickly(tables: VaultTables) -> str:
    """Return the statement that makes one key, and its subject where nobody knows the person yet."""
    state, lookups, keys = (each.fullname for each in (tables.state, tables.lookups, tables.data_keys))
    return (
        f"WITH current AS (SELECT master_key FROM {state} WHERE master_key = %b "  # noqa: S608 - names of ours
        "AND destroyed = %b "
        f"AND NOT EXISTS (SELECT FROM {keys} WHERE case_id = %b) FOR SHARE), "
        f"known AS (SELECT subject FROM {lookups} WHERE hash = %b), "
        f"fresh AS (INSERT INTO {lookups} (hash, subject) SELECT %b, %b FROM current "
        "WHERE NOT EXISTS (SELECT FROM known) ON CONFLICT DO NOTHING RETURNING subject), "
        "person AS (SELECT subject FROM known UNION ALL SELECT subject FROM fresh) "
        f"INSERT INTO {keys} (id, subject, case_id, wrapped, master_key, created_at) "
        "SELECT %b, person.subject, %b, %b, current.master_key, %b "
        "FROM current, person ON CONFLICT DO NOTHING RETURNING subject"
    )


def _asking(connection: Any) -> Rows:
    """Return how *connection*, which is in a transaction, is asked for rows."""
    return lambda query, values: connection.execute(query, values).fetchall()


def _inserted(connection: Any, statement: str, rows: Sequence[Sequence[object]]) -> int:
    """Insert those of *rows* that nobody else has inserted; return how many those were."""
    if not rows:
        return 0
    cursor = connection.cursor()
    if len(rows) == 1:
        cursor.execute(statement, rows[0])
    else:
        cursor.executemany(statement, rows)
    return cursor.rowcount
