"""Search over HTTP: cases found by what is said on them, as far as they exist for who asks."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from adapters.bootstrap import Plaint
from adapters.http import cases, reading, schemas
from adapters.http.auth import App, Inquiry, Purpose, Reader
from adapters.http.cursors import Keys, bound, keys_of, unbound
from adapters.http.late import Late
from adapters.http.openapi import problems
from adapters.http.others import lists
from adapters.http.problems import Kind, Mistake, Problem
from adapters.search.finding import Among, Hit, Place
from adapters.search.question import LONGEST_TEXT, Unsearchable
from domain.access import Principal
from domain.complaint.state import Stage
from domain.ids import EPOCH
from domain.privacy import Code
from domain.reading import Part
from domain.ticket.state import Stage as TicketStage
from projections.queue import CaseKind

router = APIRouter(route_class=Late, tags=["search"])

PATH = "/v1/search"
_PLACE = struct.Struct(">Bdq16s")


class Searching(schemas.Parameters):
    """What is looked for, among which cases, and the page."""

    q: str = Field(
        max_length=LONGEST_TEXT,
        description='A reference, address, account or name; or words, "phrases", -without, begin*.',
    )
    kind: CaseKind | None = None
    team: Code | None = None
    status: list[Stage | TicketStage] = Field(
        default_factory=list[Stage | TicketStage], max_length=len(Stage) + len(TicketStage)
    )
    limit: int = Field(50, ge=1, le=schemas.MOST)
    cursor: str | None = Field(None, max_length=100, description="From `next` of the page before.")


class Found(schemas.CaseSummary):
    """A case that was found, and the fields that it was found by."""

    matched: tuple[str, ...]


class FoundPage(schemas.BaseModel):
    """Some cases, the best first, and the address of the next ones; null when there are no more."""

    items: list[Found]
    next: str | None


@router.get(PATH, response_model=FoundPage, responses=problems(401, 403, 422, 503))
def search(plaint: App, who: Reader, query: Annotated[Searching, Query()], purpose: Purpose) -> Response:
    """Find cases by reference, by person, or by the words said on them.

    Cases above `normal` are found by reference, category and register alone, unless a `Purpose` is stated;
    then it is recorded of each case on the page that it was found, and to what end.
    """
    wait_for_index(plaint, query.after)
    among = Among(query.kind, query.team, [each.value for each in query.status])
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor", "after"})
    same = {name: value for name, value in asked.items() if name != "limit"}
    question = f"{who.id} {PATH}?{urlencode(sorted(same.items()), doseq=True)}#{purpose is not None}"
    after = None if query.cursor is None else _place(keys_of(plaint), query.cursor, question)
    found, last = _page(plaint, Inquiry(who, purpose), query, among, after)
    if purpose is not None:  # what a case was found by tells of what is said in it
        plaint.readings.record_all(who, found, Part.SEARCH, purpose, cases.request_id())
    following = None
    if last is not None:
        more = asked | {"cursor": _cursor(keys_of(plaint), last, question)}
        following = f"{reading.base(plaint)}{PATH}?{urlencode(more, doseq=True)}"
    return cases.written(FoundPage(items=found, next=following))


def wait_for_index(plaint: Plaint, after: str | None) -> None:
    """Wait until the index has reached *after*, and the queue that hits are shown from."""
    cases.wait_for_views(plaint, after, "queue")
    if after is not None and not plaint.search.engine.wait_for(after, cases.PATIENCE, ["search"]):
        raise Problem(Kind.NOT_YET, headers={"Retry-After": "1"})


def found_ids(plaint: Plaint, who: Principal, text: str, kind: CaseKind | None) -> list[UUID]:
    """Return the cases of a list that *text* finds, at most 10,000."""
    try:
        return plaint.finding.ids(who, text, Among(kind))
    except Unsearchable as error:
        raise _unsearchable(error) from None


def _page(
    plaint: Plaint, by: Inquiry, query: Searching, among: Among, after: Place | None
) -> tuple[list[Found], Place | None]:
    """Return a page, and the place of its last hit where there are more.

    A hit is shown as the queue has it now, and only if it exists there for who asks: the index may
    be behind.
    """
    found: list[Found] = []
    while True:
        try:
            hits = plaint.finding.hits(
                by.who, query.q, among, limit=query.limit + 1, after=after, purpose=by.purpose
            )
        except Unsearchable as error:
            raise _unsearchable(error) from None
        rows = plaint.queries.rows([hit.place.id for hit in hits])
        admitted = [row for row in rows.values() if by.who.scope.admits(row)]
        shown = {row.id: row for row in lists(plaint, by.who, admitted)}
        for hit in hits[: query.limit]:
            row = rows.get(hit.place.id)
            if row is not None and by.who.scope.admits(row) and _among(row, query):
                found.append(_shown(hit, cases.summary(shown[row.id])))
            after = hit.place
            if len(found) == query.limit:
                break
        if len(hits) <= query.limit and (not hits or after == hits[-1].place):
            return found, None
        if len(found) == query.limit:
            return found, after


def _among(row: cases.QueueRow, query: Searching) -> bool:
    return (
        query.kind in (None, row.kind)
        and query.team in (None, row.team)
        and (not query.status or row.status in query.status)
    )


def _shown(hit: Hit, case: schemas.CaseSummary) -> Found:
    return Found.model_validate({**dict(case), "matched": hit.matched})


def _unsearchable(error: Unsearchable) -> Problem:
    detail = f"q: {error}"
    return Problem(Kind.INVALID, detail, errors=[Mistake(parameter="q", detail=detail, type="unsearchable")])


def _cursor(keys: Keys, place: Place, question: str) -> str:
    at = (place.received_at - EPOCH) // timedelta(microseconds=1)
    return bound(keys, _PLACE.pack(place.tier, place.score, at, place.id.bytes), question)


def _place(keys: Keys, cursor: str, question: str) -> Place:
    tier, score, at, id = _PLACE.unpack(unbound(keys, cursor, question, _PLACE.size))
    return Place(tier, score, EPOCH + timedelta(microseconds=at), UUID(bytes=id))
