"""Tokens over HTTP: made and shown once, listed without their secrets, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from adapters import directory, tokens
from adapters.bootstrap import Plaint
from adapters.http import entries, schemas
from adapters.http.auth import App, Manager
from adapters.http.conditional import Body
from adapters.http.entries import ADDED, ADDS
from adapters.http.late import Late
from adapters.http.openapi import problems, takes
from adapters.http.problems import Kind, Mistake, Problem
from adapters.reach import refuse_ending, refuse_token
from domain.access import Role, Sensitivity
from domain.configuration import Token
from domain.directory import Grant, opened_by, share_an_entity
from domain.directory.orders import CreateToken
from projections.directory import UserRow
from projections.tokens import TOKENS, TokenRow

router = APIRouter(route_class=Late, tags=["staff"])


class Created(entries.Entry):
    """A new token; its secret is null where the same request made the token before."""

    token: str | None


class TokenDocument(BaseModel):
    """One token, without its secret; the last use is known to the minute."""

    id: UUID
    name: str
    role: Role
    teams: list[str]
    legal_entities: list[str]
    clearance: Sensitivity
    user: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class TokenPage(BaseModel):
    """A page of tokens."""

    items: list[TokenDocument]
    next: str | None


class Revoked(BaseModel):
    """A token that opens nothing any longer."""

    id: UUID
    revoked: bool


def documents(plaint: Plaint, rows: Sequence[TokenRow]) -> list[dict[str, Any]]:
    """Return *rows* as they are shown, each with its last use."""
    used = plaint.staff.last_uses([row.id for row in rows])
    return [
        TokenDocument(**row.model_dump(exclude={"sha256"}), used_at=used.get(row.id)).model_dump(mode="json")
        for row in rows
    ]


def _created_at(row: TokenRow) -> datetime:
    return row.created_at


@router.get("/v1/tokens", response_model=TokenPage, responses=problems(401, 403, 422, 503))
def list_tokens(plaint: App, who: Manager, query: Annotated[entries.Paged, Query()]) -> Response:
    """List the tokens, revoked and expired ones too, without their secrets.

    Who is limited to legal entities gets those that open cases of one of these.
    """
    fetch, users = plaint.staff.tokens_page, dict[str, UserRow | None]()

    def shares(row: TokenRow) -> bool:
        if row.user is not None and row.user not in users:
            users[row.user] = plaint.staff.user(row.user)
        user = None if row.user is None else users[row.user]
        opened = opened_by(user.grant if user else None, row.grant)
        return share_an_entity(who, opened.legal_entities)

    return entries.page(
        plaint,
        who,
        "/v1/tokens",
        query,
        TOKENS.name,
        fetch=entries.narrowed(fetch, shares, _created_at) if who.legal_entities else fetch,
        since=_created_at,
        shown=lambda rows: documents(plaint, rows),
    )


@router.post(
    "/v1/tokens",
    status_code=201,
    response_model=Created,
    responses=ADDED | problems(*ADDS),
    openapi_extra=takes(CreateToken, {"role": "handler", "teams": ["complaints"], "name": "night shift"}),
)
def create_token(
    plaint: App, who: Manager, sent: Body, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Make a token; its secret is in this answer and nowhere else."""
    if before := entries.repeated(plaint, who, sent, Token):
        return entries.written(before, token=None)
    asked = sent.parsed(CreateToken)
    directory.refuse_unknown_teams(plaint, asked.teams)
    directory.refuse_unknown_entities(plaint, asked.legal_entities)
    if asked.expires_at is not None and asked.expires_at <= plaint.now():
        detail = "The token would have expired already; give an instant to come."
        mistake = Mistake(pointer="/expires_at", detail=detail, type="in_the_past")
        raise Problem(Kind.RULE, detail, errors=[mistake])
    grant = Grant(**asked.model_dump(include=set(Grant.model_fields)))
    refuse_token(plaint, who, asked.user, grant)
    facts = {name: getattr(asked, name) for name in CreateToken.model_fields}
    new = tokens.create(plaint, **facts, by=who.actor, request=sent.under_key(who.sender))
    plaint.wake()
    return entries.written(new.answer, token=new.secret or None)


@router.post(
    "/v1/tokens/{id}/revoke",
    response_model=Revoked,
    responses=problems(400, 401, 403, 404, 422, 503),
)
def revoke_token(plaint: App, who: Manager, id: UUID, _query: Annotated[schemas.Nothing, Query()]) -> Revoked:
    """Revoke a token: within a second it opens nothing, in every process; a revoked one is no news."""
    refuse_ending(plaint, who, plaint.standing.token_of(id))
    if not tokens.revoke(plaint, id, by=who.actor):
        raise Problem(Kind.NOT_FOUND, "There is no such token; see GET /v1/tokens.")
    plaint.wake()
    return Revoked(id=id, revoked=True)
