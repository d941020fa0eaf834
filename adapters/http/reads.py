"""Who read which case over HTTP: for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.bootstrap import Plaint
from adapters.http import cases, reading, schemas
from adapters.http.auth import App, Purpose, may
from adapters.http.cursors import cursor, keys_of, place
from adapters.http.log import EVERYTHING
from adapters.http.openapi import READS, problems
from adapters.reading.log import Asked, Reading
from domain.access import Principal, Right
from domain.privacy import Code
from domain.reading import Part
from projections.queue import QueueRow

router = APIRouter(tags=["log"])

PATH = "/v1/reads"


class ReadsQuery(BaseModel):
    """Which readings are asked for."""

    model_config = ConfigDict(extra="forbid")

    case: str | None = Field(None, max_length=40, description="An id or a reference.")
    principal: Code | None = Field(None, description="Who read, or who acted as somebody else who read.")
    since: schemas.Moment | None = Field(None, alias="from")
    until: schemas.Moment | None = Field(None, alias="to", description="Exclusive; default: now.")
    limit: int = Field(50, ge=1, le=schemas.MOST)
    cursor: str | None = Field(None, max_length=100, description="From `next` of the page before.")


class ReadItem(BaseModel):
    """One reading; ``purpose`` is there where one was stated, for readers who state one themselves."""

    number: int
    read_at: datetime
    case_id: UUID
    reference: str | None
    part: Part | None
    principal: str | None
    behind: str | None
    request_id: str | None
    purpose: schemas.Shown | None = None
    unreadable: bool = False


class ReadsPage(BaseModel):
    """Some readings, and the address of the next ones; null when there are no more."""

    items: list[ReadItem]
    next: str | None


@router.get(PATH, response_model=ReadsPage, responses=problems(400, *READS))
def show_reads(
    plaint: App,
    who: Annotated[Principal, Depends(may(Right.READ_LOG))],
    purpose: Purpose,
    query: Annotated[ReadsQuery, Query()],
) -> Response:
    """Read who has read which case, what of it, when and to what end, oldest first."""
    until = min(query.until or plaint.now(), plaint.now())
    case = None if query.case is None else cases.case_id(plaint, query.case)
    named = {"case": query.case, "principal": query.principal, "limit": query.limit}
    asked = {name: value for name, value in named.items() if value is not None}
    asked |= {"from": query.since.isoformat()} if query.since else {}
    asked |= {"to": until.isoformat()}  # so that what this page adds to the record is not on the next
    question = f"{who.id} {PATH}?{urlencode(sorted(asked.items()))}"
    after = None
    if query.cursor is not None:
        at, number = place(keys_of(plaint), query.cursor, question)
        after = at, number.int
    plaint.readings.flush()
    wanted = Asked(case=case, reader=query.principal, since=query.since, until=until)
    found = plaint.readings.log.find(wanted, limit=query.limit + 1, after=after)
    shown, following = found[: query.limit], None
    if len(found) > query.limit:
        last = cursor(keys_of(plaint), (shown[-1].read_at, UUID(int=shown[-1].number)), question)
        following = f"{reading.base(plaint)}{PATH}?{urlencode(asked | {'cursor': last})}"
    rows = plaint.queries.rows({each.case_id for each in shown})
    told = [each for each in shown if _exists(who, rows.get(each.case_id))]
    if purpose is not None:
        opened = {each.case_id for each in told if each.event is not None and each.event.purpose}
        read = [rows[id] for id in sorted(opened) if id in rows]
        plaint.readings.record_all(who, read, Part.READS, purpose, cases.request_id())
    items = [_item(plaint, each, rows.get(each.case_id), personal=purpose is not None) for each in told]
    page = ReadsPage(items=items, next=following)
    return Response(page.model_dump_json(exclude_unset=True), media_type="application/json")


def _exists(who: Principal, row: QueueRow | None) -> bool:
    """Whether that case may be named to *who*; one of which nothing is known yet, to those who see all."""
    return who.scope == EVERYTHING if row is None else who.scope.admits(row)


def _item(plaint: Plaint, each: Reading, row: QueueRow | None, *, personal: bool) -> ReadItem:
    event = each.event
    facts: dict[str, Any] = {"unreadable": True} if event is None else {}
    if event is not None and personal and event.purpose is not None:
        stated = event.model_dump(mode="json", include={"purpose"})["purpose"]
        facts["purpose"] = plaint.showing.document(stated, each.case_id)
    return ReadItem(
        number=each.number,
        read_at=each.read_at,
        case_id=each.case_id,
        reference=row.reference if row else None,
        part=event.part if event else None,
        principal=event.principal if event else None,
        behind=event.behind if event else None,
        request_id=event.request_id if event else None,
        **facts,
    )
