"""Sealed files that no case has: what a process that died left behind, and what is still to be destroyed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import structlog

from domain.attachments.file import GONE
from projections.files import FILES

if TYPE_CHECKING:
    from adapters.files.files import Files
    from adapters.files.ports import Kept
    from adapters.files.queue import FileQueue
    from adapters.leases import Leases
    from adapters.views.engine import ViewEngine

log = structlog.get_logger()

NAME = "orphan-files"
OLD = timedelta(days=1)
"""An upload is over long before; what has no case by then gets none."""
PATIENCE = 30.0
"""Seconds for which the job waits until the read model knows all that was recorded."""
AT_ONCE = 500


class Orphans:
    """A job for each night; one process does it for all."""

    def __init__(
        self,
        files: Files,
        queue: FileQueue,
        views: ViewEngine,
        leases: Leases,
        now: Callable[[], datetime],
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._files, self._queue, self._views, self._leases = files, queue, views, leases
        self._now, self._patience = now, patience

    def run(self) -> int:
        """Destroy what no case has; return how many files that were."""
        with self._leases.hold(NAME) as held:
            return self._purge() if held else 0

    def _purge(self) -> int:
        before = self._now() - OLD
        # What was kept before then is in the log by now, or never will be.
        if not self._views.wait_for(self._views.store.ends(), self._patience, [FILES.name]):
            log.warning("orphan_files_wait", read_model=FILES.name)
            return 0
        gone = 0
        kept = self._files.store.kept()
        while some := list(islice(kept, AT_ONCE)):
            addresses = list(self._orphans(some, before))
            self._files.destroy(addresses)
            gone += len(addresses)
        gone += self._files.store.sweep(before)
        if gone:
            log.info("orphan_files_destroyed", files=gone)
        return gone

    def _orphans(self, kept: list[Kept], before: datetime) -> Iterator[str]:
        statuses = self._queue.statuses([each.address for each in kept])
        for each in kept:
            status = statuses.get(each.address)
            if status in GONE or (status is None and each.since < before):
                yield each.address
