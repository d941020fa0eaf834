"""The desk's three pages: what is owed, the queue, one case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypedDict
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from adapters.dashboard import HOUSE
from adapters.eventstore.tables import reached
from adapters.http.attachments import content
from adapters.http.auth import Inquiry, stated
from adapters.http.cases import Reading, sealed_file, shown_file
from adapters.http.cursors import keys_of
from adapters.http.kinds import COMPLAINTS, TICKETS, KindOfCase
from adapters.http.others import as_known, known_to, named_by
from adapters.http.pages import asked, case
from adapters.http.pages.around import around
from adapters.http.pages.dossier import dossier
from adapters.http.pages.guard import posted, same_origin
from adapters.http.pages.overview import ROWS_SHOWN, overview
from adapters.http.pages.render import page
from adapters.http.pages.timeline import entries
from adapters.http.pages.words import Clockface
from adapters.http.problems import Kind, Problem
from adapters.http.sessions import DeskReader, refuse_foreign_form
from domain.access import Principal, Right, Sight
from domain.complaint.state import Stage
from domain.disclosure import concerns
from domain.ticket.state import Stage as TicketStage
from projections.dashboard import METRICS, Totals
from projections.queue import DECIDED, QUEUE, CaseKind, QueueRow

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

Posted = Annotated[dict[str, list[str]], Depends(posted)]
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

    for kind in asked.KINDS:
        _add_case(router, plaint, kind)
    for of in (COMPLAINTS, TICKETS):
        _add_files(router, plaint, of)


def _add_case(router: APIRouter, plaint: Plaint, kind: CaseKind) -> None:
    """Add the page of a case; one that is read for a purpose alone asks for it first."""

    @router.get(f"/{kind}s/{{name}}")
    def case_page(name: str, request: Request, who: DeskReader, after: str | None = None) -> Response:
        _wait(plaint, after)
        try:
            return _shown(request, plaint, Reading(plaint, Inquiry(who), name, kind))
        except Problem as problem:
            if problem.kind is not Kind.PURPOSE_REQUIRED:
                raise
            return _asking(request, kind, name, status=403)

    @router.post(f"/{kind}s/{{name}}", dependencies=[Depends(same_origin)])
    def case_for_a_purpose(name: str, request: Request, who: DeskReader, fields: Posted) -> Response:
        refuse_foreign_form(request, fields)
        try:
            purpose = stated(fields.get("purpose", [""])[-1])
        except Problem as problem:
            return _asking(request, kind, name, status=422, wrong=problem.detail)
        return _shown(request, plaint, Reading(plaint, Inquiry(who, purpose), name, kind))


def _add_files(router: APIRouter, plaint: Plaint, kind: KindOfCase) -> None:
    """Add the way to what a file of a case holds; who reads the case for a purpose says it again."""
    path = f"/{kind.name}s/{{name}}/files/{{file}}"

    @router.get(path)
    def open_file(name: str, file: UUID, who: DeskReader) -> Response:
        return content(plaint, Inquiry(who), name, file, kind)

    @router.post(path, dependencies=[Depends(same_origin)])
    def open_file_for_a_purpose(
        request: Request, name: str, file: UUID, who: DeskReader, fields: Posted
    ) -> Response:
        refuse_foreign_form(request, fields)
        purpose = stated(fields.get("purpose", [""])[-1])
        return content(plaint, Inquiry(who, purpose), name, file, kind)


def _asking(
    request: Request, kind: CaseKind, name: str, *, status: int, wrong: str | None = None
) -> Response:
    return page(request, "purpose.html", status=status, here="case", action=_address(kind, name), wrong=wrong)


def _address(kind: CaseKind, name: str) -> str:
    return f"/{kind}s/{quote(name, safe='')}"


def _shown(request: Request, plaint: Plaint, reading: Reading) -> Response:
    now = reading.replayed()
    now = as_known(now, known_to(plaint, reading.who, named_by(now)))
    if now.row is None or now.file is None:
        raise HTTPException(503)
    who, row, opened = reading.who, now.row, Sight.PERSONAL in reading.sights
    file = shown_file(plaint, now.file) if opened else sealed_file(now.file)
    events = [event for _, event in reading.events if concerns(event, reading.sights)]
    time, rules = clockface(plaint), plaint.desk.rules
    base = (plaint.settings.public_url or str(request.base_url)).rstrip("/")
    works = row.kind == "complaint" and who.may(Right.WORK_CASES) and who.scope.admits(row)
    command, call = (works and case.next_call(row, base)) or (None, None)
    address = _address(row.kind, row.reference)
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
        around=around(plaint, reading, row, file, opened=opened),
        dossier=dossier(plaint, reading, file, time, address=address, opened=opened),
        opened=opened,
        purpose=reading.purpose,
        action=address,
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
    totals = Totals(plaint.queries.counters(QUEUE.name, METRICS), who.scope)
    return {
        "kind": list(asked.KINDS),
        "status": list(dict.fromkeys(stage.value for stage in (*Stage, *TicketStage))),
        "category": sorted(each.category for each in totals.by_category()),
        "team": [each.team for each in totals.by_team()],
        "severity": list(SEVERITIES),
        "regime": sorted({regime.regime for regime in plaint.desk.rules.regimes}),
    }


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
