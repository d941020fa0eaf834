"""Opaque cursors: where the next page begins, bound to the question and to who asks it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from adapters.http.problems import Kind, Mistake, Problem
from domain.ids import EPOCH

CHECK = 12
"""Bytes of the check: a cursor that was changed or belongs to another question is noticed."""
Place = tuple[datetime, UUID]
LENGTH = 8 + 16


def cursor(place: Place, question: str) -> str:
    """Return the cursor of *place* in the answer to *question*."""
    at, id = place
    payload = ((at - EPOCH) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True) + id.bytes
    return bound(payload, question)


def place(cursor: str, question: str) -> Place:
    """Return the place that *cursor* stands for; refuse one of another question."""
    payload = unbound(cursor, question, LENGTH)
    at = EPOCH + timedelta(microseconds=int.from_bytes(payload[:8], "big", signed=True))
    return at, UUID(bytes=payload[8:])


def bound(payload: bytes, question: str) -> str:
    """Return *payload* as a cursor of the answer to *question*."""
    return urlsafe_b64encode(payload + _check(payload, question)).decode()


def unbound(cursor: str, question: str, length: int) -> bytes:
    """Return the *length* bytes that a cursor stands for; refuse one of another question."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        raw = b""
    payload = raw[:-CHECK]
    if len(payload) != length or raw[-CHECK:] != _check(payload, question):
        detail = "cursor: It belongs to another query or was changed; begin again without it."
        raise Problem(
            Kind.INVALID, detail, errors=[Mistake(parameter="cursor", detail=detail, type="cursor")]
        )
    return payload


def _check(payload: bytes, question: str) -> bytes:
    return sha256(b"plaint cursor\0" + question.encode() + b"\0" + payload).digest()[:CHECK]
