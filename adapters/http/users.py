"""Users over HTTP: who works here, added, changed, leaving and coming back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from adapters.bootstrap import Plaint
from adapters.http import cases, entries, schemas
from adapters.http.auth import App, Colleague, Manager, may
from adapters.http.conditional import Body, IfMatch
from adapters.http.entries import ADDED, ADDS, DONE
from adapters.http.late import Late
from adapters.http.openapi import READS, WRITES, problems, takes
from adapters.http.problems import Kind, Problem
from adapters.views.staff import Place
from domain.access import Principal, Right, Role, Sensitivity
from domain.directory import Reach, User, share_an_entity, user_id
from domain.directory.orders import AddUser, ChangeUser, HandOverAll, Leave, Order, Return
from domain.privacy import Withheld, shown
from projections.directory import USERS, HandingOver, UserRow

router = APIRouter(route_class=Late, tags=["staff"])

A_USER: dict[str, Any] = {
    "login": "anna",
    "name": "Anna Example",
    "email": "anna@example.org",
    "role": "handler",
    "teams": ["complaints"],
}
BATCHES = 1
"""How many batches of cases a request hands over by itself; a worker does the rest."""
COUNTED = 1_000
"""How many open cases are counted of somebody who hands over."""
MANAGERS_ONLY = {
    "email",
    "legal_entities",
    "clearance",
    "handing_over",
    "not_handed_over",
    "successor",
    "left_at",
    "open_cases",
}


class UserDocument(BaseModel):
    """One user; what only the managers of the staff see is left out for everybody else."""

    id: UUID
    login: str
    assignee: str
    """How cases name them."""
    name: str | Withheld
    email: str | Withheld | None = None
    role: Role
    teams: list[str]
    legal_entities: list[str] | None = None
    clearance: Sensitivity | None = None
    skills: list[str]
    languages: list[str]
    capacity: int | None = None
    status: str
    version: int
    added_at: datetime
    left_at: datetime | None = None
    successor: str | None = None
    handing_over: HandingOver | None = None
    not_handed_over: int | None = None
    """Cases that the last hand-over had to leave where they were."""
    open_cases: int | None = None
    """Open cases that are assigned to them, up to 1,000, while they hand over."""


class UserPage(BaseModel):
    """A page of users."""

    items: list[UserDocument]
    next: str | None


class Leaving(entries.Entry):
    """What a leaving or a hand-over answers: how far it has come, as of now; a worker finishes it."""

    login: str
    tokens_revoked: int
    handed_over: int
    handing_over: bool


def _manages(who: Principal) -> bool:
    return who.may(Right.MANAGE_STAFF)


def _document(plaint: Plaint, who: Principal, row: UserRow) -> dict[str, Any]:
    open_row = plaint.showing.row(row, row.id)
    facts = open_row.model_dump(mode="json", exclude={"name", "email"})
    facts |= {"assignee": row.principal.id, "name": shown(open_row.name), "email": shown(open_row.email)}
    if row.handing_over is not None and _manages(who):
        facts["open_cases"] = _left(plaint, row.principal.id, row.handing_over)
    document = UserDocument.model_validate(facts)
    hidden = set[str]() if _manages(who) else MANAGERS_ONLY
    return document.model_dump(mode="json", exclude=hidden, exclude_none=not _manages(who))


def _left(plaint: Plaint, principal: str, handing: HandingOver) -> int:
    scope = handing.within.scope if handing.within else None
    return len(plaint.staff.cases_of(principal, COUNTED, scope=scope))


def _colleagues(who: Principal) -> Sequence[str] | None:
    """Return the teams whose users exist for *who*; None for all."""
    everybody = _manages(who) or who.may(Right.READ_ALL_TEAMS)
    return None if everybody else who.teams


def _shares(who: Principal, row: UserRow) -> bool:
    """Whether the user gets at cases of a legal entity of *who*: of the others' staff they know nothing."""
    return share_an_entity(who, row.legal_entities)


def _visible(plaint: Plaint, who: Principal, login: str) -> UserRow:
    row, teams = plaint.standing.user(login), _colleagues(who)
    if row is None or (teams is not None and not set(teams) & set(row.teams)) or not _shares(who, row):
        raise Problem(Kind.NOT_FOUND, "There is no such user here.")
    return row


