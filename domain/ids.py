"""Identifiers: version-8 UUIDs that carry a time and the log a case lives in.

Layout (RFC 9562, section 5.8): 48 bits of Unix milliseconds, the version, 4 bits
of chance, 8 bits for the log, the variant, 62 bits of chance.  Time comes first
for the sake of indexes; the log is fixed at birth, so that logs can be added
later without moving a case.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK = CROCKFORD + "*~$=U"
PAIRS = tuple(one + other for one in CROCKFORD for other in CROCKFORD)
"""What ten bits are written as."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(at: datetime, chance: bytes, *, log: int = 0) -> UUID:
    """Return an identifier born *at*, in *log* (0 to 255), from 10 bytes of *chance*."""
    milliseconds = max(0, (at - EPOCH) // timedelta(milliseconds=1))
    return _assemble(milliseconds.to_bytes(6, "big"), log, chance)


def derived(parent: UUID, name: str) -> UUID:
    """Return the identifier that *name* has under *parent*: same time and log, always the same."""
    return _assemble(parent.bytes[:6], log_of(parent), sha256(parent.bytes + name.encode()).digest())


def imported(system: str, source_id: str, at: datetime, *, log: int = 0) -> UUID:
    """Return the identifier of *source_id* in another *system*, the same on every import."""
    return new_id(at, sha256(f"{system}\0{source_id}".encode()).digest(), log=log)


def log_of(id: UUID) -> int:
    """Return the log that *id* names."""
    return id.bytes[7]


def reference(id: UUID, prefix: str) -> str:
    """Return the public number of a case: ``C-`` or ``T-``, ten characters and a check symbol.

    Crockford base32 of 50 bits of SHA-256, check symbol modulo 37: a single wrong
    character or two exchanged neighbours are noticed.
    """
    number = int.from_bytes(sha256(id.bytes).digest()[:7], "big") >> 6
    digits = "".join([PAIRS[number >> shift & 1023] for shift in (40, 30, 20, 10, 0)])
    return f"{prefix}-{digits}{CHECK[number % 37]}"


def normal_reference(text: str) -> str | None:
    """Return *text* as a reference is written, or None when its check symbol is wrong."""
    prefix, _, rest = text.strip().upper().partition("-")
    rest = rest.replace("-", "").translate(str.maketrans("OIL", "011"))
    if prefix not in {"C", "T"} or len(rest) != 11 or not set(rest[:10]) <= set(CROCKFORD):
        return None
    number = 0
    for character in rest[:10]:
        number = number << 5 | CROCKFORD.index(character)
    return f"{prefix}-{rest}" if rest[10] == CHECK[number % 37] else None


def _assemble(time: bytes, log: int, chance: bytes) -> UUID:
    tail = bytes([chance[1] & 0x3F | 0x80]) + chance[2:9]
    return UUID(bytes=time + bytes([chance[0] & 0x0F | 0x80, log]) + tail)
