"""An identity provider: where it says things are, and the keys that it signs with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import structlog

from adapters.identity.compact import Compact
from adapters.identity.errors import ProviderAway, TokenRefused
from adapters.identity.keys import ProviderKey, fitting, keys_of
from adapters.web import Unanswered, Web, refuse_in_clear

log = structlog.get_logger()

DISCOVERY = "/.well-known/openid-configuration"
FRESH = 600.0
"""Seconds for which keys are used before they are asked for again: a key taken back opens nothing longer."""
KEEP = 3_600.0
"""Seconds for which they are used while the provider gives no answer."""
INTERVAL = 10.0
"""Seconds between two questions for a key that nobody knows: tokens cannot make us ask oftener."""
PAUSE = float(ProviderAway.RETRY_AFTER)
"""Seconds for which a provider that gave no answer is not asked again."""
WAIT = 1.0
"""Seconds for which a request waits while another one asks; threads are few, and API tokens need them too."""


@dataclass(frozen=True)
class Metadata:
    """What the discovery document says (OpenID Connect Discovery 1.0, section 3)."""

    keys: str
    authorize: str
    token: str


@dataclass(frozen=True)
class _Known:
    keys: list[ProviderKey]
    metadata: Metadata
    at: float


class Provider:
    """Keys and addresses of the provider *issuer*, asked for through *web* and remembered."""

    def __init__(self, issuer: str, web: Web, *, steady: Callable[[], float] = time.monotonic) -> None:
        self.issuer, self.web, self._steady = issuer, web, steady
        self._lock = Lock()
        self._known: _Known | None = None
        self._failed: float | None = None
        self._searched: float | None = None

    def verify(self, token: Compact) -> None:
        """Raise TokenRefused unless the provider signed *token*; ProviderAway when that cannot be known."""
        key = fitting(self._current().keys, token.kid, token.alg)
        if key is None:
            key = fitting(self._searched_anew().keys, token.kid, token.alg)
        if key is None:
            raise TokenRefused("its key is not one of the provider's")
        if not key.verifies(token.alg, token.signed, token.signature):
            raise TokenRefused("its signature does not fit")

    def metadata(self) -> Metadata:
        """Return where the provider says things are; raise ProviderAway when it does not say."""
        return self._current().metadata

    def _current(self) -> _Known:
        known = self._known
        if known is not None and self._steady() - known.at < FRESH:
            return known
        try:
            return self._load(known)
        except ProviderAway:
            if known is not None and self._steady() - known.at < KEEP:
                return known
            raise

    def _searched_anew(self) -> _Known:
        """Return what is known after one more question, when the last such question is long enough ago."""
        known, now = self._known, self._steady()
        with self._lock:
            early = self._searched is not None and now - self._searched < INTERVAL
            if not early:
                self._searched = now
        if not early:
            return self._load(known)
        if known is None or self._failed is not None:
            raise ProviderAway
        return known

    def _load(self, seen: _Known | None) -> _Known:
        """Ask the provider, unless somebody has done so since *seen*; one request asks at a time."""
        if not self._lock.acquire(timeout=WAIT):
            raise ProviderAway
        try:
            if self._known is not None and self._known is not seen:
                return self._known
            if self._failed is not None and self._steady() - self._failed < PAUSE:
                raise ProviderAway
            self._known, self._failed = self._ask(), None
        except Unanswered as error:
            self._failed = self._steady()
            log.error("identity_provider_away", reason=str(error))  # noqa: TRY400 - the sentence says all
            raise ProviderAway from None
        else:
            return self._known
        finally:
            self._lock.release()

    def _ask(self) -> _Known:
        said = self.web.get(self.issuer.rstrip("/") + DISCOVERY)
        if said.get("issuer") != self.issuer:
            raise Unanswered("the provider calls itself otherwise than PLAINT_OIDC_ISSUER does")
        metadata = Metadata(
            keys=_address(said, "jwks_uri"),
            authorize=_address(said, "authorization_endpoint"),
            token=_address(said, "token_endpoint"),
        )
        keys = keys_of(self.web.get(metadata.keys))
        if not keys:
            raise Unanswered("the provider has no key that can be used")
        return _Known(keys, metadata, self._steady())


def _address(said: dict[str, Any], name: str) -> str:
    found: object = said.get(name)
    if not isinstance(found, str):
        raise Unanswered(f"the provider does not say {name}")
    refuse_in_clear(found)
    return found
