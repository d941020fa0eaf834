"""HMAC-SHA-256 (RFC 2104) under one key, for what is hashed many times a second.

OpenSSL looks its algorithms up anew for every code it makes, which takes ten times as long as the
hash of a short text; what does not depend on the text is done once here.
"""

from __future__ import annotations

from hashlib import sha256

_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Keyed:
    """Codes under *key*; any thread may ask for one."""

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner, self._outer = sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))

    def digest(self, text: bytes) -> bytes:
        """Return the code of *text*, 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()
