"""Teams and legal entities over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from adapters.http import cases, entries, schemas
from adapters.http.auth import App, Colleague, Manager
from adapters.http.conditional import Body, IfMatch
from adapters.http.entries import ADDED, ADDS, DONE
from adapters.http.late import Late
from adapters.http.openapi import READS, WRITES, problems, takes
from adapters.http.problems import Kind, Problem
from domain.directory import LegalEntity, Team, entity_id, team_id
from domain.directory.events import Assignment, Rung
from domain.directory.orders import (
    AddLegalEntity,
    AddTeam,
    ChangeLegalEntity,
    ChangeTeam,
    CloseTeam,
    Order,
)
from projections.directory import ENTITIES, TEAMS, EntityRow, TeamRow

router = APIRouter(route_class=Late, tags=["staff"])

Asked = Annotated[schemas.Parameters, Query()]
Paged = Annotated[entries.Paged, Query()]
NoQuery = Annotated[schemas.Nothing, Query()]


class TeamDocument(BaseModel):
    """One team."""

    id: UUID
    name: str
    title: str | None
    legal_entity: str | None
    assignment: Assignment
    escalates_to: list[Rung] | None = None
    """Which team has its cases that are raised to a level."""
    open: bool
    version: int
    added_at: datetime


class TeamPage(BaseModel):
    """A page of teams."""

    items: list[TeamDocument]
    next: str | None


class EntityDocument(BaseModel):
    """One company of the group."""

    id: UUID
    code: str
    title: str | None
    version: int
    added_at: datetime


class EntityPage(BaseModel):
    """A page of legal entities."""

    items: list[EntityDocument]
    next: str | None


def _documents(rows: Sequence[TeamRow | EntityRow]) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in rows]


@router.get("/v1/teams", response_model=TeamPage, responses=problems(401, 403, 422, 503))
def list_teams(plaint: App, who: Colleague, query: Paged) -> Response:
    """List the teams of the directory, closed ones too."""
    return entries.page(
        plaint,
        who,
        "/v1/teams",
        query,
        TEAMS.name,
        fetch=plaint.staff.teams_page,
        since=lambda row: row.added_at,
        shown=_documents,
    )


@router.post(
    "/v1/teams",
    status_code=201,
    response_model=entries.Entry,
    responses=ADDED | problems(*ADDS),
    openapi_extra=takes(AddTeam, {"name": "payments", "title": "Payments", "legal_entity": "main"}),
)
def add_team(plaint: App, who: Manager, sent: Body, _query: NoQuery) -> Response:
    """Make a team, or open a closed one again."""
    if before := entries.repeated(plaint, who, sent, Team):
        return entries.written(before)
    order = sent.parsed(AddTeam)
    path = f"/v1/teams/{order.name}"
    return entries.added(plaint, who, sent, order, kind=Team, id=team_id(order.name), path=path)


@router.get("/v1/teams/{name}", response_model=TeamDocument, responses=problems(*READS))
def show_team(plaint: App, _who: Colleague, name: str, query: Asked) -> Response:
    """Read one team."""
    cases.wait_for_views(plaint, query.after, TEAMS.name)
    row = _team(plaint, name)
    return entries.one(row.model_dump(mode="json"), row.version)


@router.get("/v1/legal-entities", response_model=EntityPage, responses=problems(401, 403, 422, 503))
def list_legal_entities(plaint: App, who: Colleague, query: Paged) -> Response:
    """List the companies of the group."""
    return entries.page(
        plaint,
        who,
        "/v1/legal-entities",
        query,
        ENTITIES.name,
        fetch=plaint.staff.entities_page,
        since=lambda row: row.added_at,
        shown=_documents,
    )


@router.post(
    "/v1/legal-entities",
    status_code=201,
    response_model=entries.Entry,
    responses=ADDED | problems(*ADDS),
    openapi_extra=takes(AddLegalEntity, {"code": "eu", "title": "Example Europe SA"}),
)
def add_legal_entity(plaint: App, who: Manager, sent: Body, _query: NoQuery) -> Response:
    """Name a company of the group; its code is never given to another."""
    if before := entries.repeated(plaint, who, sent, LegalEntity):
        return entries.written(before)
    order = sent.parsed(AddLegalEntity)
    path = f"/v1/legal-entities/{order.code}"
    return entries.added(plaint, who, sent, order, kind=LegalEntity, id=entity_id(order.code), path=path)


@router.get("/v1/legal-entities/{code}", response_model=EntityDocument, responses=problems(*READS))
def show_legal_entity(plaint: App, _who: Colleague, code: str, query: Asked) -> Response:
    """Read one company of the group."""
    cases.wait_for_views(plaint, query.after, ENTITIES.name)
    row = _entity(plaint, code)
    return entries.one(row.model_dump(mode="json"), row.version)


def _team(plaint: App, name: str) -> TeamRow:
    row = plaint.standing.team(name)
    if row is None:
        raise Problem(Kind.NOT_FOUND, "There is no such team in the directory.")
    return row


def _entity(plaint: App, code: str) -> EntityRow:
    row = plaint.standing.entity(code)
    if row is None:
        raise Problem(Kind.NOT_FOUND, "There is no such legal entity in the directory.")
    return row


def _changes_team(order: type[Order], example: dict[str, Any]) -> None:
    """Make the address of one order to a team."""

    def carry_out(
        plaint: App, who: Manager, sent: Body, name: str, _query: NoQuery, if_match: IfMatch = None
    ) -> Response:
        row = _team(plaint, name)
        return entries.written(
            entries.carried_out(plaint, who, sent, order, kind=Team, row=row, if_match=if_match)[0]
        )

    carry_out.__name__ = f"{order.NAME}_team"
    carry_out.__doc__ = order.__doc__
    router.add_api_route(
        f"/v1/teams/{{name}}/{order.NAME}",
        carry_out,
        methods=["POST"],
        response_model=entries.Entry,
        responses=DONE | problems(*WRITES),
        openapi_extra=takes(order, example),
    )


_changes_team(ChangeTeam, {"title": "Payments and cards", "escalates_to": [{"level": 2, "team": "legal"}]})
_changes_team(CloseTeam, {})


@router.post(
    "/v1/legal-entities/{code}/change",
    response_model=entries.Entry,
    responses=DONE | problems(*WRITES),
    openapi_extra=takes(ChangeLegalEntity, {"title": "Example Europe SE"}),
)
def change_legal_entity(
    plaint: App, who: Manager, sent: Body, code: str, _query: NoQuery, if_match: IfMatch = None
) -> Response:
    """Call a company of the group otherwise."""
    row = _entity(plaint, code)
    answer, _ = entries.carried_out(
        plaint, who, sent, ChangeLegalEntity, kind=LegalEntity, row=row, if_match=if_match
    )
    return entries.written(answer)