def _added_at(row: UserRow) -> datetime:
    return row.added_at


@router.get("/v1/users", response_model=UserPage, responses=problems(401, 403, 422, 503))
def list_users(plaint: App, who: Colleague, query: Annotated[entries.Paged, Query()]) -> Response:
    """List the users: all of them, or for a handler those who share a team.

    Who is limited to legal entities gets those who work for one of these.
    """
    teams = _colleagues(who)

    def fetch(limit: int, after: Place | None) -> Sequence[UserRow]:
        return plaint.staff.users_page(limit, after, teams)

    return entries.page(
        plaint,
        who,
        "/v1/users",
        query,
        USERS.name,
        fetch=entries.narrowed(fetch, partial(_shares, who), _added_at) if who.legal_entities else fetch,
        since=_added_at,
        shown=lambda rows: [_document(plaint, who, row) for row in rows],
    )


@router.post(
    "/v1/users",
    status_code=201,
    response_model=entries.Entry,
    responses=ADDED | problems(*ADDS),
    openapi_extra=takes(AddUser, A_USER),
)
def add_user(plaint: App, who: Manager, sent: Body, _query: Annotated[schemas.Nothing, Query()]) -> Response:
    """Add somebody to the staff; a login is never given away twice."""
    if before := entries.repeated(plaint, who, sent, User):
        return entries.written(before)
    order = sent.parsed(AddUser)
    path = f"/v1/users/{order.login}"
    return entries.added(plaint, who, sent, order, kind=User, id=user_id(order.login), path=path)


@router.get("/v1/users/{login}", response_model=UserDocument, responses=problems(*READS))
def show_user(
    plaint: App, who: Colleague, login: str, query: Annotated[schemas.Parameters, Query()]
) -> Response:
    """Read one user."""
    cases.wait_for_views(plaint, query.after, USERS.name)
    row = _visible(plaint, who, login)
    return entries.one(_document(plaint, who, row), row.version)


def _changes(order: type[Order], right: Right, example: dict[str, Any]) -> None:
    """Make the address of one order."""

    def carry_out(
        plaint: App,
        who: Principal,
        sent: Body,
        login: str,
        _query: Annotated[schemas.Nothing, Query()],
        if_match: IfMatch = None,
    ) -> Response:
        row = _visible(plaint, who, login)
        answer, asked = entries.carried_out(plaint, who, sent, order, kind=User, row=row, if_match=if_match)
        handing = _handing_over(plaint, who, asked)
        if handing is None:
            return entries.written(answer)
        ended = plaint.leavers.begin(login, who.actor) if isinstance(asked, Leave) else 0
        moved = plaint.leavers.hand_over(login, handing, batches=BATCHES)
        return entries.written(
            answer, login=login, tokens_revoked=ended, handed_over=moved.cases, handing_over=True
        )

    carry_out.__name__ = f"{order.NAME.replace('-', '_')}_user"
    carry_out.__doc__ = order.__doc__
    carry_out.__annotations__["who"] = Annotated[Principal, Depends(may(right))]
    hands_over = order in {Leave, HandOverAll}
    router.add_api_route(
        f"/v1/users/{{login}}/{order.NAME}",
        carry_out,
        methods=["POST"],
        response_model=Leaving if hands_over else entries.Entry,
        responses=DONE | problems(*WRITES),
        openapi_extra=takes(order, example),
    )


def _handing_over(plaint: Plaint, who: Principal, asked: Order) -> HandingOver | None:
    match asked:
        case Leave():
            to, reason, within = asked.successor, asked.reason, None
        case HandOverAll():
            to, reason, within = asked.to, asked.reason, Reach.of(who.scope)
        case _:
            return None
    return HandingOver(to=to, reason_code=reason, by=who.actor, since=plaint.now(), within=within)


_changes(ChangeUser, Right.MANAGE_STAFF, {"teams": ["complaints", "payments"]})
_changes(Leave, Right.MANAGE_STAFF, {"successor": "ben", "reason": "left"})
_changes(Return, Right.MANAGE_STAFF, {})
_changes(HandOverAll, Right.HAND_OVER, {"to": "ben", "reason": "absent"})
