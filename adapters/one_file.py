"""Whether a file of SQLite is still the one that was opened: what goes into another is found by nobody.

Whoever has a file open goes on in it after it was deleted, or another one was put in its place, and
is told nothing: what is acknowledged then is gone with the process.
"""

from __future__ import annotations

import os
import sqlite3

import structlog

log = structlog.get_logger()


class OneFile:
    """The file at *path*, as it was when the first connection was made; without a path, any."""

    def __init__(self, path: str | None) -> None:
        self._path = path or ""
        self._first: tuple[int, int] | None = None

    def note(self, _connection: object, _record: object) -> None:
        """Remember which file it is that was opened."""
        if self._first is None:
            self._first = self._now()

    def forget(self) -> None:
        """Take whichever file is opened next for the one: nobody has this one open any more."""
        self._first = None

    def before(self, *_connecting: object) -> None:
        """Refuse to open another one beside those that are open: an empty one would be made in its place."""
        self.refuse_another()

    def refuse_another(self) -> None:
        """Raise OperationalError when the file was deleted or another one stands in its place."""
        if self._first is not None and self._now() != self._first:
            remedy = (
                f"{self._path} was deleted or replaced while it was open. Stop every process of Plaint, put "
                "back the file that is to be used, without a -wal and -shm of another one, and start again."
            )
            log.error("database_file_replaced", remedy=remedy)
            raise sqlite3.OperationalError(remedy)

    def _now(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - in every transaction that writes; a Path takes thrice as long
        except OSError:
            return None
        return found.st_dev, found.st_ino
