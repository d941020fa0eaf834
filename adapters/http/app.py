"""The application: routes, errors and frame put together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import anyio.to_thread
import structlog
from eventsourcing import persistence
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends
from fastapi.routing import APIRoute
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from adapters.bootstrap import Plaint
from adapters.database import took_too_long
from adapters.eventstore.mapper import UnreadableEvent
from adapters.files.ports import StoreAway, StoreFull
from adapters.http import (
    attachments,
    bulk,
    commands,
    complaints,
    dashboards,
    docs,
    emergency,
    health,
    issues,
    links,
    me,
    merging,
    reads,
    search,
    stream,
    teams,
    threads,
    tickets,
    tokens,
    users,
    webhooks,
)
from adapters.http import log as log_feed
from adapters.http.admission import admitted, visited
from adapters.http.conditional import InFlight
from adapters.http.forms import forms
from adapters.http.frame import SAID, Frame
from adapters.http.late import take
from adapters.http.limits import Limits, Rates
from adapters.http.openapi import describes
from adapters.http.problems import Kind, Problem, mistakes, refused
from adapters.http.remembered import Remembered
from adapters.http.tongue import told
from adapters.reading.record import NotRecorded
from adapters.settings import Settings
from adapters.vault.errors import VaultAway
from adapters.views.queries import NotBuilt
from domain.errors import DomainError

log = structlog.get_logger()

WORKERS = 32
"""Threads that answer requests, and as many for what the framework hands over itself.

Each holds at most one connection of a database at a time.
"""
NOT_FOUND = HTTPStatus(404).phrase
TAKEN = (*SAID, "X-Request-Id")
"""What a page of an origin that is let in may send."""
EXPOSED = ("ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")
"""What the pages of other sites may read of an answer beside its body."""
OFFLINE = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, persistence.OperationalError)


def create_app(
    plaint: Plaint,
    *,
    pages: bool = False,
    demo: str | None = None,
    workers: int = WORKERS,
    rates: Rates | None = None,
) -> FastAPI:
    """Return the application that serves *plaint*, with the console when *pages* says so.

    *demo* is the supervisor's token of a demo, which lets anybody on this machine look around.
    *rates* are those of the settings unless others are given.
    """
    app = FastAPI(
        title="Plaint",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=_threads(workers),
    )
    app.state.plaint = plaint
    app.state.limits = limits = Limits(rates or _rates(plaint.settings), workers)
    app.state.pages, app.state.demo = pages, demo
    app.state.in_flight = InFlight()
    app.state.remembered = Remembered(plaint)
    for module in (
        complaints,
        bulk,
        commands,
        attachments,
        merging,
        links,
        tickets,
        emergency,
        dashboards,
        users,
        teams,
        tokens,
        me,
        search,
        log_feed,
        reads,
        stream,
        webhooks,
        issues,
    ):
        take(app, module.router, Depends(admitted))
    take(app, health.router)
    app.include_router(docs.router)
    take(app, forms(), Depends(visited))
    if pages:
        from adapters.http.pages.router import assets
        from adapters.http.pages.router import pages as pages_of

        take(app, pages_of(plaint))
        take(app, assets())
    _let_other_sites_in(app, plaint.settings)
    app.add_middleware(Frame, limits=limits, public_url=plaint.settings.public_url)
    _answer_errors(app)
    app.openapi = describes(app)
    return app


def _rates(settings: Settings) -> Rates:
    return Rates(
        principal=settings.rate_principal,
        address=settings.rate_address,
        new_cases=settings.rate_new_cases,
        refused=settings.rate_refused,
        sign_in=settings.rate_sign_in,
        all_new_cases=settings.rate_all_new_cases,
    )


def _let_other_sites_in(app: FastAPI, settings: Settings) -> None:
    """Let pages of the origins that the operator names call the API; nobody's by default."""
    origins = [each.strip() for each in settings.cors_origins.split(",") if each.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=TAKEN,
            expose_headers=EXPOSED,
        )


