"""Signatures of messages, as Standard Webhooks has them (symmetric, ``v1``)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from hmac import digest

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret(chance: Callable[[int], bytes]) -> str:
    """Return a new signing secret as receivers take it."""
    return PREFIX + b64encode(chance(SECRET_BYTES)).decode()


def headers(id: str, body: bytes, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """Return the headers of a message that is sent *at*, signed with each of *secrets*.

    What is signed is id, time of sending in whole seconds, and body, joined by dots.
    """
    seconds = int(at.timestamp())
    said = f"{id}.{seconds}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{_signature(secret, said)}" for secret in secrets),
    }


def _signature(secret: str, said: bytes) -> str:
    return b64encode(digest(b64decode(secret.removeprefix(PREFIX)), said, "sha256")).decode()
