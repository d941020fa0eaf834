"""The SLA dashboard over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from adapters.dashboard import dashboard
from adapters.http import cases, schemas
from adapters.http.auth import App, Reader
from adapters.http.late import Late
from adapters.http.openapi import problems
from projections.dashboard import Dashboard
from projections.queue import QUEUE

router = APIRouter(route_class=Late, tags=["dashboards"])


@router.get("/v1/dashboards/sla", response_model=Dashboard, responses=problems(401, 403, 422, 503))
def show_sla(plaint: App, who: Reader, query: Annotated[schemas.Parameters, Query()]) -> Response:
    """Read what the desk owes, of the cases that you may see."""
    cases.wait_for_views(plaint, query.after, QUEUE.name)
    return cases.written(dashboard(plaint.queries, plaint.desk.rules, who, plaint.now()))
