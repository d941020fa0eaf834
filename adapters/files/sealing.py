"""How a file is sealed while it comes, and opened while it goes: never whole in memory.

Every file has a random key of 32 bytes.  What is kept is::

    4 bytes  PLF1
    4        bytes of clear text in each chunk but the last, big-endian
    7        prefix of the nonces, random
    …        chunks: ciphertext of AES-256-GCM and its tag of 16

The nonce of chunk *n* is prefix, *n* in 4 bytes, and 1 for the last chunk, else 0: the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015).  Chunks that are left out,
exchanged, repeated or cut off at the end do not open.  The associated data of every chunk is the
head, the id of the case and the id of the file: what is kept of one file opens as no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.errors import SealBroken

MAGIC = b"PLF1"
CHUNK = 256 * 1024
"""Bytes of clear text in a chunk: little enough to keep many in memory, and no more tags than needed."""
TAG = 16
PREFIX_BYTES = 7
KEY_BYTES = 32
HEAD_BYTES = len(MAGIC) + 4 + PREFIX_BYTES
MOST_CHUNK = 1 << 24
"""A head that says more is damaged: nobody may be made to hold as much."""


class Cipher:
    """The chunks of one file."""

    def __init__(self, key: bytes, case: UUID, file: UUID, head: bytes) -> None:
        self._cipher, self._bound = AESGCM(key), head + case.bytes + file.bytes
        self._prefix, self._number = head[-PREFIX_BYTES:], 0

    def seal(self, chunk: bytes, *, last: bool) -> bytes:
        """Return the next chunk sealed."""
        return self._cipher.encrypt(self._nonce(last=last), chunk, self._bound)

    def open(self, chunk: bytes, *, last: bool) -> bytes:
        """Return the next chunk in clear; raise SealBroken where it is another one, or damaged."""
        try:
            return self._cipher.decrypt(self._nonce(last=last), chunk, self._bound)
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def _nonce(self, *, last: bool) -> bytes:
        nonce = self._prefix + self._number.to_bytes(4) + bytes((last,))
        self._number += 1
        return nonce


class Sealer:
    """Seals a file that comes piece by piece; what it returns is to be kept in this order."""

    def __init__(self, key: bytes, case: UUID, file: UUID, prefix: bytes) -> None:
        self._head = MAGIC + CHUNK.to_bytes(4) + prefix
        self._cipher, self._rest = Cipher(key, case, file, self._head), bytearray()
        self._begun = False

    def add(self, piece: bytes) -> bytes:
        """Return what can be sealed by now; the last chunk waits until the end is known."""
        self._rest += piece
        done = bytearray(self._beginning())
        while len(self._rest) > CHUNK:
            done += self._cipher.seal(bytes(self._rest[:CHUNK]), last=False)
            del self._rest[:CHUNK]
        return bytes(done)

    def finish(self) -> bytes:
        """Return the end of the file."""
        return self._beginning() + self._cipher.seal(bytes(self._rest), last=True)

    def _beginning(self) -> bytes:
        head, self._begun = b"" if self._begun else self._head, True
        return head


def opened(pieces: Iterable[bytes], key: bytes, case: UUID, file: UUID) -> Iterator[bytes]:
    """Yield the file whose sealed bytes are *pieces*, of whatever length, chunk by chunk.

    Raises SealBroken at the first chunk that is not what was sealed in its place; what was
    yielded before it is true.
    """
    coming, rest = iter(pieces), bytearray()
    while len(rest) < HEAD_BYTES and (piece := next(coming, b"")):
        rest += piece
    head = bytes(rest[:HEAD_BYTES])
    length = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 4]) + TAG
    if not head.startswith(MAGIC) or len(head) < HEAD_BYTES or length > MOST_CHUNK:
        raise SealBroken
    del rest[:HEAD_BYTES]
    cipher = Cipher(key, case, file, head)
    for piece in coming:
        rest += piece
        while len(rest) > length:
            yield cipher.open(bytes(rest[:length]), last=False)
            del rest[:length]
    while len(rest) > length:
        yield cipher.open(bytes(rest[:length]), last=False)
        del rest[:length]
    yield cipher.open(bytes(rest), last=True)
