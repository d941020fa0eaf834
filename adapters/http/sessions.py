"""Browsers that are signed in: their cookies, what they have proved, and the forms that are theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, TypeAlias
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from starlette.exceptions import HTTPException

from adapters.bootstrap import Plaint
from adapters.http.auth import App
from adapters.identity.guests import alive
from adapters.identity.links import Link
from adapters.identity.sessions import ByLink, ByProvider, ByToken, ByUser, Session
from domain.access import Principal, Right

DESK = "plaint"
"""The cookie of somebody who works at the desk."""
GUEST = "plaint-my"
"""The cookie of a complainant who came in by a link; it does not sign anybody out of the desk."""
MARK = "mark"
"""The field of a form by which it is known to come from a page of the same session."""
MOST_COOKIE = 100
MOST_NEXT = 2_000


class SignInNeeded(Exception):
    """The page is for those who are signed in; *address* leads there and back."""

    def __init__(self, wanted: str) -> None:
        self.address = f"/sign-in?next={quote(wanted, safe='/')}"
        super().__init__(self.address)


def over_https(plaint: Plaint) -> bool:
    """Whether browsers reach the console over https."""
    return (plaint.settings.public_url or "").lower().startswith("https://")


def cookie_name(plaint: Plaint, name: str) -> str:
    """Return *name* as the cookie is called: over https bound to this very host (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if over_https(plaint) else name


def keep(response: Response, plaint: Plaint, name: str, value: str, life: timedelta) -> None:
    """Have the browser keep *value*, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        cookie_name(plaint, name),
        value,
        max_age=int(life.total_seconds()),
        path="/",
        secure=over_https(plaint),
        httponly=True,
        samesite="lax",
    )


def forget(response: Response, plaint: Plaint, name: str) -> None:
    """Have the browser forget the cookie."""
    response.delete_cookie(
        cookie_name(plaint, name), path="/", secure=over_https(plaint), httponly=True, samesite="lax"
    )


def kept(request: Request, plaint: Plaint, name: str) -> str:
    """Return what the cookie holds, or nothing."""
    return request.cookies.get(cookie_name(plaint, name), "")


def session_of(request: Request, plaint: Plaint, name: str) -> Session | None:
    """Return the session of the cookie, when it still lasts."""
    secret = kept(request, plaint, name)
    return plaint.sessions.find(secret) if 0 < len(secret) <= MOST_COOKIE else None


def proved(plaint: Plaint, session: Session) -> Principal | None:
    """Return who is signed in now; None when what they showed has been taken back since."""
    match session.proof:
        case ByToken(sha256=sha256):
            return plaint.admission.known_by(sha256)
        case ByProvider(principal=principal):
            return principal
        case ByUser():
            return plaint.admission.signed_in(session.proof)
        case ByLink(case=case, expires_at=expires_at, generation=generation):
            link = Link(case, expires_at, generation)
            return link.principal if alive(plaint, link) else None


def _known(request: Request, plaint: Plaint, name: str) -> Principal | None:
    """Return who is signed in by the cookie, and remember it for the page around the content."""
    session = session_of(request, plaint, name)
    who = proved(plaint, session) if session else None
    if session is not None and who is not None:
        request.state.session, request.state.who = session, who
    return who


def known(request: Request, plaint: App) -> Principal | None:
    """Return who is signed in, or None."""
    return _known(request, plaint, DESK)


def guest(request: Request, plaint: App) -> Principal | None:
    """Return the complainant who came in by a link, or None."""
    return _known(request, plaint, GUEST)


Known: TypeAlias = Annotated[Principal | None, Depends(known)]
Guest: TypeAlias = Annotated[Principal | None, Depends(guest)]


def reader(request: Request, who: Known) -> Principal:
    """Return who is signed in, when they may read cases; send everybody else to sign in."""
    if who is None:
        query = f"?{request.url.query}" if request.url.query else ""
        raise SignInNeeded(request.url.path + query)
    if not who.may(Right.READ_CASES):
        raise HTTPException(403, f"The role {who.role} reads no cases; sign in as somebody who does.")
    return who


DeskReader: TypeAlias = Annotated[Principal, Depends(reader)]


def refuse_foreign_form(request: Request, fields: dict[str, list[str]]) -> None:
    """Refuse a form that does not carry the mark of the session it is sent under."""
    session: Session | None = getattr(request.state, "session", None)
    given = fields.get(MARK, [""])[-1]
    if session is None or not session.made(given):
        raise HTTPException(403, "This form is not of your session; load the page again and repeat it.")


def safe_next(given: str) -> str:
    """Return where to go on after signing in: a page of ours, or the first one for anything else."""
    plain = given.isascii() and given.isprintable() and "\\" not in given and len(given) <= MOST_NEXT
    if not plain or not given.startswith("/") or given.startswith("//"):
        return "/"
    try:
        parts = urlsplit(given)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path.startswith("/sign-") else given
