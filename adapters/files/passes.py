"""Passes by which whoever sent a case without signing in adds files to it, for an hour."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest, digest
from uuid import UUID

from adapters.tokens import PREFIX
from domain.attachments.limits import UPLOAD_LASTS
from domain.ids import EPOCH

PASS_PREFIX = f"{PREFIX}upload_"
PURPOSE = b"plaint upload 1\0"
CASE_BYTES, EXPIRY_BYTES, MAC_BYTES = 16, 5, 16


@dataclass(frozen=True)
class UploadPass:
    """What a pass opens: files may be added to one case until an instant; nothing can be read by it."""

    case: UUID
    expires_at: datetime


def pass_for(case: UUID) -> UploadPass:
    """Return the pass of whoever sent *case*: always the same, since its id says when it was sent."""
    sent_at = EPOCH + timedelta(milliseconds=int.from_bytes(case.bytes[:6]))
    return UploadPass(case, (sent_at + UPLOAD_LASTS).replace(microsecond=0))


class Passes:
    """Writes passes and reads them; *secret* is the key that nobody else has."""

    def __init__(self, secret: Callable[[], bytes], now: Callable[[], datetime]) -> None:
        self.secret, self.now = secret, now

    def written(self, upload: UploadPass) -> str:
        """Return *upload* as it is handed out."""
        seconds = int((upload.expires_at - EPOCH).total_seconds())
        payload = upload.case.bytes + seconds.to_bytes(EXPIRY_BYTES)
        return PASS_PREFIX + urlsafe_b64encode(payload + self._mac(payload)).rstrip(b"=").decode()

    def opens(self, text: str) -> UUID | None:
        """Return the case to which files may be added by *text* now; None when it opens nothing."""
        encoded = text.removeprefix(PASS_PREFIX)
        if encoded == text:
            return None
        try:
            data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            return None
        payload, mac = data[:-MAC_BYTES], data[-MAC_BYTES:]
        if len(payload) != CASE_BYTES + EXPIRY_BYTES or not compare_digest(mac, self._mac(payload)):
            return None
        expires_at = EPOCH + timedelta(seconds=int.from_bytes(payload[CASE_BYTES:]))
        return UUID(bytes=payload[:CASE_BYTES]) if self.now() < expires_at else None

    def _mac(self, payload: bytes) -> bytes:
        return digest(self.secret(), PURPOSE + payload, "sha256")[:MAC_BYTES]
