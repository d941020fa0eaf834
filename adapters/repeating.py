"""Work that is done again and again in the background, and survives a database that is away."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import structlog

log = structlog.get_logger()


class Repeating:
    """A thread that does *work* at once, and then every *seconds* until it is stopped."""

    def __init__(self, name: str, work: Callable[[], object], seconds: float) -> None:
        self.name, self._work, self._seconds = name, work, seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what runs, and stop."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            try:
                self._work()
            except Exception:
                log.exception("background_work_failed", work=self.name)
            if self._stopping.wait(self._seconds):
                return
