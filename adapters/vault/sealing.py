"""How one personal value is sealed, and opened again.

Every field of every event has a key of its own: HKDF-Expand (RFC 5869) with SHA-512 from
the data key of the case gives 64 bytes, 32 for AES-256-GCM-SIV (RFC 8452) and 32 that are
stored beside the ciphertext and commit to the key, so that the key of one field can be
handed out to prove what that field says, and opens nothing else.

What is kept is base64url without padding of::

    1 byte   scheme, 1
    16       id of the data key
    4        version of the event within its case, big-endian
    1        length of the label
    …        label, UTF-8: the event's topic, a colon, the field's path
    32       commitment to the key
    12       nonce
    …        ciphertext of the value's JSON, and its tag of 16

All before the commitment, with the case's id behind it, is the info of the key and the
associated data of the cipher.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from hmac import compare_digest, digest
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from adapters.vault.errors import SealBroken

SCHEME = 1
KEY_BYTES = 32
NONCE_BYTES = 12
COMMITMENT_BYTES = 32
_ID, _VERSION, _LABEL = 1, 17, 22
"""Where id, version and label begin."""
_ID_BYTES = _VERSION - _ID
_URLSAFE = bytes.maketrans(b"-_", b"+/")


class Place(NamedTuple):
    """Where a sealed value stands: its data key, its case, the event's version, topic and field."""

    key: UUID
    case: UUID
    version: int
    label: str

    @property
    def info(self) -> bytes:
        """What stands before the commitment, with the case's id behind it."""
        label, id = self.label.encode(), self.key.bytes
        head = b"%c%b%b%c%b" % (SCHEME, id, self.version.to_bytes(4), len(label), label)
        return head + self.case.bytes


class FieldKey:
    """The key of one field of one event."""

    __slots__ = ("_bound", "_cipher", "_head", "commitment")

    def __init__(self, data_key: bytes, place: Place) -> None:
        self._bound = place.info
        self._head = self._bound[:-_ID_BYTES]
        # As long as the hash, so that HKDF-Expand ends with its first block (RFC 5869, 2.3).
        both = digest(data_key, self._bound + b"\x01", "sha512")
        self._cipher, self.commitment = AESGCMSIV(both[:KEY_BYTES]), both[KEY_BYTES:]

    def seal(self, value: bytes, nonce: bytes) -> str:
        """Return *value* sealed, as it is stored."""
        sealed = self._cipher.encrypt(nonce, value, self._bound)
        return urlsafe_b64encode(self._head + self.commitment + nonce + sealed).rstrip(b"=").decode()

    def open(self, kept: bytes) -> bytes:
        """Return the value within *kept*, the bytes of a sealed value; raise SealBroken if damaged."""
        start = len(self._head)
        nonce = start + COMMITMENT_BYTES
        end = nonce + NONCE_BYTES
        if not compare_digest(kept[start:nonce], self.commitment):
            raise SealBroken
        try:
            return self._cipher.decrypt(kept[nonce:end], kept[end:], self._bound)
        except (InvalidTag, ValueError):
            raise SealBroken from None


def decoded(text: str) -> bytes:
    """Return the bytes of the sealed value *text*; raise SealBroken when it is none."""
    try:
        # Of padding that is too much nothing is made.
        kept = a2b_base64(text.encode("ascii").translate(_URLSAFE) + b"==")
        if kept[0] != SCHEME or len(kept) < _LABEL:
            raise SealBroken
    except (NotBase64, ValueError, IndexError):
        raise SealBroken from None
    return kept


def info_of(kept: bytes, case: UUID) -> bytes:
    """Return by what the key of the sealed value *kept* of *case* is told from all others."""
    return kept[: _LABEL + kept[_LABEL - 1]] + case.bytes


def place_of(kept: bytes, case: UUID) -> Place:
    """Return where the sealed value *kept* of *case* says that it stands; raise SealBroken when nowhere."""
    try:
        return Place(
            key=UUID(bytes=kept[_ID:_VERSION]),
            case=case,
            version=int.from_bytes(kept[_VERSION : _LABEL - 1]),
            label=kept[_LABEL : _LABEL + kept[_LABEL - 1]].decode(),
        )
    except ValueError:
        raise SealBroken from None
