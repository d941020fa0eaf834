"""Who the bearer of a provider's token is, and signing in there (authorization code with PKCE)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from adapters.identity import claims as c
from adapters.identity.attempt import Attempt
from adapters.identity.compact import Compact, taken_apart
from adapters.identity.configuration import Oidc
from adapters.identity.errors import NoRole, ProviderAway, TokenRefused
from adapters.identity.provider import Provider
from adapters.identity.sessions import ByProvider, ByUser
from adapters.web import Unanswered, Web
from domain.access import Principal

MOST_CODE = 4_096


Users: TypeAlias = Callable[[ByUser], Principal | None]
"""Returns who a user of the directory is now; None when they are nobody any longer."""


class Identity:
    """The identity provider of this installation.

    *subjects* gives the key under which people are named whom the directory does not know; *users*
    says who the others are.
    """

    def __init__(
        self,
        oidc: Oidc,
        web: Web,
        *,
        now: Callable[[], datetime],
        subjects: Callable[[], bytes],
        users: Users,
    ) -> None:
        self.oidc, self.web, self.now, self.subjects, self.users = oidc, web, now, subjects, users
        self.provider = Provider(oidc.issuer, web)

    @property
    def signs_in(self) -> bool:
        """Whether people sign in to the console there."""
        return self.oidc.client_id is not None

    def bearer(self, text: str) -> Principal:
        """Return who shows the access token *text*; raise TokenRefused, NoRole or ProviderAway."""
        token = taken_apart(text)
        c.refuse_unless_current(token.claims, self.oidc.issuer, self.oidc.audience, self.now())
        c.refuse_proof_of_sign_in(token.claims)
        self.provider.verify(token)
        return self._who(self._proof(token.claims))

    def address(self, attempt: Attempt, back: str) -> str:
        """Return where a browser is sent to sign in; it comes *back* with a code."""
        asked = {
            "response_type": "code",
            "client_id": self.oidc.client_id or "",
            "redirect_uri": back,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        where = self.provider.metadata().authorize
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def signed_in(self, attempt: Attempt, code: str, back: str) -> ByProvider | ByUser:
        """Return the proof of who signed in, for the *code* that came back; raises as `bearer` does."""
        if not 0 < len(code) <= MOST_CODE:
            raise TokenRefused("the code is not acceptable")
        token = self._redeemed(attempt, code, back)
        client = self.oidc.client_id or ""
        c.refuse_unless_current(token.claims, self.oidc.issuer, client, self.now())
        c.refuse_unless_asked_for(token.claims, client, attempt.nonce)
        self.provider.verify(token)
        proof = self._proof(token.claims)
        self._who(proof)
        return proof

    def _redeemed(self, attempt: Attempt, code: str, back: str) -> Compact:
        """Return the ID token that the provider gives for *code*."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
        }
        client, secret = self.oidc.client_id or "", self.oidc.client_secret
        basic = None if secret is None else (quote(client, safe=""), quote(secret, safe=""))
        if basic is None:
            fields["client_id"] = client
        try:
            answer = self.web.post_form(self.provider.metadata().token, fields, basic=basic)
            if 400 <= answer.status < 500:
                raise TokenRefused("the provider does not know the code")
            if answer.status != 200:
                raise ProviderAway
            given: object = answer.document().get("id_token")
        except Unanswered:
            raise ProviderAway from None
        if not isinstance(given, str):
            raise TokenRefused("the provider gave no proof of who signed in")
        return taken_apart(given)

    def _proof(self, claims: Mapping[str, Any]) -> ByProvider | ByUser:
        claim = self.oidc.login_claim
        if claim is None:
            return ByProvider(principal=c.principal_of(claims, self.oidc, self.subjects()))
        granted = c.grant_of(claims, self.oidc)
        return ByUser(login=c.login_of(claims, claim), grant=granted, at=self.now())

    def _who(self, proof: ByProvider | ByUser) -> Principal:
        if isinstance(proof, ByProvider):
            return proof.principal
        who = self.users(proof)
        if who is None:
            raise NoRole(
                "The directory here has no user of your login who may do what your account says; "
                "ask an administrator to add you."
            )
        return who
