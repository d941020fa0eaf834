"""The worker: keeps the read models up to date while the desk is open."""

from __future__ import annotations

from threading import Event, Thread

import structlog

from adapters.views.engine import ViewEngine

log = structlog.get_logger()

POLL = 0.2
"""Seconds between two looks at the log: correct alone, a wake-up only makes it quicker."""
PATIENCE = 1.0
"""Seconds to wait after a failure, such as a database that is away."""


class Worker:
    """A thread that folds new events as they come."""

    def __init__(self, engine: ViewEngine) -> None:
        self._engine = engine
        self._wake, self._stopping = Event(), Event()
        self._thread = Thread(target=self._run, name="read-models", daemon=True)

    def start(self) -> None:
        """Begin to follow the log."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something new."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch that runs, and stop."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            pause = POLL
            try:
                self._engine.catch_up()
            except Exception:
                log.exception("read_models_not_updated")
                pause = PATIENCE
            self._wake.wait(pause)
