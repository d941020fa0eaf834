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
from fastapi.routing import APIRoute
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from adapters.bootstrap import Plaint
from adapters.http import commands, complaints, dashboards, health, tickets, webhooks
from adapters.http.forms import forms
from adapters.http.frame import Frame
from adapters.http.limits import PER_MINUTE, Bucket
from adapters.http.openapi import describes, problems
from adapters.http.problems import Kind, Problem, mistakes, refused
from adapters.vault.errors import VaultAway
from adapters.views.queries import NotBuilt
from domain.errors import DomainError

log = structlog.get_logger()

WORKERS = 32
"""Threads that answer requests; each holds at most one connection of a database at a time."""
NOT_FOUND = HTTPStatus(404).phrase
OFFLINE = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, persistence.OperationalError)


def create_app(
    plaint: Plaint, *, pages: bool = False, workers: int = WORKERS, per_minute: int = PER_MINUTE
) -> FastAPI:
    """Return the application that serves *plaint*, with the console when *pages* says so.

    *per_minute* is how many complaints one address may send without a token.
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
    app.state.bucket = Bucket(per_minute)
    app.state.pages = pages
    for module in (complaints, commands, tickets, dashboards, health, webhooks):
        app.include_router(module.router)
    app.include_router(forms(), responses=problems(404, 422))
    if pages:
        from adapters.http.pages.router import pages as pages_of

        app.include_router(pages_of(plaint))
    app.add_middleware(Frame)
    _answer_errors(app)
    app.openapi = describes(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _threads(workers: int) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = workers
        yield

    return lifespan


def _answer_errors(app: FastAPI) -> None:
    handlers: dict[type[Exception], Any] = {
        Problem: _problem,
        DomainError: _rule,
        VaultAway: _sealed,
        RequestValidationError: _invalid,
        HTTPException: _http,
        NotBuilt: _not_built,
        **dict.fromkeys(OFFLINE, _offline),
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


async def _problem(_request: Request, problem: Problem) -> Response:
    return problem.response()


async def _rule(_request: Request, error: DomainError) -> Response:
    return refused(error).response()


async def _invalid(_request: Request, error: RequestValidationError) -> Response:
    found = mistakes(error.errors())
    detail = " ".join(mistake.detail for mistake in found[:5])
    return Problem(Kind.INVALID, detail, errors=found).response()


async def _offline(_request: Request, error: Exception) -> Response:
    log.error("database_unreachable", error=type(error).__name__)
    return Problem(Kind.UNAVAILABLE, headers={"Retry-After": "1"}).response()


async def _sealed(_request: Request, error: VaultAway) -> Response:
    log.error("vault_away", remedy=error.remedy)
    return Problem(Kind.VAULT_AWAY, error.remedy, headers={"Retry-After": "5"}).response()


async def _not_built(_request: Request, error: NotBuilt) -> Response:
    return Problem(Kind.NOT_YET, str(error), headers={"Retry-After": "5"}).response()


async def _http(request: Request, error: HTTPException) -> Response:
    if request.app.state.pages:
        from adapters.http.pages.errors import page_for

        if page := page_for(request, error.status_code):
            return page
    match error.status_code:
        case 404:
            said = error.detail if error.detail != NOT_FOUND else "There is nothing at this address."
            return Problem(Kind.NOT_FOUND, said).response()
        case 405:
            allowed = ", ".join(sorted(_methods(request))) or (error.headers or {}).get("Allow", "")
            return Problem(Kind.METHOD_NOT_ALLOWED, headers={"Allow": allowed}).response()
        case 413:
            return Problem(Kind.TOO_LARGE, headers={"Connection": "close"}).response()
        case _:
            return Problem(Kind.BAD_REQUEST).response()


def _methods(request: Request) -> Iterator[str]:
    """Yield every method that the address knows, whichever route has it."""
    for path, operations in request.app.openapi()["paths"].items():
        if compile_path(path)[0].fullmatch(request.url.path):
            yield from (method.upper() for method in operations)
