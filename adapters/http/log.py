"""Every event in the order of the logs, over HTTP: for auditors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from adapters.http.late import Late
from adapters.http.openapi import READS, problems
from adapters.live.tail import uuid_of
from adapters.reading.record import Opened, Unplaced
from adapters.vault.fields import values_of
from domain.access import LEVELS, Principal, Right, Scope
from domain.disclosure import seen
from domain.kernel import HEADER, Event
from domain.reading import Part
from projections.queue import QueueRow

router = APIRouter(route_class=Late, tags=["log"])

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
        None,
        description="What concerns a person is absent unless a `Purpose` was stated; so is all of it, "
        "with `actor`, of a case above `normal`. Secrets are absent always.",
    )
    unreadable: str | None = None


class LogPage(BaseModel):
    """Some events, how far they reach in each log, and the address of the next; null at the end."""

    items: list[LogItem]
    position: str
    next: str | None


@dataclass(frozen=True)
class Told:
    """One event of the log, and its case where it has one that is known."""

    position: str
    stored: Notification
    event: Event | UnreadableEvent
    row: QueueRow | None
    settled: bool
    """Whether the read models have it: of what they have not, nobody knows yet how closely it is kept."""

    def owed_a_purpose(self, who: Principal) -> bool:
        """Whether *who* gets its facts only when they say why."""
        return not self.settled if self.row is None else who.owes_a_purpose(self.row)


@router.get(PATH, response_model=LogPage, responses=problems(400, *READS))
def show_log(
    plaint: App,
    who: Annotated[Principal, Depends(may(Right.READ_LOG))],
    purpose: Purpose,
    query: Annotated[LogQuery, Query()],
) -> Response:
    """Read the events of every log in its order, one log after the other; ask again after `position`."""
    places = cases.begun(plaint, query.after)
    known = plaint.tail.ends()
    # Where not every case exists for the reader, nothing is told before it is known whose it is.
    ends = plaint.store.ends() if who.scope == EVERYTHING else known
    found: list[tuple[int, Notification]] = []
    for log in plaint.store.logs:
        room = query.limit - len(found)
        if not room:
            break
        some = plaint.store.notifications(log, places.get(log, 0), room, stop=ends.get(log, 0))
        found += [(log, each) for each in some]
        places |= {log: some[-1].id} if some else {}
    rows = plaint.queries.rows({uuid_of(each) for _, each in found})
    told = [
        Told(position(log, each.id), each, _read(plaint, each), row, settled=each.id <= known.get(log, 0))
        for log, each in found
        if _exists(who, row := rows.get(uuid_of(each)))
    ]
    reached = positions(places)
    following = None
    if any(places.get(log, 0) < end for log, end in ends.items()):
        following = f"{reading.base(plaint)}{PATH}?{urlencode({'after': reached, 'limit': query.limit})}"
    if purpose is not None:
        plaint.readings.record_all(who, _opened(told), Part.LOG, purpose, cases.request_id())
    items = [_item(plaint, each, who, purpose) for each in told]
    page = LogPage(items=items, position=reached, next=following)
    return Response(page.model_dump_json(exclude_unset=True), media_type="application/json")


def _exists(who: Principal, row: QueueRow | None) -> bool:
    """Whether an event of that case, or of none, is in the log for *who*."""
    return row is None or who.scope.admits(row)


def _opened(told: Sequence[Told]) -> Iterable[Opened]:
    """Return what the reader of *told* gets to see: every case, and what else says something of a person."""
    found: dict[UUID, Opened] = {}
    for each in told:
        if each.row is not None and isinstance(each.event, Event):
            found[each.row.id] = each.row
        elif isinstance(each.event, Event) and (not each.settled or any(values_of(each.event))):
            found[each.event.originator_id] = Unplaced(each.event.originator_id)
    return found.values()


def _read(plaint: Plaint, stored: Notification) -> Event | UnreadableEvent:
    try:
        return plaint.store.decode(stored)
    except UnreadableEvent as error:
        return error


def _item(plaint: Plaint, told: Told, who: Principal, purpose: str | None) -> LogItem:
    stored, event = told.stored, told.event
    base: dict[str, Any] = {
        "position": told.position,
        "topic": stored.topic,
        "originator_id": stored.originator_id,
        "version": stored.originator_version,
    }
    if isinstance(event, UnreadableEvent):
        return LogItem(**base, unreadable=event.why)
    base |= {
        "recorded_at": event.recorded_at,
        "occurred_at": event.occurred_at,
        "occurred_at_known": event.occurred_at_known,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
    }
    if purpose is None and told.owed_a_purpose(who):
        return LogItem(**base)
    facts = event.model_dump(mode="json", exclude=set(HEADER), exclude_none=True, by_alias=True)
    facts = plaint.showing.document(seen(facts, type(event), who.sights(purpose)), event.originator_id)
    return LogItem(**base, actor=event.actor, facts=facts)
