"""Signing in to the console: at the identity provider, or by an API token; and signing out."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from adapters.http.cursors import bound, keys_of, unbound
from adapters.http.limits import may_try
from adapters.http.pages.guard import from_this_machine, posted, same_origin
from adapters.http.pages.render import page
from adapters.http.problems import Problem
from adapters.http.sessions import (
    DESK,
    Known,
    forget,
    keep,
    kept,
    refuse_foreign_form,
    safe_next,
)
from adapters.identity.attempt import Attempt
from adapters.identity.errors import NoRole, ProviderAway, TokenRefused
from adapters.identity.sessions import LIFE, SECRET_BYTES, ByToken, Proof
from adapters.tokens import digest

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

ATTEMPT = "plaint-sign-in"
"""The cookie of a sign-in that is under way."""
ATTEMPT_LASTS = timedelta(minutes=10)
MOST_TOKEN = 512
AGAIN = "Sign in again; when it fails again, tell your administrator."

Posted = Annotated[dict[str, list[str]], Depends(posted)]


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the pages of signing in and out."""
    _with_token(router, plaint)
    _at_provider(router, plaint)

    @router.post("/sign-out", dependencies=[Depends(same_origin)])
    def sign_out(request: Request, who: Known, fields: Posted) -> Response:
        if who is not None:
            refuse_foreign_form(request, fields)
            plaint.sessions.end(kept(request, plaint, DESK))
        answer = RedirectResponse("/sign-in", 303)
        forget(answer, plaint, DESK)
        return answer


def _with_token(router: APIRouter, plaint: Plaint) -> None:
    @router.get("/sign-in")
    def sign_in(request: Request, who: Known) -> Response:
        wanted = safe_next(request.query_params.get("next", ""))
        if who is not None:
            return RedirectResponse(wanted, 303)
        return _asking(request, plaint, wanted)

    @router.post("/sign-in", dependencies=[Depends(may_try), Depends(same_origin)])
    def show_token(request: Request, fields: Posted) -> Response:
        wanted = safe_next(fields.get("next", [""])[-1])
        if _at_provider_only(plaint):
            raise HTTPException(403, "People sign in at the identity provider here; API tokens open the API.")
        sha256 = digest(_shown_token(request, fields))
        who = plaint.admission.known_by(sha256)
        if who is None:
            wrong = "This token opens nothing: it is mistyped, has expired, or was revoked."
            return _asking(request, plaint, wanted, wrong=wrong, status=401)
        return _begun(request, plaint, ByToken(sha256=sha256), wanted)


def _shown_token(request: Request, fields: dict[str, list[str]]) -> str:
    demo: str | None = request.app.state.demo
    if fields.get("do", [""])[-1] == "demo":
        if demo is None or not from_this_machine(request):
            raise HTTPException(403, "Only the demo on this machine is opened without a token.")
        return demo
    return fields.get("token", [""])[-1].strip()[:MOST_TOKEN]


def _at_provider(router: APIRouter, plaint: Plaint) -> None:
    identity = plaint.identity
    if identity is None or not identity.signs_in:
        return

    @router.get("/sign-in/start")
    def start(request: Request) -> Response:
        attempt = Attempt(plaint.chance(SECRET_BYTES))
        wanted = safe_next(request.query_params.get("next", ""))
        try:
            answer = RedirectResponse(identity.address(attempt, _back(request, plaint)), 303)
        except ProviderAway:
            raise _away() from None
        keep(answer, plaint, ATTEMPT, _packed(plaint, attempt, wanted), ATTEMPT_LASTS)
        return answer

    @router.get("/sign-in/callback", dependencies=[Depends(may_try)])
    def come_back(request: Request) -> Response:
        """Take the code that the provider sends the browser back with (RFC 6749, 4.1.2; RFC 9207)."""
        attempt, wanted = _unpacked(plaint, kept(request, plaint, ATTEMPT))
        query = request.query_params
        if attempt is None or not attempt.answers(query.get("state", "")):
            raise HTTPException(400, f"This is not the answer to a sign-in from this browser. {AGAIN}")
        if query.get("iss", identity.oidc.issuer) != identity.oidc.issuer:
            raise HTTPException(400, f"The answer is another identity provider's. {AGAIN}")
        if "error" in query:
            raise HTTPException(403, f"The identity provider did not sign you in. {AGAIN}")
        try:
            proof = identity.signed_in(attempt, query.get("code", ""), _back(request, plaint))
        except TokenRefused as refused:
            raise HTTPException(403, f"The proof of your sign-in was refused: {refused}. {AGAIN}") from None
        except NoRole as error:
            raise HTTPException(403, str(error)) from None
        except ProviderAway:
            raise _away() from None
        life = timedelta(minutes=plaint.settings.oidc_session_minutes)
        answer = _begun(request, plaint, proof, wanted, life)
        forget(answer, plaint, ATTEMPT)
        return answer


def _away() -> HTTPException:
    return HTTPException(503, "The identity provider gives no answer; try again in a moment.")


def _asking(
    request: Request, plaint: Plaint, wanted: str, *, wrong: str | None = None, status: int = 200
) -> Response:
    return page(
        request,
        "sign-in.html",
        status=status,
        next=wanted,
        wrong=wrong,
        at_provider=_at_provider_only(plaint),
        one_click=request.app.state.demo is not None and from_this_machine(request),
    )


def _at_provider_only(plaint: Plaint) -> bool:
    return plaint.identity is not None and plaint.identity.signs_in


def _begun(request: Request, plaint: Plaint, proof: Proof, wanted: str, life: timedelta = LIFE) -> Response:
    """Begin a session under a new name; the one before, if any, ends."""
    before = kept(request, plaint, DESK)
    if before:
        plaint.sessions.end(before)
    answer = RedirectResponse(wanted, 303)
    keep(answer, plaint, DESK, plaint.sessions.begin(proof, life).secret, life)
    return answer


def _back(request: Request, plaint: Plaint) -> str:
    """Return the address that the provider sends browsers back to; hosts are checked before."""
    base = plaint.settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/sign-in/callback"


def _packed(plaint: Plaint, attempt: Attempt, wanted: str) -> str:
    """Return what the cookie of an attempt holds, signed: nobody begins one for somebody else's browser."""
    path = urlsafe_b64encode(wanted.encode()).rstrip(b"=").decode()
    return f"{bound(keys_of(plaint), attempt.secret, _question(path))}.{path}"


def _unpacked(plaint: Plaint, text: str) -> tuple[Attempt | None, str]:
    signed, _, path = text.partition(".")
    try:
        attempt = Attempt(unbound(keys_of(plaint), signed, _question(path), SECRET_BYTES))
        return attempt, safe_next(urlsafe_b64decode(path + "=" * (-len(path) % 4)).decode())
    except (Problem, ValueError):
        return None, "/"


def _question(path: str) -> str:
    return f"sign-in {path}"
