"""Sends what is due, to each receiver a few messages at a time, so that a slow one holds up no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from adapters.outbox import retries
from adapters.outbox.deliveries import Claimed, Deliveries
from adapters.outbox.messages import MEDIA_TYPE
from adapters.outbox.posting import Outcome, Poster
from adapters.outbox.signing import headers
from adapters.outbox.webhooks import Webhooks
from adapters.vault.showing import Showing
from domain.kernel import Value
from domain.privacy import Kept, PersonalLine
from domain.webhooks import Reason, Webhook

log = structlog.get_logger()

THREADS = 32
"""Messages that one process sends at a time, to all receivers together."""
ONE_HOST = 8
"""Of them to one host, whatever many webhooks lead there: one that hangs leaves threads to the others."""
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

    @property
    def host(self) -> str:
        """Where all that is sent goes."""
        return urlsplit(self.url).netloc.lower()


class Sender:
    """Claims messages and sends them; *disable* is told of a receiver that is to get no more."""

    def __init__(
        self,
        webhooks: Webhooks,
        deliveries: Deliveries,
        poster: Poster,
        showing: Showing,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
        disable: Callable[[UUID, Reason], object],
        done: Callable[[], object] = lambda: None,
    ) -> None:
        self.webhooks, self.deliveries, self.poster, self.showing = webhooks, deliveries, poster, showing
        self.now, self.chance, self.disable, self.done = now, chance, disable, done
        self.attempts: Counter[str] = Counter()
        """Attempts of this process, by what became of them."""
        self._busy: Counter[UUID] = Counter()
        self._hosts: Counter[str] = Counter()
        self._stopping = False
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhooks")
        self._running: set[Future[None]] = set()

    def round(self) -> int:
        """Begin to send what is due and has room; return how many messages that were.

        Those to whom least is on its way come first.
        """
        begun = 0
        for webhook in sorted(self.webhooks.all(), key=lambda each: self._busy[each.id]):
            if webhook.disabled is None and webhook.terms is not None and not self._stopping:
                begun += self._begin(webhook, webhook.terms.concurrency)
        return begun

    def settle(self, seconds: float | None = None) -> None:
        """Wait until what is on its way has ended."""
        wait(list(self._running), timeout=seconds)

    def stop(self) -> None:
        """End what is on its way, begin nothing more, and give back what was claimed and not begun."""
        self._stopping = True
        self._pool.shutdown(wait=True)

    def _begin(self, webhook: Webhook, most: int) -> int:
        now = self.now()
        if self._busy[webhook.id] >= most or not self.deliveries.due(webhook.id, now):
            return 0
        receiver = self._opened(webhook, now)
        if receiver is None:
            return 0
        room = min(THREADS - sum(self._busy.values()), ONE_HOST - self._hosts[receiver.host])
        if room <= 0:
            return 0
        claimed = self.deliveries.claim(webhook.id, most, now, room=room)
        for each in claimed:
            self._start(receiver, each)
        return len(claimed)

    def _start(self, receiver: Receiver, claimed: Claimed) -> None:
        with self._lock:
            self._busy[receiver.id] += 1
            self._hosts[receiver.host] += 1
        try:
            future = self._pool.submit(self._send, receiver, claimed)
        except RuntimeError:  # stopped meanwhile
            self._let_go(receiver)
            self.deliveries.give_back(claimed)
            return
        self._running.add(future)
        future.add_done_callback(self._ended)

    def _let_go(self, receiver: Receiver) -> None:
        with self._lock:
            self._busy[receiver.id] -= 1
            self._hosts[receiver.host] -= 1
            self._busy, self._hosts = +self._busy, +self._hosts

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
            if self._stopping:
                self.deliveries.give_back(claimed)
                return
            self._settle(receiver, claimed, self._attempt(receiver, claimed))
        except Exception as error:  # noqa: BLE001 - the lease ends, and the message is sent again
            log.error("webhook_not_settled", delivery_id=str(claimed.id), error=type(error).__name__)  # noqa: TRY400 - no values
        finally:
            self._let_go(receiver)

    def _attempt(self, receiver: Receiver, claimed: Claimed) -> Outcome:
        """Send the message; what nobody has thought of counts as a failure, and has an end like others."""
        try:
            signed = headers(str(claimed.id), claimed.body, receiver.secrets, self.now())
            said = {"Content-Type": MEDIA_TYPE, "User-Agent": AGENT} | signed
            return self.poster.post(receiver.url, claimed.body, said)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be tried for ever
            log.error("webhook_attempt_broken", delivery_id=str(claimed.id), error=type(error).__name__)  # noqa: TRY400 - no values
            return Outcome(error="protocol")

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
