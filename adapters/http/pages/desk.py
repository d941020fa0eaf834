"""The desk's three pages: what is owed, the queue, one case."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from adapters.dashboard import HOUSE
from adapters.eventstore.tables import reached
from adapters.http.cases import case_now, request_id, sealed_file, shown_file
from adapters.http.cursors import keys_of
from adapters.http.pages import asked, case
from adapters.http.pages.overview import ROWS_SHOWN, overview
from adapters.http.pages.render import page
from adapters.http.pages.timeline import entries
from adapters.http.pages.words import Clockface
from adapters.http.sessions import DeskReader
from domain.access import Principal, Right
from domain.complaint.state import Stage
from domain.ids import normal_reference
from domain.reading import Part
from domain.ticket.state import Stage as TicketStage
from projections.dashboard import Totals
from projections.queue import DECIDED, QUEUE, QueueRow

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

SEVERITIES = ("low", "normal", "high", "critical")
PAGE_ROWS = 50
PATIENCE = 2.0
"""Seconds to wait for a read model to reach what its reader has just written."""


def clockface(plaint: Plaint) -> Clockface:
    """Return the clock that the pages are read by: the house's zone, now."""
    return Clockface(plaint.desk.rules.regime(HOUSE).tz, plaint.now())


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the desk's pages."""

    @router.get("/")
    def dashboard_page(request: Request, who: DeskReader) -> Response:
        time = clockface(plaint)
        shown = overview(plaint.queries, plaint.desk.rules, who, time.now)
        return page(
            request, "dashboard.html", here="dashboard", time=time, rows_shown=ROWS_SHOWN, **shown._asdict()
        )

    @router.get("/queue")
    def queue_page(request: Request, who: DeskReader) -> Response:
        time = clockface(plaint)
        wanted = asked.read(dict(request.query_params), plaint.desk.rules.regime(HOUSE).zone, keys_of(plaint))
        return page(
            request,
            "queue.html",
            status=400 if wanted.problems else 200,
            here="queue",
            time=time,
            asked=wanted,
            choices=choices(plaint, who),
            sorts=asked.SORTS,
            **_found(plaint, who, wanted),
        )

    @router.get("/complaints/{name}")
    @router.get("/tickets/{name}")
    def case_page(name: str, request: Request, who: DeskReader, after: str | None = None) -> Response:
        _wait(plaint, after)
        row = find(plaint, who, name)
        now = case_now(plaint, row.id)
        if now.row is None or now.file is None:
            raise HTTPException(503)
        if not who.sees(row.id, now.row):
            raise HTTPException(404)  # moved on since the lists were written
        plaint.readings.record(who, now.row, Part.DOCUMENT, request_id=request_id())
        opened = who.may(Right.READ_PERSONAL)
        row, file = now.row, shown_file(plaint, now.file) if opened else sealed_file(now.file)
        events = [event for _, event in plaint.store.numbered(row.id)]
        time, rules = clockface(plaint), plaint.desk.rules
        base = (plaint.settings.public_url or str(request.base_url)).rstrip("/")
        works = row.kind == "complaint" and who.may(Right.WORK_CASES)
        command, call = case.next_call(row, base) if works else (None, None)
        return page(
            request,
            "case.html",
            here="case",
            time=time,
            row=row,
            file=file,
            clocks=case.shown_clocks(
                [each.clock for each in now.clocks], rules, time.now, decided=row.status in DECIDED
            ),
            submitted=case.submitted(file, time),
            source=case.source_facts(file),
            simulated=case.simulated(file),
            entries=entries([plaint.showing.event(event) for event in events] if opened else events),
            opened=opened,
            command=command,
            call=call,
        )


class Found(TypedDict):
    """The rows of a page, how many there are in all, and the address of the next page."""

    rows: list[QueueRow]
    count: int
    next: str | None


def _found(plaint: Plaint, who: Principal, wanted: asked.Asked) -> Found:
    if wanted.problems:
        return {"rows": [], "count": 0, "next": None}
    found = plaint.queries.cases(who, wanted.filter, sort=wanted.sort, after=wanted.cursor, limit=PAGE_ROWS)
    following = wanted.following(found.next) if found.next else None
    return {"rows": found.rows, "count": plaint.queries.count(who, wanted.filter), "next": following}


def choices(plaint: Plaint, who: Principal) -> dict[str, list[str]]:
    """Return what each filter can be set to: what there is on the desk for *who*."""
    totals = Totals(plaint.queries.counters(QUEUE.name), who.scope)
    return {
        "kind": list(asked.KINDS),
        "status": list(dict.fromkeys(stage.value for stage in (*Stage, *TicketStage))),
        "category": sorted(each.category for each in totals.by_category()),
        "team": [each.team for each in totals.by_team()],
        "severity": list(SEVERITIES),
        "regime": sorted({regime.regime for regime in plaint.desk.rules.regimes}),
    }


def find(plaint: Plaint, who: Principal, name: str) -> QueueRow:
    """Return the case of that id or reference; 404 when there is none for *who*."""
    reference = normal_reference(name)
    row = plaint.queries.case_by_reference(reference) if reference else None
    if row is None:
        try:
            row = plaint.queries.case(UUID(name))
        except ValueError:
            row = None
    if row is None or not who.sees(row.id, row):
        raise HTTPException(404)
    return row


def _wait(plaint: Plaint, after: str | None) -> None:
    """Wait until the lists have reached the position *after*; 503 when they do not in time."""
    if after is None:
        return
    try:
        wanted = reached(after)
    except ValueError:
        raise HTTPException(404) from None
    names = [view.projection.name for view in plaint.views.views]
    if not plaint.views.wait_for(wanted, PATIENCE, names):
        raise HTTPException(503)
