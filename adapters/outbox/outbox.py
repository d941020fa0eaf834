"""The outbox at work: two threads of a worker, one that makes messages and one that sends them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from uuid import UUID

import structlog

from adapters.desk import Desk
from adapters.eventstore.store import CaseStore
from adapters.feed import Signal
from adapters.outbox.addresses import Guard
from adapters.outbox.deliveries import Deliveries
from adapters.outbox.follower import Follower
from adapters.outbox.posting import Poster
from adapters.outbox.sender import Sender
from adapters.outbox.webhooks import Webhooks
from adapters.vault.showing import Showing
from domain.errors import DomainError
from domain.webhook_commands import Disable
from domain.webhooks import Reason, Webhook

log = structlog.get_logger()

POLL = 1.0
"""Seconds between two looks for something new or due: correct alone, a signal only makes it quicker."""
PACE = 0.05
"""Seconds to rest after a look at the logs: a burst of events is one."""
PATIENCE = 2.0
"""Seconds to wait after a failure, such as a database that is away."""
PURGE_EVERY = 3600.0
TRY_AGAIN = 300.0
"""Seconds between two attempts at an event that could not be read: what was wrong may be mended."""
ACTOR = "system:webhooks"


class Outbox:
    """The webhooks of an installation: their messages, and what makes and sends them."""

    def __init__(
        self,
        store: CaseStore,
        desk: Desk,
        showing: Showing,
        recorded: Signal,
        guard: Guard,
        *,
        source: str,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
    ) -> None:
        self.desk, self.guard, self.now, self.source = desk, guard, now, source
        self._recorded = recorded
        self.webhooks = Webhooks(store.database, store)
        self.deliveries = Deliveries(store.database, self.webhooks.there)
        self.follower = Follower(store, self.webhooks, self.deliveries, source=source, now=now)
        self.news = Signal()
        self.poster = Poster(guard, now=now)
        self.sender = Sender(
            self.webhooks,
            self.deliveries,
            self.poster,
            showing,
            now=now,
            chance=chance,
            disable=self.disable,
            done=self.news.arrived,
        )
        self._stopping = Event()
        self._threads = [
            Thread(target=self._keep, args=(work,), name=name, daemon=True)
            for name, work in (("webhooks-follow", self._follow), ("webhooks-send", self._send))
        ]
        self._purged_at = self._tried_at = float("-inf")

    def start(self) -> None:
        """Begin to make and to send messages."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and end what is on its way."""
        self._stopping.set()
        self._recorded.arrived()
        self.news.arrived()
        for thread in self._threads:
            thread.join(timeout=5)
        self.sender.stop()

    def disable(self, id: UUID, reason: Reason) -> None:
        """Record that nothing more is sent to a webhook."""
        try:
            self.desk.command(id, Disable(reason=reason), ACTOR, kind=Webhook)
        except DomainError as error:
            log.warning("webhook_not_disabled", webhook_id=str(id), error=type(error).__name__)
        else:
            log.error("webhook_disabled", webhook_id=str(id), reason=reason)
            self._recorded.send()

    def _keep(self, work: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Exception:
                log.exception("webhooks_interrupted")
                self._stopping.wait(PATIENCE)

    def _follow(self) -> None:
        seen = self._recorded.count
        if time.monotonic() - self._tried_at >= TRY_AGAIN:
            self._tried_at = time.monotonic()
            self.follower.retry()
        if self.follower.follow(stopping=self._stopping.is_set):
            self.news.arrived()
        if time.monotonic() - self._purged_at >= PURGE_EVERY:
            self._purged_at = time.monotonic()
            self.deliveries.purge(self.webhooks.ids(), self.now())
        if not self._stopping.wait(PACE):
            self._recorded.wait(seen, POLL)

    def _send(self) -> None:
        seen = self.news.count
        self.sender.round()
        if not self._stopping.is_set():
            self.news.wait(seen, POLL)
