"""Who asks, and what they may: tokens, and the rights that a route needs.

What waits for nothing is ``async``: it would take longer to hand it to a thread than to do it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Header, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.bootstrap import Plaint
from adapters.http.impersonation import HEADER, acting, on_behalf
from adapters.http.limits import may_send
from adapters.http.problems import Kind, Problem
from adapters.identity.compact import MOST, looks_signed
from adapters.identity.errors import NoRole, ProviderAway, TokenRefused
from adapters.identity.guests import opens
from adapters.identity.links import LINK_PREFIX
from adapters.tokens import PREFIX
from domain.access import Principal, Right, Role, Sight

ANYBODY = "complainant"
"""The actor of a request without a token."""
MAX_SECRET = 512
MAX_PURPOSE = 200


def served(request: Request) -> Plaint:
    """Return the installation that the application serves."""
    return request.app.state.plaint


async def plaint_of(request: Request) -> Plaint:
    """Return the same to routes that do not look at their request."""
    return served(request)


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


async def somebody(request: Request) -> Principal | None:
    """Return who asks, None without a token; a token that opens nothing is refused.

    What this process knows of a token waits for nothing; what it has to read takes a thread.
    """
    if "authorization" not in request.headers:
        return None
    plaint: Plaint = request.app.state.plaint
    credentials = await bearer(request)
    if credentials is not None and HEADER not in request.headers:
        who = plaint.admission.at_hand(credentials.credentials)
        if who is not None:
            return who
    return await run_in_threadpool(_somebody, request, plaint, credentials)


def _somebody(
    request: Request, plaint: Plaint, credentials: HTTPAuthorizationCredentials | None
) -> Principal | None:
    who = _bearer(request, plaint, credentials)
    return None if who is None else acting(request, plaint, who)


def still_somebody(
    request: Request, plaint: Plaint, credentials: HTTPAuthorizationCredentials | None
) -> Principal | None:
    """Return who asks by now, as `somebody` does, where that they ask is on record already."""
    who = _bearer(request, plaint, credentials)
    return None if who is None else on_behalf(request, plaint, who)


def _bearer(
    request: Request, plaint: Plaint, credentials: HTTPAuthorizationCredentials | None
) -> Principal | None:
    """Return whose token it is.

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
    who = who or plaint.admission.principal(secret)
    if who is None:
        raise unauthenticated(error="invalid_token")
    return who


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


WHO = "plaint.who"
"""Where a request's scope says who was let in (`admission.Admission`), None for whoever shows no token."""


def let_in(request: Request) -> Principal | None:
    """Return who asks; KeyError on a route that lets nobody in: it then opens nothing."""
    return request.scope[WHO]


async def visitor(request: Request) -> Principal | None:
    """Return who asks; without a token only as often as the address may."""
    who = let_in(request)
    if who is None:
        may_send(request)
    return who


def may(*rights: Right) -> Callable[[Request], Awaitable[Principal]]:
    """Return a dependency: who asks, when their role holds one of *rights*.

    It asks for no other dependency: each costs every request as much as looking up whose its token is.
    """

    async def allowed(request: Request) -> Principal:
        who = let_in(request)
        if who is None:
            raise unauthenticated()
        if not any(map(who.may, rights)):
            raise Problem(Kind.FORBIDDEN)
        return who

    return allowed


Visitor: TypeAlias = Annotated[Principal | None, Depends(visitor)]


async def staff(request: Request) -> Principal:
    """Return who asks, when they work here: everybody who signs in but a complainant."""
    who = let_in(request)
    if who is None:
        raise unauthenticated()
    if who.role is Role.COMPLAINANT:
        raise Problem(Kind.FORBIDDEN)
    return who


Reader: TypeAlias = Annotated[Principal, Depends(may(Right.READ_CASES))]
PurposeHeader: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Purpose",
        description="Why you read the case; an auditor gets what concerns a person only with it, "
        "and nobody reads a case above `normal` without it. It is recorded with every case that is opened.",
        json_schema_extra={
            "minLength": 1,
            "maxLength": MAX_PURPOSE,
            "example": "Sample of May, case 12 of 40",
        },
    ),
]


async def purpose(given: PurposeHeader = None) -> str | None:
    """Return the purpose that the header gives, as UTF-8; refuse one that is no line of text."""
    if given is None:
        return None
    try:
        # A header comes as Latin-1 (RFC 9110, 5.5), whatever its bytes are.
        return stated(given.encode("latin-1").decode())
    except UnicodeError:
        return stated("")


def stated(text: str) -> str:
    """Return *text* as a purpose; refuse one that is no line of text."""
    said = text.strip()
    if not (0 < len(said) <= MAX_PURPOSE and said.isprintable()):
        detail = f"Write the Purpose in 1 to {MAX_PURPOSE} printable characters of UTF-8."
        raise Problem(Kind.MALFORMED_HEADER, detail)
    return said


Purpose: TypeAlias = Annotated[str | None, Depends(purpose)]


@dataclass(frozen=True)
class Inquiry:
    """Who reads a case, and why where they said so."""

    who: Principal
    purpose: str | None = None

    @property
    def sights(self) -> frozenset[Sight]:
        """Which fields of the case they see."""
        return self.who.sights(self.purpose)


_may_read = may(Right.READ_CASES, Right.READ_OWN_CASE)


async def inquiry(request: Request, given: PurposeHeader = None) -> Inquiry:
    """Return who reads a single case and why; a complainant reads their own."""
    return Inquiry(await _may_read(request), await purpose(given))


Inquirer: TypeAlias = Annotated[Inquiry, Depends(inquiry)]


Worker: TypeAlias = Annotated[Principal, Depends(may(Right.WORK_CASES))]
Colleague: TypeAlias = Annotated[Principal, Depends(staff)]
IssueLead: TypeAlias = Annotated[Principal, Depends(may(Right.LEAD_ISSUES))]
Manager: TypeAlias = Annotated[Principal, Depends(may(Right.MANAGE_STAFF))]
Configurer: TypeAlias = Annotated[Principal, Depends(may(Right.CONFIGURE))]
