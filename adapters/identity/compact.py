"""A signed token as it is written: taken apart strictly before it is believed (RFC 7515, 7519)."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any, cast

from adapters.identity.errors import TokenRefused

MOST = 8 * 1024
"""Characters of a token: more than any provider sends in a header that servers accept."""
MOST_KID = 200
PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures with a public key; `none` and every shared secret are refused whatever a header says."""
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True)
class Compact:
    """A token in its parts; nothing of it is proved.

    Of the header only algorithm, type and the name of the key are read: keys and addresses of
    keys that a token brings along (jwk, jku, x5c, x5u) are never looked at.
    """

    alg: str
    kid: str | None
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def looks_signed(text: str) -> bool:
    """Whether *text* has the form of a signed token."""
    return text.count(".") == 2


def taken_apart(text: str) -> Compact:
    """Return the parts of a token; raise TokenRefused when it is not well-formed."""
    if len(text) > MOST:
        raise TokenRefused("it is too long")
    parts = PARTS.fullmatch(text)
    if parts is None:
        raise TokenRefused("it is not a signed token")
    header, claims = _object(parts[1]), _object(parts[2])
    _refuse_header(header)
    signed = f"{parts[1]}.{parts[2]}".encode()
    return Compact(header["alg"], header.get("kid"), claims, signed, _bytes(parts[3]))


def _refuse_header(header: dict[str, Any]) -> None:
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if alg not in ALGORITHMS:
        raise TokenRefused("its algorithm is not accepted")
    if "crit" in header or "b64" in header:
        raise TokenRefused("it demands an extension")
    if not isinstance(typ, str) or typ.lower() not in TYPES:
        raise TokenRefused("it is of another type")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MOST_KID):
        raise TokenRefused("the name of its key is not acceptable")


def _object(part: str) -> dict[str, Any]:
    try:
        text = _bytes(part).decode("utf-8")  # left to itself, the parser would guess at UTF-16 too
        found: object = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise TokenRefused("it is not JSON") from None
    if not isinstance(found, dict):
        raise TokenRefused("it is not a JSON object")
    return cast("dict[str, Any]", found)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: two readers could believe different values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TokenRefused("it says something twice")
    return found


def _no_number(name: str) -> object:
    raise ValueError(name)


def _bytes(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise TokenRefused("it is not base64url") from None
