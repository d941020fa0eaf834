"""Who am I: what the bearer of a token may do and see."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from adapters.http import schemas
from adapters.http.auth import App, Somebody, unauthenticated
from adapters.http.late import Late
from adapters.http.openapi import problems
from domain.access import RIGHTS, Right, Role, Sensitivity

router = APIRouter(route_class=Late, tags=["staff"])


class Me(BaseModel):
    """Somebody who has proved who they are."""

    id: str
    role: Role
    rights: list[Right]
    teams: list[str]
    legal_entities: list[str]
    """Empty stands for every one."""
    levels: list[Sensitivity]
    """The sensitivities of cases that are seen."""
    behind: str | None
    """Who really acts, where this is on somebody's behalf."""


@router.get("/v1/me", response_model=Me, responses=problems(401, 403, 422, 503))
def show_me(plaint: App, who: Somebody, _query: Annotated[schemas.Nothing, Query()]) -> Me:
    """Say who asks, and what they may."""
    del plaint
    if who is None:
        raise unauthenticated()
    return Me(
        id=who.id,
        role=who.role,
        rights=sorted(RIGHTS[who.role]),
        teams=list(who.teams),
        legal_entities=list(who.legal_entities),
        levels=sorted(who.scope.levels),
        behind=who.behind,
    )
