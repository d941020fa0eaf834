"""Opaque cursors: where the next page begins, sealed for the question and for who asks it.

AES-SIV (RFC 5297) hides what the place tells, such as how well a case fits, and knows any change.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from adapters.bootstrap import Plaint
from adapters.http.problems import Kind, Mistake, Problem
from adapters.vault.errors import VaultAway
from domain.ids import EPOCH

log = structlog.get_logger()

SECRET = "cursors"  # noqa: S105 - the name of a secret
"""The secret of the installation under which every process seals alike."""
LENGTH = 8 + 16
"""Bytes of an instant and an identifier."""
Place: TypeAlias = tuple[datetime, UUID]
Keys: TypeAlias = tuple[bytes, ...]


OWN = os.urandom(32)
"""What this process seals under while the vault is away: nobody else knows such cursors again."""


def cursor(keys: Keys, place: Place, question: str) -> str:
    """Return the cursor of *place* in the answer to *question*."""
    at, id = place
    payload = ((at - EPOCH) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True) + id.bytes
    return bound(keys, payload, question)


def place(keys: Keys, cursor: str, question: str) -> Place:
    """Return the place that *cursor* stands for; refuse one that was changed or is of another question."""
    payload = unbound(keys, cursor, question, LENGTH)
    at = EPOCH + timedelta(microseconds=int.from_bytes(payload[:8], "big", signed=True))
    return at, UUID(bytes=payload[8:])


def bound(keys: Keys, payload: bytes, question: str) -> str:
    """Return *payload* as a cursor of the answer to *question*."""
    return urlsafe_b64encode(AESSIV(keys[0]).encrypt(payload, [question.encode()])).decode()


def unbound(keys: Keys, cursor: str, question: str, length: int) -> bytes:
    """Return the *length* bytes that a cursor stands for; refuse one of another question."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        raise _refused() from None
    if urlsafe_b64encode(raw).decode() != cursor:
        raise _refused()
    for key in keys:
        try:
            payload = AESSIV(key).decrypt(raw, [question.encode()])
        except (InvalidTag, ValueError):
            continue
        if len(payload) == length:
            return payload
    raise _refused()


def keys_of(plaint: Plaint) -> Keys:
    """Return the key to seal under, and after it what else may have been sealed under."""
    try:
        return plaint.vault.secret(SECRET), OWN
    except VaultAway:
        log.warning("cursors_sealed_by_this_process")
        return (OWN,)


def _refused() -> Problem:
    detail = "cursor: It belongs to another query or was changed; begin again without it."
    return Problem(Kind.INVALID, detail, errors=[Mistake(parameter="cursor", detail=detail, type="cursor")])
