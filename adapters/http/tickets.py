"""Tickets over HTTP: listed and read as complaints are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.http import cases, reading, schemas
from adapters.http.auth import App, Inquirer, Reader
from adapters.http.openapi import READS, problems
from adapters.http.reading import ONE

router = APIRouter(tags=["tickets"])


@router.get("/v1/tickets", response_model=schemas.CasePage, responses=problems(401, 403, 422, 503))
def list_tickets(plaint: App, who: Reader, query: Annotated[schemas.TicketListing, Query()]) -> Response:
    """List the tickets that you may see, those first that fall due first."""
    return reading.page(plaint, who, "/v1/tickets", query, kind="ticket")


@router.get("/v1/tickets/{id}", response_model=schemas.TicketDocument, responses=ONE | problems(400, *READS))
def show_ticket(plaint: App, by: Inquirer, id: str, query: Annotated[schemas.AsKnown, Query()]) -> Response:
    """Read one ticket by id or reference, as it is, as it was, or as it was known."""
    return reading.one(plaint, by, id, query, "ticket")


@router.get("/v1/tickets/{id}/history", response_model=schemas.History, responses=problems(400, *READS))
def show_ticket_history(
    plaint: App, by: Inquirer, id: str, query: Annotated[schemas.Parameters, Query()]
) -> Response:
    """Read everything that happened to one ticket."""
    return reading.history(plaint, by, id, query, "ticket")


@router.get("/v1/tickets/{id}/clocks", response_model=schemas.ClockList, responses=problems(400, *READS))
def show_ticket_clocks(
    plaint: App, by: Inquirer, id: str, query: Annotated[schemas.AsOf, Query()]
) -> Response:
    """Read the clocks of one ticket, with the days that each counted."""
    return reading.clocks(plaint, by, id, query, "ticket")


@router.get(
    "/v1/tickets/{id}/clocks/{clock}/explain",
    response_model=cases.Explanation,
    responses=problems(400, *READS),
)
def explain_ticket_clock(
    plaint: App,
    by: Inquirer,
    request: Request,
    *,
    id: str,
    clock: str,
    query: Annotated[reading.Explaining, Query()],
) -> Response:
    """Say why one clock of a ticket falls due when it does, and everything that changed it."""
    return reading.explanation(plaint, by, id, query, clock=clock, request=request, kind="ticket")
