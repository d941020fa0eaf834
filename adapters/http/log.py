"""Every event in the order of the logs, over HTTP: for auditors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from eventsourcing.persistence import Notification
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.bootstrap import Plaint
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.tables import position, positions
from adapters.http import cases, reading, schemas
from adapters.http.auth import App, Purpose, may
from adapters.http.openapi import READS, problems
from adapters.live.tail import uuid_of
from adapters.vault.fields import values_of
from domain.access import LEVELS, Principal, Right, Scope, Sight
from domain.disclosure import seen
from domain.kernel import HEADER, Event
from domain.reading import Part
from projections.queue import QueueRow

router = APIRouter(tags=["log"])

PATH = "/v1/log"
EVERYTHING = Scope(teams=None, levels=frozenset(LEVELS))
"""The scope for which every case exists."""


class LogQuery(BaseModel):
    """Where to begin in the logs."""

    model_config = ConfigDict(extra="forbid")

    after: schemas.Position | None = Field(
        None, description="The `position` of the page before; without it from the first event on."
    )
    limit: int = Field(50, ge=1, le=schemas.MOST)


class LogItem(BaseModel):
    """One event.  Of one that cannot be read ``unreadable`` says why, and what it says is absent."""

    position: str
    topic: str
    originator_id: UUID
    version: int
    recorded_at: datetime | None = None
    occurred_at: datetime | None = None
    occurred_at_known: bool | None = None
    actor: str | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    facts: dict[str, Any] | None = Field(
        None, description="What concerns a person is absent unless a `Purpose` was stated."
    )
    unreadable: str | None = None


class LogPage(BaseModel):
    """Some events, how far they reach in each log, and the address of the next; null at the end."""

    items: list[LogItem]
    position: str
    next: str | None


@router.get(PATH, response_model=LogPage, responses=problems(400, *READS))
def show_log(
    plaint: App,
    who: Annotated[Principal, Depends(may(Right.READ_LOG))],
    purpose: Purpose,
    query: Annotated[LogQuery, Query()],
) -> Response:
    """Read the events of every log in its order, one log after the other; ask again after `position`."""
    places = cases.begun(plaint, query.after)
    # Where not every case exists for the reader, nothing is told before it is known whose it is.
    ends = plaint.store.ends() if who.scope == EVERYTHING else plaint.tail.ends()
    found: list[tuple[int, Notification]] = []
    for log in plaint.store.logs:
        room = query.limit - len(found)
        if not room:
            break
        some = plaint.store.notifications(log, places.get(log, 0), room, stop=ends.get(log, 0))
        found += [(log, each) for each in some]
        places |= {log: some[-1].id} if some else {}
    rows = plaint.queries.rows({uuid_of(each) for _, each in found})
    told = [(log, each) for log, each in found if _exists(who, rows.get(uuid_of(each)))]
    reached = positions(places)
    following = None
    if any(places.get(log, 0) < end for log, end in ends.items()):
        following = f"{reading.base(plaint)}{PATH}?{urlencode({'after': reached, 'limit': query.limit})}"
    items = _items(plaint, who, told, rows, purpose)
    page = LogPage(items=items, position=reached, next=following)
    return Response(page.model_dump_json(exclude_unset=True), media_type="application/json")


def _exists(who: Principal, row: QueueRow | None) -> bool:
    """Whether an event of that case, or of none, is in the log for *who*."""
    return row is None or who.scope.admits(row)


def _items(
    plaint: Plaint,
    who: Principal,
    told: Sequence[tuple[int, Notification]],
    rows: Mapping[UUID, QueueRow],
    purpose: str | None,
) -> list[LogItem]:
    events = [_read(plaint, each) for _, each in told]
    if purpose is not None:
        opened = {e.originator_id for e in events if isinstance(e, Event) and any(values_of(e))}
        read = [rows[id] for id in sorted(opened) if id in rows]
        plaint.readings.record_all(who, read, Part.LOG, purpose, cases.request_id())
    sights = who.sights(purpose)
    return [
        _item(plaint, position(log, each.id), each, event, sights)
        for (log, each), event in zip(told, events, strict=True)
    ]


def _read(plaint: Plaint, stored: Notification) -> Event | UnreadableEvent:
    try:
        return plaint.store.decode(stored)
    except UnreadableEvent as error:
        return error


def _item(
    plaint: Plaint, place: str, stored: Notification, event: Event | UnreadableEvent, sights: frozenset[Sight]
) -> LogItem:
    base: dict[str, Any] = {
        "position": place,
        "topic": stored.topic,
        "originator_id": stored.originator_id,
        "version": stored.originator_version,
    }
    if isinstance(event, UnreadableEvent):
        return LogItem(**base, unreadable=event.why)
    facts = event.model_dump(mode="json", exclude=set(HEADER), exclude_none=True, by_alias=True)
    facts = plaint.showing.document(seen(facts, type(event), sights), event.originator_id)
    return LogItem(
        **base,
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
        occurred_at_known=event.occurred_at_known,
        actor=event.actor,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        facts=facts,
    )
