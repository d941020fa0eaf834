"""The list of rows that could not be used: line and reason, and nothing of what they say."""

from __future__ import annotations

import csv
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from adapters.importers.reading import ImportRefused, Rejected


class Rejects:
    """Writes each rejected row to a file that is only there when there are any."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._lines: list[Rejected] = []

    def add(self, row: Rejected) -> None:
        """Note one row."""
        self.count += 1
        self._lines.append(row)

    def __enter__(self) -> Self:
        with self._said_clearly():
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def flush(self) -> None:
        """Write what was noted since the last call."""
        if not self._lines:
            return
        with self._said_clearly():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            with self.path.open("a", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerows([("line", "reason")] if new else [])
                writer.writerows((each.line, each.reason) for each in self._lines)
        self._lines.clear()

    @contextmanager
    def _said_clearly(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise ImportRefused(
                f"{self.path} cannot be written ({error.strerror}); name another file for rejected rows."
            ) from None
