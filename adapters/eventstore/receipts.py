"""Receipts: what a request that may be repeated was answered the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adapters.eventstore.tables import position
from domain.ids import log_of

KEEP_RECEIPTS = timedelta(hours=72)


@dataclass(frozen=True)
class Scope:
    """Under what a request is known again: who sends it, where to, and the keyed hash of its key."""

    principal: str
    path: str
    key: bytes


@dataclass(frozen=True)
class Receipt:
    """The first answer to a request that may be repeated; it holds nothing of the body.

    ``fingerprint`` is a keyed hash of what was asked; ``number`` is that of the last
    event of the case in its log.
    """

    scope: Scope
    fingerprint: bytes
    status: int
    case_id: UUID
    version: int
    recorded_at: datetime
    number: int = 0

    @property
    def position(self) -> str:
        """The place of the last event that the answer speaks of."""
        return position(log_of(self.case_id), self.number)
