"""A request that may be sent again, how it is known again without being kept, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import digest
from uuid import UUID

from adapters.eventstore.receipts import Scope
from domain.complaint import Complaint
from domain.ids import reference
from domain.kernel import Aggregate
from domain.ticket import Ticket
from domain.webhooks import Webhook

PREFIXES: Mapping[type[Aggregate], str] = {Complaint: "C", Ticket: "T", Webhook: "W"}
"""The letter by which the reference of a case tells its kind."""


@dataclass(frozen=True)
class Request:
    """A request that may be sent again: who sends it, under what key, what it asks, and where to.

    ``looked`` says that whoever asks sees to its first answer: it was looked for in this moment, or will
    be as soon as anything stands in the way.
    """

    principal: str
    key: str
    asks: bytes
    path: str = ""
    looked: bool = False

    def scope(self, secret: bytes) -> Scope:
        """Return under what it is known again; the key cannot be read back without *secret*."""
        return Scope(self.principal, self.path, _keyed(secret, b"key", self.principal, self.key))

    def fingerprint(self, secret: bytes) -> bytes:
        """Return what must be equal when the request is repeated; nothing of it can be read back."""
        return _keyed(secret, b"asks", self.principal, self.path, self.key, self.asks)

    @property
    def unanswered(self) -> Request:
        """The same request, to be carried out as if it had no first answer; its receipt prevents a second."""
        return replace(self, looked=True)

    def digest(self, secret: bytes) -> bytes:
        """Return what chooses the log of the case that it begins."""
        return _keyed(secret, b"home", self.principal, self.key)


def _keyed(secret: bytes, purpose: bytes, *parts: str | bytes) -> bytes:
    """Return a hash of *parts*, each with its length, so that no two lists of parts run together."""
    said = len(purpose).to_bytes(8) + purpose
    for part in parts:
        text = part.encode() if isinstance(part, str) else part
        said += len(text).to_bytes(8) + text
    return digest(secret, said, sha256)


@dataclass(frozen=True)
class Answer:
    """What a command answers."""

    id: UUID
    version: int
    position: str
    status: int = 200
    prefix: str = PREFIXES[Complaint]

    @property
    def reference(self) -> str:
        """The public number of the case."""
        return reference(self.id, self.prefix)
