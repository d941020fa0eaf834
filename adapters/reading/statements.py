"""What is said to the database when readings are stored; a question mark stands for a value.

On PostgreSQL the rows of a batch come as columns, so that a batch is one statement however large it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.eventstore.appending import moment
from adapters.reading.tables import SCHEMA

EVENTS = "number, originator_id, originator_version, topic, state"
READERS = "number, reader, acting, case_id, read_at"
OF_EVENTS = ("int8[]", "uuid[]", "int4[]", "text[]", "bytea[]")
OF_READERS = ("int8[]", "text[]", "bool[]", "uuid[]", "timestamptz[]")


class Statements:
    """The statements of the record of reading, on a connection of the driver that is in a transaction."""

    def __init__(self, *, sqlite: bool) -> None:
        self.sqlite, self._in = sqlite, "" if sqlite else f"{SCHEMA}."
        # No change, but the lock: the versions of the cases are read under it.
        self._hold = f"UPDATE {self._in}head SET last = last RETURNING last"
        self._last = f"UPDATE {self._in}head SET last = ?"
        self._beyond = (
            f"SELECT originator_id, originator_version, topic, state FROM {self._in}events WHERE number > ?"
        )
        self._versions = (
            f"SELECT originator_id, max(originator_version) FROM {self._in}events "
            "WHERE originator_id {} GROUP BY originator_id"
        )
        self._store = self._said(
            f"WITH moved AS ({self._last}), "
            f"stored AS (INSERT INTO {self._in}events ({EVENTS}) SELECT * FROM {_columns(OF_EVENTS)}) "
            f"INSERT INTO {self._in}readers ({READERS}) SELECT * FROM {_columns(OF_READERS)}"
        )

    def hold(self, connection: Any) -> int:
        """Take the lock of the head row and return the number of the last reading."""
        ((last,),) = connection.execute(self._said(self._hold)).fetchall()
        return last

    def beyond(self, connection: Any, number: int) -> list[tuple[UUID, int, str, bytes]]:
        """Return what is stored beyond *number*."""
        rows = connection.execute(self._said(self._beyond), [number]).fetchall()
        return [(self._uuid(id), *rest) for id, *rest in rows]

    def versions(self, connection: Any, cases: Sequence[UUID]) -> dict[UUID, int]:
        """Return how often each of *cases* was read, without those that never were."""
        if self.sqlite:
            among, values = f"IN ({', '.join('?' * len(cases))})", [each.bytes for each in cases]
        else:
            among, values = "= ANY(?)", [list(cases)]
        rows = connection.execute(self._said(self._versions.format(among)), values).fetchall()
        return {self._uuid(id): version for id, version in rows}

    def store(
        self,
        connection: Any,
        last: int,
        events: Sequence[tuple[int, UUID, int, str, bytes]],
        readers: Sequence[tuple[int, str, bool, UUID, datetime]],
    ) -> None:
        """Store rows of both tables, as their columns are named here; *last* is the number reached."""
        if not self.sqlite:
            columns = [list(column) for rows in (events, readers) for column in zip(*rows, strict=True)]
            connection.execute(self._store, [last, *columns])
            return
        connection.execute(self._last, [last])
        connection.executemany(
            f"INSERT INTO events ({EVENTS}) VALUES (?, ?, ?, ?, ?)",
            [(number, id.bytes, *rest) for number, id, *rest in events],
        )
        connection.executemany(
            f"INSERT INTO readers ({READERS}) VALUES (?, ?, ?, ?, ?)",
            [(*rest, id.bytes, moment(at, sqlite=True)) for *rest, id, at in readers],
        )

    def _said(self, text: str) -> str:
        return text if self.sqlite else text.replace("?", "%b")

    def _uuid(self, id: Any) -> UUID:
        return UUID(bytes=id) if self.sqlite else id


def _columns(types: Sequence[str]) -> str:
    return f"unnest({', '.join(f'?::{each}' for each in types)})"
