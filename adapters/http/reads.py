"""Who read which case over HTTP: for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.bootstrap import Plaint
from adapters.http import cases, reading, schemas
from adapters.http.auth import App, Purpose, may
from adapters.http.cursors import cursor, keys_of, place
from adapters.http.late import Late
from adapters.http.log import EVERYTHING
from adapters.http.openapi import READS, problems
from adapters.reading.log import Asked, Reading
from adapters.reading.record import Unplaced
from domain.access import Principal, Right
from domain.errors import NotReceived
from domain.privacy import Code
from domain.reading import Part
from domain.written import InFull
from projections.queue import QueueRow

router = APIRouter(route_class=Late, tags=["log"])

PATH = "/v1/reads"
AT_ONCE = 250
"""Readings that are looked at in one go; more than a page holds."""
MOST_PASSED = 5_000
"""Readings that are looked at for one page, so that a request ends also where few of them may be shown."""
Key: TypeAlias = tuple[datetime, int]


class ReadsQuery(BaseModel):
    """Which readings are asked for."""

    model_config = ConfigDict(extra="forbid")

    case: str | None = Field(None, max_length=40, description="An id or a reference.")
    principal: Code | None = Field(None, description="Who read, or who acted as somebody else who read.")
    since: InFull | None = Field(None, alias="from")
    until: InFull | None = Field(None, alias="to", description="Exclusive; default: now.")
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
    case = None if query.case is None else _case(plaint, who, query.case)
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
    told, last = _told(plaint, who, wanted, query.limit, after)
    following = None
    if last is not None:
        more = cursor(keys_of(plaint), (last[0], UUID(int=last[1])), question)
        following = f"{reading.base(plaint)}{PATH}?{urlencode(asked | {'cursor': more})}"
    if purpose is not None:
        said = ((each, row) for each, row in told if each.event is not None and each.event.purpose)
        opened = {each.case_id: row or Unplaced(each.case_id) for each, row in said}
        plaint.readings.record_all(who, opened.values(), Part.READS, purpose, cases.request_id())
    items = [_item(plaint, each, row, personal=purpose is not None) for each, row in told]
    page = ReadsPage(items=items, next=following)
    return Response(page.model_dump_json(exclude_unset=True), media_type="application/json")


def _case(plaint: Plaint, who: Principal, text: str) -> UUID:
    """Return the id of what *text* names; what is hidden is answered as what is not there."""
    id = cases.case_id(plaint, text)
    row = cases.case_now(plaint, id).row
    if not _exists(who, row) or (row is None and not plaint.store.numbered(id)):
        raise NotReceived
    return id


def _told(
    plaint: Plaint, who: Principal, wanted: Asked, limit: int, after: Key | None
) -> tuple[list[tuple[Reading, QueueRow | None]], Key | None]:
    """Return up to *limit* readings that exist for *who*, each with its case, and after which more follow.

    Those that do not are passed over, so that a page says nothing of them; it is shorter than it
    could be only where a whole MOST_PASSED of them were looked at.
    """
    told: list[tuple[Reading, QueueRow | None]] = []
    passed = 0
    while passed < MOST_PASSED:
        found = plaint.readings.log.find(wanted, limit=AT_ONCE, after=after)
        rows = plaint.queries.rows({each.case_id for each in found})
        for each in found:
            row = rows.get(each.case_id)
            if not _exists(who, row):
                continue
            if len(told) == limit:
                return told, (told[-1][0].read_at, told[-1][0].number)
            told.append((each, row))
        if len(found) < AT_ONCE:
            return told, None
        passed += len(found)
        after = found[-1].read_at, found[-1].number
    return told, after


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
