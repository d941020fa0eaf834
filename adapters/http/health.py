"""Whether the process lives, and whether the desk can work."""

from __future__ import annotations

import structlog
from eventsourcing.persistence import PersistenceError
from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from adapters.eventstore.store import LOG
from adapters.eventstore.tables import position
from adapters.http import schemas
from adapters.http.auth import App
from adapters.http.openapi import problems
from adapters.http.problems import Kind, Problem

router = APIRouter(tags=["health"])
log = structlog.get_logger()

MAX_LAG = 5_000
"""Events by which a read model may be behind while the desk counts as ready."""
RETRY = {"Retry-After": "5"}


@router.get("/livez", responses={200: {"description": "The process answers."}})
def livez() -> schemas.Alive:
    """Say that the process answers."""
    return schemas.Alive()


@router.get("/readyz", responses=problems(503))
def readyz(plaint: App) -> schemas.Ready:
    """Say whether the desk can work: databases reached, read models running and not far behind."""
    try:
        last, cursors = plaint.store.last(), plaint.views.cursors()
        stopped = plaint.views.stopped()
    except (SQLAlchemyError, PersistenceError) as error:
        log.warning("database_unreachable", error=type(error).__name__)
        raise Problem(Kind.UNAVAILABLE, "The database cannot be reached.", headers=RETRY) from None
    if stopped:
        names = ", ".join(sorted(stopped))
        detail = f"Stopped by an event that cannot be read: {names}. See the log, then run `plaint rebuild`."
        raise Problem(Kind.UNAVAILABLE, detail, headers=RETRY)
    lag = max(0, last - min(cursors.values(), default=0))
    if lag > MAX_LAG:
        raise Problem(Kind.UNAVAILABLE, f"The read models are {lag} events behind.", headers=RETRY)
    return schemas.Ready(position=position(LOG, last), lag=lag)
