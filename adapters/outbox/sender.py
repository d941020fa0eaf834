"""Sends what is due, to each receiver a few messages at a time, so that a slow one holds up no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

import structlog

from adapters.outbox import retries
from adapters.outbox.deliveries import Claimed, Deliveries
from adapters.outbox.directory import Directory
from adapters.outbox.messages import MEDIA_TYPE
from adapters.outbox.posting import Outcome, Poster
from adapters.outbox.signing import headers
from adapters.vault.showing import Showing
from domain.kernel import Value
from domain.privacy import Kept, PersonalLine
from domain.webhooks import Reason, Webhook

log = structlog.get_logger()

THREADS = 32
"""Messages that one process sends at a time, to all receivers together."""
AGENT = "Plaint-Webhooks/1"


class _Address(Value):
    url: Kept[PersonalLine]


@dataclass(frozen=True)
class Receiver:
    """A webhook whose address and secrets are in clear, for as long as a message is sent."""

    id: UUID
    url: str
    secrets: tuple[str, ...]
    enabled_at: datetime


class Sender:
    """Claims messages and sends them; *disable* is told of a receiver that is to get no more."""

    def __init__(
        self,
        directory: Directory,
        deliveries: Deliveries,
        poster: Poster,
        showing: Showing,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
        disable: Callable[[UUID, Reason], object],
        done: Callable[[], object] = lambda: None,
    ) -> None:
        self.directory, self.deliveries, self.poster, self.showing = directory, deliveries, poster, showing
        self.now, self.chance, self.disable, self.done = now, chance, disable, done
        self.attempts: Counter[str] = Counter()
        """Attempts of this process, by what became of them."""
        self._busy: Counter[UUID] = Counter()
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhooks")
        self._running: set[Future[None]] = set()

    def round(self) -> int:
        """Begin to send what is due and has room; return how many messages that were."""
        begun = 0
        for webhook in self.directory.all():
            if webhook.disabled is None and webhook.terms is not None:
                begun += self._begin(webhook, webhook.terms.concurrency)
        return begun

    def settle(self, seconds: float | None = None) -> None:
        """Wait until what is on its way has ended."""
        wait(list(self._running), timeout=seconds)

    def stop(self) -> None:
        """End what is on its way, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self, webhook: Webhook, most: int) -> int:
        now = self.now()
        if self._busy[webhook.id] >= most or not self.deliveries.due(webhook.id, now):
            return 0
        receiver = self._opened(webhook, now)
        if receiver is None:
            return 0
        claimed = self.deliveries.claim(webhook.id, most, now)
        for each in claimed:
            with self._lock:
                self._busy[webhook.id] += 1
            future = self._pool.submit(self._send, receiver, each)
            self._running.add(future)
            future.add_done_callback(self._ended)
        return len(claimed)

    def _opened(self, webhook: Webhook, now: datetime) -> Receiver | None:
        """Return *webhook* with what is sealed of it opened, or None while the keys are away."""
        address = self.showing.row(_Address(url=webhook.url), webhook.id).url
        signing = [self.showing.row(each, webhook.id).value for each in webhook.signing(now)]
        secrets = tuple(each for each in signing if isinstance(each, str))
        if not isinstance(address, str) or len(secrets) < len(signing) or webhook.enabled_at is None:
            return None
        return Receiver(webhook.id, address, secrets, webhook.enabled_at)

    def _ended(self, future: Future[None]) -> None:
        self._running.discard(future)
        self.done()

    def _send(self, receiver: Receiver, claimed: Claimed) -> None:
        try:
            outcome = self._attempt(receiver, claimed)
            self._settle(receiver, claimed, outcome)
        except Exception as error:  # noqa: BLE001 - the lease ends, and the message is sent again
            log.error("webhook_not_settled", delivery_id=str(claimed.id), error=type(error).__name__)  # noqa: TRY400 - no values
        finally:
            with self._lock:
                self._busy[receiver.id] -= 1

    def _attempt(self, receiver: Receiver, claimed: Claimed) -> Outcome:
        signed = headers(str(claimed.id), claimed.body, receiver.secrets, self.now())
        said = {"Content-Type": MEDIA_TYPE, "User-Agent": AGENT} | signed
        return self.poster.post(receiver.url, claimed.body, said)

    def _settle(self, receiver: Receiver, claimed: Claimed, outcome: Outcome) -> None:
        now = self.now()
        said = {"webhook_id": str(receiver.id), "delivery_id": str(claimed.id), "attempt": claimed.attempt}
        with self._lock:
            self.attempts[outcome.error or "delivered"] += 1
        if outcome.error is None:
            self.deliveries.delivered(claimed, outcome, now)
            log.info("webhook_delivered", **said, status=outcome.status)
            return
        log.warning("webhook_failed", **said, status=outcome.status, error=outcome.error)
        again = None
        if outcome.error != "gone" and claimed.attempt < retries.ATTEMPTS:
            again = now + retries.wait(claimed.attempt, self.chance, outcome.retry_after)
        since = self.deliveries.failed(claimed, outcome, now, again, receiver.enabled_at)
        if outcome.error == "gone":
            self.disable(receiver.id, "gone")
        elif since is not None and now - since >= retries.GIVE_UP:
            self.disable(receiver.id, "failing")
