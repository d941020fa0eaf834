"""The addresses of the pages."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from adapters.files.ports import StoreAway, StoreFull
from adapters.http import signin
from adapters.http.late import Late
from adapters.http.limits import may_look
from adapters.http.pages import desk, form, mine, requests
from adapters.http.pages.below import led
from adapters.http.pages.errors import error_page
from adapters.http.pages.guard import own_host
from adapters.http.pages.render import asset
from adapters.http.problems import Kind, Problem, refused
from adapters.http.sessions import SignInNeeded
from adapters.reading.record import NotRecorded
from adapters.vault.errors import VaultAway
from adapters.views.queries import NotBuilt
from domain.errors import DomainError

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

FRAMES = 8
FILES_AWAY = "Files cannot be reached now; all else can. Try again later, and tell the operator if it stays."
NO_ROOM = "There is no room for the files; nothing of them was kept. Tell the operator, and try again later."
log = structlog.get_logger()


def _places(error: Exception) -> list[str]:
    """Return where it failed; messages and values are not logged, they may concern a person."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


class PageRoute(Late):
    """A route whose failures are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with a page in place of each error."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return led(request, await handler(request))
            except SignInNeeded as needed:
                return led(request, RedirectResponse(needed.address, 303))
            except HTTPException as error:
                return error_page(request, error.status_code, error.detail)
            except RequestValidationError:
                return error_page(request, 400)
            except Problem as problem:
                return error_page(request, problem.kind.value.status, problem.detail)
            except NotBuilt as error:
                return error_page(request, 503, str(error))
            except VaultAway as error:
                log.error("vault_away", remedy=error.remedy)  # noqa: TRY400 - the sentence says all
                return error_page(request, 503, "What concerns people cannot be opened now; try again later.")
            except (StoreFull, StoreAway) as error:
                log.error("files_away", remedy=str(error))  # noqa: TRY400 - the sentence says all
                return error_page(request, *_without_files(error))
            except NotRecorded:
                log.error("reading_refused")  # noqa: TRY400 - the event says all
                return error_page(request, 503, Kind.NOT_RECORDED.value.remedy)
            except DomainError as error:
                return error_page(request, refused(error).kind.value.status, error.remedy)
            except Exception as error:  # noqa: BLE001 - whatever it is, a person waits for a page
                log.error("page_failed", error=type(error).__name__, places=_places(error))  # noqa: TRY400 - no values
                return error_page(request, 500)

        return handle


def _without_files(error: StoreAway) -> tuple[int, str]:
    full = isinstance(error, StoreFull)
    return (507, NO_ROOM) if full else (503, FILES_AWAY)


def pages(plaint: Plaint) -> APIRouter:
    """Return the pages of *plaint*: the desk for who is signed in, the form and the links for everybody."""
    router = APIRouter(
        route_class=PageRoute,
        dependencies=[Depends(own_host), Depends(may_look)],
        include_in_schema=False,
    )
    for part in (signin, desk, form, requests, mine):
        part.add(router, plaint)
    return router


def assets() -> APIRouter:
    """Return what the pages are drawn with; it has no budget, since each page asks for all of it."""
    router = APIRouter(route_class=PageRoute, dependencies=[Depends(own_host)], include_in_schema=False)

    @router.get("/assets/{name}")
    def serve_asset(name: str) -> Response:
        found = asset(name)
        if found is None:
            raise HTTPException(404)
        return found

    @router.get("/favicon.ico")
    def favicon() -> Response:
        return RedirectResponse("/assets/icon.svg", 301)

    return router
