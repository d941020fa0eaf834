"""Leases: of several processes one does a job, and the others know that it is done.

Deadlines need none: every scheduler tells what is due, and the case records it once.  What two must
never do at once, however long one of them stands still in the middle, is done under a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects import sqlite

from adapters.database import Database
from adapters.views.tables import leases

LASTS = timedelta(hours=1)
"""How long a job may take on SQLite before another process may think its holder dead, unless it says."""


class Holding(Protocol):
    """Lets one at a time do what has a name."""

    def hold(self, name: str) -> AbstractContextManager[bool]:
        """Hold *name* until the context ends; say whether it could be had."""
        ...


class Leases:
    """Hands out leases by name: on PostgreSQL an advisory lock, on SQLite a row with an end."""

    def __init__(
        self, database: Database, holder: str, now: Callable[[], datetime], *, lasts: timedelta = LASTS
    ) -> None:
        self.database, self.holder, self.now, self.lasts = database, holder, now, lasts

    @contextmanager
    def hold(self, name: str) -> Generator[bool]:
        """Hold the lease *name* until the context ends; say whether it could be had."""
        if not self.database.is_sqlite:
            with self._locked(name) as held:
                yield held
            return
        held = self._take(name)
        try:
            yield held
        finally:
            if held:
                self._give_back(name)

    @contextmanager
    def _locked(self, name: str) -> Generator[bool]:
        """Lock until the transaction ends, which it does with the process."""
        with self.database.write() as connection:
            yield connection.execute(select(func.pg_try_advisory_xact_lock(_key(name)))).scalar_one()

    def _take(self, name: str) -> bool:
        now, c = self.now(), leases.c
        with self.database.write() as connection:
            # A lease that begins in the future was taken under a host clock that has gone back since.
            over = or_(c.until <= now, c.taken_at > now)
            connection.execute(delete(leases).where(c.name == name, over))
            row = {"name": name, "holder": self.holder, "taken_at": now, "until": now + self.lasts}
            taken = connection.execute(sqlite.insert(leases).on_conflict_do_nothing().values(row))
            return taken.rowcount == 1

    def _give_back(self, name: str) -> None:
        mine = (leases.c.name == name, leases.c.holder == self.holder)
        with self.database.write() as connection:
            connection.execute(delete(leases).where(*mine))


class FileLocks:
    """Locks by name in *folder*, for processes of one machine: each ends with its process, and never before.

    A lease on SQLite ends by the clock, and its holder may only have stood still.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def hold(self, name: str) -> Generator[bool]:
        """Hold the lock *name* until the context ends; say whether it could be had."""
        import fcntl  # not everywhere: whoever never works on SQLite needs none

        with (self.folder / f".{name}.lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def only_one(database: Database, holder: str, now: Callable[[], datetime]) -> Holding:
    """Return what lets one process of those at *database* do something at a time, and never a second one."""
    path = database.engine.url.database
    return FileLocks(Path(path).parent) if database.is_sqlite and path else Leases(database, holder, now)


def _key(name: str) -> int:
    """Return the number under which PostgreSQL locks *name*."""
    return int.from_bytes(sha256(f"plaint/{name}".encode()).digest()[:8], "big", signed=True)
