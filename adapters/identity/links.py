"""Links by which a complainant reads one case: signed, expiring, and taken back all at once."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest, digest
from uuid import UUID

from adapters.tokens import PREFIX
from domain.access import Principal, Role
from domain.ids import EPOCH

LINK_PREFIX = f"{PREFIX}link_"
"""Tells a link from an API token, and lets a leaked one be recognised by scanners."""
PURPOSE = b"plaint link 1\0"
CASE_BYTES, EXPIRY_BYTES, GENERATION_BYTES, MAC_BYTES = 16, 5, 3, 16
PAYLOAD_BYTES = CASE_BYTES + EXPIRY_BYTES + GENERATION_BYTES
LENGTH = len(LINK_PREFIX) + (PAYLOAD_BYTES + MAC_BYTES) * 8 // 6 + 1


@dataclass(frozen=True)
class Link:
    """What a link opens: one case, until an instant, while its links are of that generation."""

    case: UUID
    expires_at: datetime
    generation: int

    @property
    def principal(self) -> Principal:
        """Who comes in by the link."""
        return Principal(id=f"complainant:{self.case}", role=Role.COMPLAINANT, cases=frozenset({self.case}))


class Links:
    """Makes links and reads them; *secret* is the key that nobody else has."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self.secret = secret

    def written(self, link: Link) -> str:
        """Return *link* as it is handed out; the same link is always written the same."""
        seconds = int((link.expires_at - EPOCH).total_seconds())
        payload = (
            link.case.bytes + seconds.to_bytes(EXPIRY_BYTES) + link.generation.to_bytes(GENERATION_BYTES)
        )
        return LINK_PREFIX + urlsafe_b64encode(payload + self._mac(payload)).rstrip(b"=").decode()

    def read(self, text: str) -> Link | None:
        """Return the link that *text* is, None when we did not make it; whether it opens is not said."""
        if not is_link(text):
            return None
        encoded = text.removeprefix(LINK_PREFIX)
        try:
            data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            return None
        payload, mac = data[:PAYLOAD_BYTES], data[PAYLOAD_BYTES:]
        if not compare_digest(mac, self._mac(payload)):
            return None
        expiry = payload[CASE_BYTES : CASE_BYTES + EXPIRY_BYTES]
        return Link(
            case=UUID(bytes=payload[:CASE_BYTES]),
            expires_at=EPOCH + timedelta(seconds=int.from_bytes(expiry)),
            generation=int.from_bytes(payload[-GENERATION_BYTES:]),
        )

    def _mac(self, payload: bytes) -> bytes:
        return digest(self.secret(), PURPOSE + payload, "sha256")[:MAC_BYTES]


def is_link(text: str) -> bool:
    """Whether *text* has the form of a link; an API token is shorter."""
    return text.startswith(LINK_PREFIX) and len(text) == LENGTH
