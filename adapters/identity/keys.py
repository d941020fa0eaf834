"""The keys of an identity provider: which of them can check which signature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

FITS = {"RSA": ("RS256", "PS256"), "P-256": ("ES256",), "Ed25519": ("EdDSA",)}
"""Algorithms by kind of key; a key of another kind checks nothing."""
SHORTEST_RSA = 2048
ALSO_CALLED = {"Ed25519": "EdDSA"}
"""Names of RFC 9864 for what RFC 8037 calls otherwise."""


@dataclass(frozen=True)
class ProviderKey:
    """One public key, its name, and the algorithms that it is for."""

    kid: str | None
    algorithms: tuple[str, ...]
    key: Any

    def verifies(self, alg: str, signed: bytes, signature: bytes) -> bool:
        """Whether *signature* of *signed* was made with the private half."""
        if alg not in self.algorithms:
            return False
        try:
            # The registry of the library warns of the name EdDSA; the model is the same under both names.
            return bool(JWSRegistry.algorithms[alg].verify(signed, signature, self.key))
        except (JoseError, ValueError):
            return False


def keys_of(document: dict[str, Any]) -> list[ProviderKey]:
    """Return the keys in a JWK set (RFC 7517) that can check a signature; others are passed over."""
    entries: object = document.get("keys")
    if not isinstance(entries, list):
        return []
    found = (
        _key(cast("dict[str, Any]", each)) for each in cast("list[object]", entries) if isinstance(each, dict)
    )
    return [key for key in found if key is not None]


def fitting(keys: Iterable[ProviderKey], kid: str | None, alg: str) -> ProviderKey | None:
    """Return the key of that name for *alg*; a token without a name fits when there is one key for it."""
    able = [key for key in keys if alg in key.algorithms]
    if kid is None:
        return able[0] if len(able) == 1 else None
    return next((key for key in able if key.kid == kid), None)


def _key(entry: dict[str, Any]) -> ProviderKey | None:
    kind, kid = entry.get("kty"), entry.get("kid")
    if kind not in {"RSA", "EC", "OKP"} or entry.get("use", "sig") != "sig":
        return None
    algorithms = FITS.get("RSA" if kind == "RSA" else str(entry.get("crv")), ())
    if "alg" in entry:
        named = ALSO_CALLED.get(str(entry["alg"]), str(entry["alg"]))
        algorithms = tuple(each for each in algorithms if each == named)
    public = {name: entry[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in entry}
    try:
        key = cast("Any", jwk).import_key(public, kind)
        short = kind == "RSA" and key.public_key.key_size < SHORTEST_RSA
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if short or not algorithms or not (kid is None or isinstance(kid, str)):
        return None
    return ProviderKey(kid, algorithms, key)
