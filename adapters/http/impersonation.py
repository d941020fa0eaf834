"""``On-Behalf-Of``: somebody who may acts as a user, with the user's rights, and both names are recorded."""

from __future__ import annotations

import structlog
from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from adapters.bootstrap import Plaint
from adapters.directory import USER
from adapters.http.problems import Kind, Problem
from domain.access import Principal, Right, Role
from domain.directory import refuse_beyond, share_an_entity
from domain.privacy import PersonalLine

log = structlog.get_logger()

HEADER = "On-Behalf-Of"
REASON = "On-Behalf-Of-Reason"
LINE: TypeAdapter[str] = TypeAdapter(PersonalLine)


def acting(request: Request, plaint: Plaint, who: Principal) -> Principal:
    """Return *who*, or the user on whose behalf *request* is sent, once it is recorded that *who* acts so."""
    meant = on_behalf(request, plaint, who)
    if meant.behind is not None:
        plaint.sittings.begin(meant.behind, meant.id.removeprefix(USER), _reason(request))
        plaint.wake()
        log.info("acted_on_behalf", principal=meant.id, behind=meant.behind, method=request.method)
    return meant


def on_behalf(request: Request, plaint: Plaint, who: Principal) -> Principal:
    """Return *who*, or the user on whose behalf *request* is sent; what is recorded then names both."""
    named = request.headers.get(HEADER)
    if named is None:
        return who
    if not who.may(Right.IMPERSONATE):
        raise Problem(Kind.FORBIDDEN, f"Only an administrator may act as another; leave {HEADER} out.")
    login = named.strip().removeprefix(USER)
    if not named.strip().startswith(USER):
        raise Problem(Kind.MALFORMED_HEADER, f"Write {HEADER} as user:<login>.")
    row = plaint.standing.user(login)
    if row is None or not row.active or not share_an_entity(who, row.legal_entities):
        raise Problem(Kind.FORBIDDEN, f"{HEADER} names nobody who is on the staff; see GET /v1/users.")
    if row.role is Role.ADMIN:
        raise Problem(Kind.FORBIDDEN, "Nobody may act as an administrator; leave the header out.")
    refuse_beyond(who, row.grant)
    return row.principal.model_copy(update={"behind": who.id, "credential": who.sender})


def _reason(request: Request) -> str | None:
    given = request.headers.get(REASON)
    try:
        return None if given is None else LINE.validate_python(given)
    except ValidationError:
        message = f"Write {REASON} as one line of up to 320 characters, or leave it out."
        raise Problem(Kind.MALFORMED_HEADER, message) from None