def _operation_id(route: APIRoute) -> str:
    return route.name


def _threads(workers: int) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = workers
        threads.provide(workers)
        yield

    return lifespan


def _answer_errors(app: FastAPI) -> None:
    handlers: dict[type[Exception], Any] = {
        Problem: _problem,
        DomainError: _rule,
        VaultAway: _sealed,
        UnreadableEvent: _unreadable,
        RequestValidationError: _invalid,
        HTTPException: _http,
        NotBuilt: _not_built,
        NotRecorded: _not_recorded,
        StoreFull: _no_room,
        StoreAway: _files_away,
        **dict.fromkeys(OFFLINE, _offline),
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


async def _problem(request: Request, problem: Problem) -> Response:
    return told(problem, request)


async def _rule(request: Request, error: DomainError) -> Response:
    return told(refused(error), request)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    found = mistakes(error.errors())
    detail = " ".join(mistake.detail for mistake in found[:5])
    return told(Problem(Kind.INVALID, detail, errors=found), request)


async def _offline(request: Request, error: Exception) -> Response:
    if took_too_long(error):
        log.warning("question_broken_off")
        return told(Problem(Kind.TOO_SLOW, headers={"Retry-After": "5"}), request)
    log.error("database_unreachable", error=type(error).__name__)
    return told(Problem(Kind.UNAVAILABLE, headers={"Retry-After": "1"}), request)


async def _sealed(request: Request, error: VaultAway) -> Response:
    log.error("vault_away", remedy=error.remedy)
    return told(Problem(Kind.VAULT_AWAY, error.remedy, headers={"Retry-After": "5"}), request)


async def _unreadable(request: Request, error: UnreadableEvent) -> Response:
    # Named here alone: who asks may not know that there is such a case.
    stored = error.stored
    where = {"case_id": str(stored.originator_id), "version": stored.originator_version}
    log.error("event_unreadable", **where, topic=stored.topic, error=error.why)
    return told(Problem(Kind.UNREADABLE, headers={"Retry-After": "5"}), request)


async def _no_room(request: Request, error: StoreFull) -> Response:
    log.error("no_room_for_files", remedy=str(error))
    return told(Problem(Kind.NO_ROOM), request)


async def _files_away(request: Request, error: StoreAway) -> Response:
    log.error("files_away", remedy=str(error))
    return told(Problem(Kind.FILES_AWAY, headers={"Retry-After": "5"}), request)


async def _not_built(request: Request, error: NotBuilt) -> Response:
    return told(Problem(Kind.NOT_YET, str(error), headers={"Retry-After": "5"}), request)


async def _not_recorded(_request: Request, _error: NotRecorded) -> Response:
    log.error("reading_refused")
    return Problem(Kind.NOT_RECORDED, headers={"Retry-After": "5"}).response()


async def _http(request: Request, error: HTTPException) -> Response:
    if request.app.state.pages:
        from adapters.http.pages.errors import page_for

        if page := page_for(request, error.status_code):
            return page
    match error.status_code:
        case 404:
            said = error.detail if error.detail != NOT_FOUND else "There is nothing at this address."
            return told(Problem(Kind.NOT_FOUND, said), request)
        case 405:
            allowed = ", ".join(sorted(_methods(request))) or (error.headers or {}).get("Allow", "")
            return told(Problem(Kind.METHOD_NOT_ALLOWED, headers={"Allow": allowed}), request)
        case 408:
            return told(Problem(Kind.SLOW_BODY, headers={"Connection": "close"}), request)
        case 413:
            return told(Problem(Kind.TOO_LARGE, headers={"Connection": "close"}), request)
        case _:
            return told(Problem(Kind.BAD_REQUEST), request)


def _methods(request: Request) -> Iterator[str]:
    """Yield every method that the address knows, whichever route has it."""
    for path, operations in request.app.openapi()["paths"].items():
        if compile_path(path)[0].fullmatch(request.url.path):
            yield from (method.upper() for method in operations)
