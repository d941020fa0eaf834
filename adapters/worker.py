"""The worker: keeps the read models up to date while the desk is open."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

from adapters.feed import Signal
from adapters.vault.errors import VaultAway
from adapters.views.engine import AheadOfTheLog, ViewEngine

log = structlog.get_logger()

POLL = 0.2
"""Seconds between two looks at the logs: correct alone, a signal only makes it quicker."""
PACE = 0.03
"""Seconds to rest after a round: what comes meanwhile is folded together, for little more than one event."""
PATIENCE = 1.0
"""Seconds to wait after a failure, such as a database that is away."""
TRY_AGAIN = 300.0
"""Seconds between two attempts at an event that stopped a read model: what was wrong may be mended."""


class Worker:
    """A thread that folds new events as they come, with *pace* seconds of rest between two rounds.

    Before each look *prepare* mends what is missing.
    """

    def __init__(
        self,
        engine: ViewEngine,
        recorded: Signal,
        name: str = "read-models",
        *,
        prepare: Callable[[], object] = lambda: None,
        pace: float = PACE,
    ) -> None:
        self._engine, self._recorded, self._prepare, self._pace = engine, recorded, prepare, pace
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to follow the logs."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch that runs, and stop."""
        self._stopping.set()
        self._recorded.arrived()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        tried_at = float("-inf")
        while not self._stopping.is_set():
            seen = self._recorded.count
            try:
                self._prepare()
                if time.monotonic() - tried_at >= TRY_AGAIN:
                    self._engine.retry()
                    tried_at = time.monotonic()
                self._engine.catch_up(stopping=self._stopping.is_set)
            except VaultAway as error:
                log.warning("read_models_wait_for_the_vault", remedy=error.remedy)
                self._stopping.wait(PATIENCE)
            except AheadOfTheLog as error:
                log.error("read_models_ahead_of_the_log", remedy=str(error))  # noqa: TRY400 - no fault of ours
                self._stopping.wait(PATIENCE)
            except Exception:
                log.exception("read_models_not_updated")
                self._stopping.wait(PATIENCE)
            else:
                self._stopping.wait(self._pace)
                self._recorded.wait(seen, POLL)
