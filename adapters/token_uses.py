"""When tokens were used last: kept beside the read models, outside the log, to the minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

import structlog
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Database
from adapters.views.tables import token_uses

log = structlog.get_logger()

OFTEN = timedelta(minutes=1)
"""How often the use of one token is worth a write."""
SECONDS = 5.0
"""Between two writes: what was noted since then is one transaction."""


class TokenUses:
    """Notes uses in memory, where it costs a request nothing, and writes them in bulk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[UUID, datetime] = {}
        self._waiting: dict[UUID, datetime] = {}
        self._lock = Lock()

    def note(self, id: UUID, now: datetime) -> None:
        """Note that the token was used *now*."""
        before = self._noted.get(id)
        if before is None or now - before >= OFTEN:
            with self._lock:
                self._noted[id] = self._waiting[id] = now

    def write(self) -> None:
        """Write what was noted; what could not be written is noted for the next time."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        insert = (sqlite if self._database.is_sqlite else postgresql).insert(token_uses)
        later = insert.on_conflict_do_update(
            index_elements=["id"],
            set_={"used_at": insert.excluded.used_at},
            where=insert.excluded.used_at > token_uses.c.used_at,
        )
        # In one order everywhere: two processes that write the same tokens cannot lock up.
        rows = [{"id": id, "used_at": at} for id, at in sorted(waiting.items())]
        try:
            with self._database.write() as connection:
                connection.execute(later, rows)
        except Exception:
            with self._lock:
                self._waiting = waiting | self._waiting
            raise

    def write_last(self) -> None:
        """Write what is left when a process stops; where the database is away, it is lost."""
        try:
            self.write()
        except Exception as error:  # noqa: BLE001 - a last use is not worth a failed stop
            log.warning("token_uses_lost", error=type(error).__name__)
