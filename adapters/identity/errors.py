"""Why somebody is not let in."""

from __future__ import annotations


class Misconfigured(Exception):
    """The settings of the identity provider do not fit together; the message says what to do."""


class TokenRefused(Exception):
    """The token proves nothing; the message says why and quotes nothing of it."""


class NoRole(Exception):
    """The token is good, and gives its bearer nothing to do here; the message says what to ask for."""


class ProviderAway(Exception):
    """The identity provider gives no answer now, and without it the token cannot be checked."""

    RETRY_AFTER = 5
    """Seconds after which it is asked again."""
