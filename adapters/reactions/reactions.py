"""Reactions at work: one thread of a worker, woken by what is recorded."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Event, Thread

import structlog

from adapters.desk import Desk
from adapters.eventstore.store import CaseStore
from adapters.feed import Signal
from adapters.reactions.cursors import Cursors
from adapters.reactions.follower import Follower
from domain.reactions import Reaction

log = structlog.get_logger()

POLL = 1.0
"""Seconds between two looks at the logs: correct alone, a signal only makes it quicker."""
PACE = 0.05
"""Seconds to rest after a round: a burst of events is one round."""
PATIENCE = 1.0
"""Seconds to wait where something is away."""
PURGE_EVERY = 3600.0


class Reactions:
    """The reactions of an installation, and the thread that runs them."""

    def __init__(
        self,
        store: CaseStore,
        desk: Desk,
        reactions: Sequence[Reaction],
        recorded: Signal,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self.names = tuple(each.NAME for each in reactions)
        holder = f"{os.getpid()}-{os.urandom(8).hex()}"
        self.cursors = Cursors(store.database, self.names, holder=holder, now=now)
        self.follower = Follower(store, desk, reactions, self.cursors, now=now, wake=recorded.send)
        self.troubles = self.follower.troubles
        self._store, self._recorded = store, recorded
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="reactions", daemon=True)
        self._purged_at = float("-inf")

    def prepare(self) -> None:
        """Begin reactions that are new here, and those that there are in logs that are new."""
        self.cursors.prepare(self._store.ends())

    def lag(self, ends: Mapping[int, int]) -> dict[str, int]:
        """Return how many events each reaction has still to look at, to within what is not saved yet."""
        behind = dict.fromkeys(self.names, 0)
        for each in self.cursors.places():
            behind[each.reaction] += max(0, ends.get(each.log, 0) - each.number)
        return behind

    def start(self) -> None:
        """Begin to follow the logs."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the order that runs, and let other processes go on."""
        self._stopping.set()
        self._recorded.arrived()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._recorded.count
            try:
                self.follower.follow(stopping=self._stopping.is_set)
                self._purge()
            except Exception:
                log.exception("reactions_interrupted")
                self._stopping.wait(PATIENCE)
            else:
                self._stopping.wait(PACE)
                self._recorded.wait(seen, POLL)
        try:
            self.follower.let_go()
        except Exception as error:  # noqa: BLE001 - what it holds lapses by itself
            log.warning("reactions_not_given_back", error=type(error).__name__)

    def _purge(self) -> None:
        if time.monotonic() - self._purged_at >= PURGE_EVERY:
            self._purged_at = time.monotonic()
            self.follower.troubles.purge()
