"""Who asks, and what they may: tokens, and the rights that a route needs."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.bootstrap import Plaint
from adapters.http.limits import Bucket
from adapters.http.problems import Kind, Problem
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
    description="A token from `plaint token create`; only its SHA-256 is kept.",
)
Credentials: TypeAlias = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def unauthenticated(detail: str | None = None, error: str = "") -> Problem:
    """Return the answer to a request that lacks a valid token."""
    challenge = 'Bearer realm="plaint"' + (f', error="{error}"' if error else "")
    return Problem(Kind.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def somebody(request: Request, plaint: App, credentials: Credentials) -> Principal | None:
    """Return who asks, None without a token; a token that opens nothing is refused."""
    if "authorization" not in request.headers:
        return None
    secret = credentials.credentials if credentials else ""
    if not 0 < len(secret) <= MAX_SECRET:
        raise unauthenticated(error="invalid_request")
    row = plaint.queries.token(sha256(secret.encode()).hexdigest())
    now = plaint.now()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise unauthenticated(error="invalid_token")
    return row.principal


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
Configurer: TypeAlias = Annotated[Principal, Depends(may(Right.CONFIGURE))]


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
