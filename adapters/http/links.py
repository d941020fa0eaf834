"""Links by which whoever sent a case reads it, handed out and taken back over the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import cases, schemas
from adapters.http.auth import App, may
from adapters.http.conditional import Body, answered, etag
from adapters.http.kinds import COMPLAINTS, TICKETS, KindOfCase
from adapters.http.late import Late
from adapters.http.openapi import TAG, WRITES, problems
from adapters.http.problems import Kind, Mistake, Problem
from adapters.http.threads import in_thread
from adapters.identity.guests import issue, issued, made_before
from adapters.identity.links import Link
from domain.access import Principal, Right
from domain.commands import IssueLink, RevokeLinks
from domain.ids import EPOCH
from domain.kernel import Value

router = APIRouter(route_class=Late, tags=["links"])

DAYS = 30
"""How long a link opens when nothing is said, and at most."""
MOST_DAYS = 365
"""The most of who may say how closely a case is kept."""
REFUSALS = sorted(set(WRITES) - {412, 428})
"""A link overwrites nothing: what anybody has read of the case stays true, and If-Match is not asked for."""

Host: TypeAlias = Annotated[Principal, Depends(may(Right.INVITE_COMPLAINANTS))]


class LinkWish(Value):
    """For how long a link shall open."""

    expires_in_days: int = Field(DAYS, ge=1, le=MOST_DAYS)


class IssuedLink(BaseModel):
    """A link, shown to whoever asked for it; it is not kept."""

    url: str
    expires_at: datetime


CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "The link is made.", "headers": TAG}}
WISH: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": LinkWish.model_json_schema(),
                "example": {"expires_in_days": 14},
            }
        },
    }
}


TAKEN_BACK: dict[int | str, dict[str, Any]] = {
    200: {"description": "Every link is taken back.", "headers": TAG}
}


def _issues(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    def issue_link(
        plaint: App,
        who: Host,
        sent: Body,
        request: Request,
        *,
        id: str,
        _query: Annotated[schemas.Nothing, Query()],
    ) -> Response:
        asked = sent.under_key(who.sender)
        named = cases.case_id(plaint, id, kind.name)
        case = cases.workable(plaint, who, named, kind.name)
        answer = plaint.desk.first_answer(asked, named, kind=kind.aggregate) if asked else None
        if answer is None:
            days = _allowed(who, sent.parsed(LinkWish).expires_in_days)
            wish = IssueLink(expires_at=expiry(plaint, days))
            answer = issue(plaint, case.id, wish, who.actor, asked, kind=kind.aggregate)
        link = issued(plaint, answer)
        body = IssuedLink(url=address(plaint, request, link), expires_at=link.expires_at)
        return Response(body.model_dump_json(), 201, {"ETag": etag(answer.version)}, "application/json")

    issue_link.__name__ = kind.named("issue", "link")
    issue_link.__doc__ = kind.told(
        "Make a link by which whoever sent this one {one} reads it, without a password, until it expires."
    )
    return in_thread(issue_link)


def _revokes(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    def revoke_links(
        plaint: App, who: Host, id: str, _query: Annotated[schemas.Nothing, Query()]
    ) -> Response:
        case = cases.workable(plaint, who, cases.case_id(plaint, id, kind.name), kind.name)
        answer = plaint.desk.command(case.id, RevokeLinks(), who.actor, kind=kind.aggregate)
        plaint.wake()
        return answered(answer)

    revoke_links.__name__ = kind.named("revoke", "links")
    revoke_links.__doc__ = kind.told(
        "Take back every link of this {one}; sessions that began by one end with it."
    )
    return in_thread(revoke_links)


for kind in (COMPLAINTS, TICKETS):
    router.add_api_route(
        f"{kind.path}/{{id}}/links",
        _issues(kind),
        methods=["POST"],
        status_code=201,
        response_model=IssuedLink,
        responses=CREATED | problems(*REFUSALS),
        openapi_extra=WISH,
    )
    router.add_api_route(
        f"{kind.path}/{{id}}/links",
        _revokes(kind),
        methods=["DELETE"],
        response_model=schemas.Written,
        responses=TAKEN_BACK | problems(*REFUSALS),
    )


def _allowed(who: Principal, days: int) -> int:
    """Return *days*, when *who* may hand out a link that opens for so long."""
    if days > DAYS and not who.may(Right.RESTRICT_CASES):
        detail = f"Let the link open for at most {DAYS} days, or have a supervisor make it."
        mistake = Mistake(pointer="/expires_in_days", detail=detail, type="too_long")
        raise Problem(Kind.RULE, detail, errors=[mistake])
    return days


def expiry(plaint: Plaint, days: int = DAYS) -> datetime:
    """Return the instant *days* from now, to the second."""
    return (plaint.now() + timedelta(days=days)).replace(microsecond=0)


def address(plaint: Plaint, request: Request, link: Link) -> str:
    """Return the address that is handed out for *link*."""
    base = (plaint.settings.public_url or str(request.base_url)).rstrip("/")
    return f"{base}/my/{plaint.links.written(link)}"


def to_follow(plaint: Plaint, request: Request, sent: Answer, actor: str, kind: KindOfCase) -> str:
    """Return the address by which who has just sent a case of *kind* follows it.

    A form that is sent again is answered with the first one, also where that was taken back.
    """
    received = EPOCH + timedelta(seconds=int.from_bytes(sent.id.bytes[:6]) // 1000)
    until = received + timedelta(days=DAYS)
    link = made_before(plaint, sent.id, until)
    if link is None:
        made = issue(plaint, sent.id, IssueLink(expires_at=until), actor, kind=kind.aggregate)
        link = issued(plaint, made)
    return address(plaint, request, link)
