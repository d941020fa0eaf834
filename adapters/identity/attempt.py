"""A sign-in that is under way."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest


@dataclass(frozen=True)
class Attempt:
    """One sign-in that is under way, all of it derived from what the browser's cookie holds.

    Nothing of it can be had from the address that the browser is sent to: what stands there is a
    hash each, and the cookie is the one thing that leads to the verifier.
    """

    secret: bytes

    @property
    def state(self) -> str:
        """What the provider hands back, so that the answer is known to be to our own question."""
        return self._derived(b"state")

    @property
    def nonce(self) -> str:
        """What the ID token repeats, so that it cannot be one of another sign-in."""
        return self._derived(b"nonce")

    @property
    def verifier(self) -> str:
        """What proves that who redeems the code is who asked for it (RFC 7636)."""
        return self._derived(b"verifier")

    @property
    def challenge(self) -> str:
        """The hash of the verifier, method S256."""
        return _text(sha256(self.verifier.encode()).digest())

    def answers(self, state: str) -> bool:
        """Whether *state* is that of this attempt."""
        return compare_digest(state.encode(), self.state.encode())

    def _derived(self, purpose: bytes) -> str:
        return _text(digest(self.secret, b"plaint sign-in " + purpose, "sha256"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
