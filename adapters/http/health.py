"""Whether the process lives, and whether the desk can work."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

import structlog
from eventsourcing.persistence import PersistenceError
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from adapters.eventstore.tables import positions
from adapters.http import schemas
from adapters.http.auth import App, Somebody, unauthenticated
from adapters.http.late import Late
from adapters.http.openapi import problems
from adapters.http.problems import Kind, Problem
from adapters.metrics import MEDIA_TYPE, exposition, seen_of
from adapters.views.engine import AheadOfTheLog

router = APIRouter(route_class=Late, tags=["health"])
log = structlog.get_logger()

MAX_LAG = 5_000
"""Events by which a read model may be behind while the desk counts as ready."""
RETRY = {"Retry-After": "5"}
REMEDY = (
    "When the cause is mended it goes on by itself within minutes, or at once with `plaint rebuild --retry`."
)
FORWARDED = {"forwarded", "x-forwarded-for", "x-real-ip", "via"}


@router.get("/livez", responses={200: {"description": "The process answers."}})
def livez() -> schemas.Alive:
    """Say that the process answers."""
    return schemas.Alive()


@router.get("/readyz", responses=problems(503))
def readyz(plaint: App) -> schemas.Ready:
    """Say whether the desk can work: databases, read models and scheduler, if it has one."""
    try:
        ends, cursors = plaint.store.ends(), plaint.views.cursors()
        stopped, unbuilt = plaint.views.stopped(), plaint.views.unbuilt()
        search_lag = plaint.search.lag(ends)
        parked = [f"{each.reaction} {each.position}" for each in plaint.reactions.troubles.all(["parked"])]
        plaint.views.refuse_if_ahead()
        plaint.log_database.refuse_another_file()
    except AheadOfTheLog as error:
        raise Problem(Kind.UNAVAILABLE, str(error), headers=RETRY) from None
    except (SQLAlchemyError, PersistenceError) as error:
        log.warning("database_unreachable", error=type(error).__name__)
        raise Problem(Kind.UNAVAILABLE, "The database cannot be reached.", headers=RETRY) from None
    if away := plaint.vault.away():
        raise Problem(Kind.VAULT_AWAY, away.remedy, headers=RETRY)
    if stopped:
        detail = f"Stopped by an event that cannot be read: {_told(stopped)}. " + REMEDY
        raise Problem(Kind.UNAVAILABLE, detail, headers=RETRY)
    if unbuilt:
        raise Problem(Kind.UNAVAILABLE, f"Not to be read now: {_told(unbuilt)}.", headers=RETRY)
    if plaint.runner.silent:
        detail = "The scheduler of this process has not ticked for more than 30 seconds; see the log."
        raise Problem(Kind.UNAVAILABLE, detail, headers=RETRY)
    last = sum(ends.values())
    lag = last - min((seen_of(each, ends) for each in cursors.values()), default=last)
    if lag > MAX_LAG:
        raise Problem(Kind.UNAVAILABLE, f"The read models are {lag} events behind.", headers=RETRY)
    return schemas.Ready(position=positions(ends), lag=lag, search_lag=search_lag, reactions_parked=parked)


def _told(said: Mapping[str, str]) -> str:
    return "; ".join(f"{name} ({why})" for name, why in sorted(said.items()))


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={200: {"description": "Figures in the text format of Prometheus."}} | problems(401, 503),
    openapi_extra={"security": [{"token": []}]},
)
def metrics(plaint: App, request: Request, who: Somebody) -> PlainTextResponse:
    """Read the figures that monitoring wants: from this machine, or with a token."""
    if who is None and not _from_this_machine(request):
        raise unauthenticated()
    return PlainTextResponse(exposition(plaint), media_type=MEDIA_TYPE)


def _from_this_machine(request: Request) -> bool:
    """Whether nobody but this machine asks; what a proxy passes on may come from anywhere."""
    if request.client is None or FORWARDED & set(request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
