"""Private keys: exported from a wallet (WIF, BIP-38), extended (BIP-32), in PEM, and as bare digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from domain.sensitive.cues import key_said
from domain.sensitive.finding import Finding, Kind

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {letter: value for value, letter in enumerate(ALPHABET)}
CHECK = 4
"""Bytes of the checksum that ends a value in base58check."""

WIF_VERSIONS = frozenset({0x80, 0xEF, 0xB0, 0x9E, 0xCC})
"""Bitcoin, its test network, Litecoin, Dogecoin, Dash."""
WIF_BYTES = frozenset({33, 34})
BIP38 = (b"\x01\x42", b"\x01\x43")
BIP38_BYTES = 39
EXTENDED_BYTES = 78
EXTENDED = frozenset(
    bytes.fromhex(version)
    for version in ("0488ade4", "04358394", "049d7878", "04b2430c", "0295b005", "02aa7a99", "044a4e28",
                    "045f18bc", "024285b5", "02575048")
)  # fmt: skip
"""xprv, tprv, yprv, zprv, Yprv, Zprv, uprv, vprv, Uprv, Vprv (SLIP-132)."""

BASE58 = re.compile(rf"(?<![^\W_])[{ALPHABET}]{{51,112}}+(?![^\W_])")
HEX = re.compile(r"(?<![^\W_])(?:0[xX])?([0-9A-Fa-f]{64}(?:[0-9A-Fa-f]{64})?)(?![^\W_])")
PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
PEM_END = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
KEYPAIR = range(86, 89)
"""Digits in base58 of 64 bytes: a pair of keys or a signature, which alone cannot be told apart."""


def keys(text: str) -> Iterator[Finding]:
    """Yield every private key in *text*.

    Where there is a checksum it decides.  Bare digits are a key when the nearest words say so:
    64 hexadecimal digits are as often a transaction.
    """
    for match in BASE58.finditer(text):
        kind = _encoded(match[0])
        if kind is None and len(match[0]) in KEYPAIR and key_said(text, *match.span()):
            kind = Kind.PRIVATE_KEY
        if kind is not None:
            yield Finding(kind, *match.span())
    for match in HEX.finditer(text):
        if key_said(text, *match.span()):
            yield Finding(Kind.PRIVATE_KEY, *match.span())
    yield from _pem(text)


def _encoded(text: str) -> Kind | None:
    """Return what *text* is in base58check, None for anything but a private key."""
    payload = base58check(text)
    if payload is None:
        return None
    if len(payload) == EXTENDED_BYTES:
        return Kind.EXTENDED_KEY if payload[:4] in EXTENDED else None
    if len(payload) == BIP38_BYTES:
        return Kind.PRIVATE_KEY if payload[:2] in BIP38 else None
    plain = len(payload) in WIF_BYTES and payload[0] in WIF_VERSIONS
    return Kind.PRIVATE_KEY if plain else None


def base58check(text: str) -> bytes | None:
    """Return the bytes that *text* holds, None when its checksum is not theirs."""
    number = 0
    for letter in text:
        number = number * 58 + DIGITS[letter]
    leading = len(text) - len(text.lstrip(ALPHABET[0]))
    whole = bytes(leading) + number.to_bytes((number.bit_length() + 7) // 8)
    payload, check = whole[:-CHECK], whole[-CHECK:]
    return payload if sha256(sha256(payload).digest()).digest()[:CHECK] == check else None


def _pem(text: str) -> Iterator[Finding]:
    """Yield the private keys in PEM; one that is cut off reaches to the end of the text."""
    at = 0
    while match := PEM.search(text, at):
        closing = PEM_END.search(text, match.end())
        at = len(text) if closing is None else closing.end()
        yield Finding(Kind.PRIVATE_KEY, match.start(), at)
