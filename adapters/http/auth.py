"""Who asks, and what they may: tokens, and the rights that a route needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.bootstrap import Plaint
from adapters.http.limits import Bucket
from adapters.http.problems import Kind, Problem
from adapters.identity.compact import MOST, looks_signed
from adapters.identity.errors import NoRole, ProviderAway, TokenRefused
from adapters.identity.guests import opens
from adapters.identity.links import LINK_PREFIX
from adapters.tokens import PREFIX, digest
from domain.access import Principal, Right

ANYBODY = "complainant"
"""The actor of a request without a token."""
MAX_SECRET = 512


def plaint_of(request: Request) -> Plaint:
    """Return the installation that the application serves."""
    return request.app.state.plaint


App: TypeAlias = Annotated[Plaint, Depends(plaint_of)]

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token from `plaint token create`, of which only the SHA-256 is kept; an access token of "
    "the identity provider, where one is set; or what a complainant's link ends with.",
)
Credentials: TypeAlias = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def unauthenticated(detail: str | None = None, error: str = "") -> Problem:
    """Return the answer to a request that lacks a valid token."""
    challenge = 'Bearer realm="plaint"' + (f', error="{error}"' if error else "")
    return Problem(Kind.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def somebody(request: Request, plaint: App, credentials: Credentials) -> Principal | None:
    """Return who asks, None without a token; a token that opens nothing is refused.

    The form of the token says who has to know it: this installation, or the identity provider.
    """
    if "authorization" not in request.headers:
        return None
    secret = credentials.credentials if credentials else ""
    if not secret:
        raise unauthenticated(error="invalid_request")
    if plaint.identity is not None and not secret.startswith(PREFIX) and looks_signed(secret):
        return _of_provider(plaint, secret)
    if len(secret) > MAX_SECRET:
        raise unauthenticated(error="invalid_token" if len(secret) > MOST else "invalid_request")
    who = opens(plaint, secret) if secret.startswith(LINK_PREFIX) else None
    who = who or of_token(plaint, digest(secret))
    if who is None:
        raise unauthenticated(error="invalid_token")
    return who


def of_token(plaint: Plaint, sha256: str) -> Principal | None:
    """Return whose API token has that hash; None when there is none that opens anything now."""
    row = plaint.queries.token(sha256)
    now = plaint.now()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return row.principal


def _of_provider(plaint: Plaint, text: str) -> Principal:
    if plaint.identity is None:
        raise unauthenticated(error="invalid_token")
    try:
        return plaint.identity.bearer(text)
    except TokenRefused as refused:
        detail = f"The token was refused: {refused}. Fetch a new one from the identity provider."
        raise unauthenticated(detail, error="invalid_token") from None
    except NoRole as error:
        raise Problem(Kind.FORBIDDEN, str(error)) from None
    except ProviderAway as away:
        raise Problem(Kind.IDENTITY_AWAY, headers={"Retry-After": str(away.RETRY_AFTER)}) from None


Somebody: TypeAlias = Annotated[Principal | None, Depends(somebody)]


def visitor(request: Request, who: Somebody) -> Principal | None:
    """Return who asks; without a token only as often as the address may."""
    if who is None:
        bucket: Bucket = request.app.state.bucket
        wait = bucket.take(request.client.host if request.client else "")
        if wait:
            raise Problem(Kind.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait)})
    return who


def may(right: Right) -> Callable[[Principal | None], Principal]:
    """Return a dependency: who asks, when their role holds *right*."""

    def allowed(who: Any) -> Principal:
        if who is None:
            raise unauthenticated()
        if not who.may(right):
            raise Problem(Kind.FORBIDDEN)
        return who

    allowed.__annotations__["who"] = Somebody
    return allowed


Visitor: TypeAlias = Annotated[Principal | None, Depends(visitor)]
Reader: TypeAlias = Annotated[Principal, Depends(may(Right.READ_CASES))]
Worker: TypeAlias = Annotated[Principal, Depends(may(Right.WORK_CASES))]


def known_teams(plaint: Plaint) -> frozenset[str]:
    """Return the teams there are: the default one, those of tokens, and those that have cases."""
    named = {team for token in plaint.queries.tokens() for team in token.teams}
    counters = plaint.queries.counters("queue")
    with_cases = {
        value.partition("|")[0]
        for metric in ("received_by_all", "ticket_received_by_all")
        for value in counters.get(metric, {})
    }
    return frozenset({"complaints"} | named | with_cases)
