"""Events as they happen, over HTTP: server-sent events, resumable, without personal data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any
from uuid import UUID

import anyio
import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from adapters.bootstrap import Plaint
from adapters.http import cases, schemas
from adapters.http.auth import App, Credentials, Somebody, still_somebody, unauthenticated
from adapters.http.frame import BODILESS
from adapters.http.impersonation import HEADER
from adapters.http.late import Late
from adapters.http.openapi import READS, problems
from adapters.http.problems import Kind, Problem
from adapters.live.client import Client, Gone
from adapters.live.hub import Full, Hub, TooMany
from adapters.live.tail import Audience, Wanted
from domain.access import Principal, Right
from domain.errors import NotReceived
from domain.privacy import Code
from projections.queue import CaseKind

router = APIRouter(route_class=Late, tags=["stream"])
log = structlog.get_logger()

HEARTBEAT = 15.0
"""Seconds of silence after which a line is sent, so that nothing on the way takes the stream for dead."""
SEND = 5.0
"""Seconds for which a reader may leave unread what was sent, before the reader counts as slow."""
RETRY = 2_000
"""Milliseconds after which a browser opens a stream anew that was cut off."""
AWAY = frozenset({Kind.IDENTITY_AWAY, Kind.UNAVAILABLE})
"""What says nothing of somebody's rights, only that they cannot be looked up now."""
HEADERS = {"X-Accel-Buffering": "no"}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: `id` is how far the logs were told, `event` the topic, `data` JSON with "
        "`position`, `topic`, `id`, `reference`, `kind`, `team`, `version`, `recorded_at`. The last one, "
        "`bye`, says in `reason` why the stream ends: revoked, slow, stopping, unavailable, or restored "
        "where an older log was put in place: load anew, and begin without `Last-Event-ID`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class StreamQuery(BaseModel):
    """Which events are asked for, and after which."""

    model_config = ConfigDict(extra="forbid")

    team: Code | None = None
    kind: CaseKind | None = None
    case: str | None = Field(None, max_length=40, description="An id or a reference.")
    after: schemas.Position | None = Field(
        None,
        description="Begin after these positions, one for each log; default: now. "
        "`Last-Event-ID` goes before it.",
    )


class Resumed(BaseModel):
    """What the header Last-Event-ID holds."""

    place: schemas.Position


def listener(who: Somebody) -> Principal:
    """Return who asks, when their role has events that it may follow."""
    if who is None:
        raise unauthenticated()
    if not _follows(who):
        raise Problem(Kind.FORBIDDEN)
    return who


def _follows(who: Principal) -> bool:
    return who.may(Right.READ_CASES) or who.may(Right.READ_OWN_CASE)


def asking_again(request: Request, plaint: App, credentials: Credentials) -> Callable[[], Principal]:
    """Return how to look up anew who asks: rights change while a stream is open."""

    def again() -> Principal:
        try:
            who = still_somebody(request, plaint, credentials)
        except Problem as problem:
            if problem.kind in AWAY:
                raise
            raise Gone(Gone.__doc__) from None
        if who is None or not _follows(who):
            raise Gone(Gone.__doc__)
        return who

    return again


class EventStream(StreamingResponse):
    """The stream of *client*."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, client: Client) -> None:
        super().__init__(_frames(hub, client), headers=HEADERS)
        self.hub, self.client = hub, client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is until the reader or the desk ends it; to HEAD, that there is a stream."""
        if BODILESS in scope:
            self.body_iterator = _nothing()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.hub.leave(self.client)

    async def stream_response(self, send: Send) -> None:
        """Send each part, unless the reader leaves too much unread."""

        async def patiently(message: Any) -> None:
            with anyio.fail_after(SEND):
                await send(message)

        try:
            await super().stream_response(patiently)
        except TimeoutError:
            self.client.close("slow")
            log.info("stream_cut_off", reason="slow")


async def _nothing() -> AsyncGenerator[str]:
    """Yield nothing: the next request on the connection would wait for a body that nobody reads."""
    return
    yield


async def _frames(hub: Hub, client: Client) -> AsyncGenerator[str]:
    await hub.begin(client)
    yield f"retry: {RETRY}\nid: {client.place}\n\n"
    while client.bye is None and (missed := await hub.past(client)) is not None:
        if missed:
            yield missed
    while client.bye is None:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await client.news.wait()
        except TimeoutError:
            yield f"{client.take()}: nothing new\nid: {client.place}\n\n"
        else:
            yield client.take()
    yield f"event: bye\ndata: {to_json({'reason': client.bye}).decode()}\n\n"


@router.get("/v1/stream", response_class=StreamingResponse, responses=EVENTS | problems(400, 429, *READS))
def follow_events(
    plaint: App,
    who: Annotated[Principal, Depends(listener)],
    request: Request,
    *,
    again: Annotated[Callable[[], Principal], Depends(asking_again)],
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str | None, Header(max_length=8_000)] = None,
) -> EventStream:
    """Follow the events of the cases that you may see, without personal data, as server-sent events."""
    wanted = Wanted(team=query.team, kind=query.kind, case=_case(plaint, who, query.case))
    after = _resumed(last_event_id) if last_event_id else query.after
    ends = plaint.tail.ends()
    places = ends if after is None else cases.begun(plaint, after)
    client = Client(who, wanted, places, key=_key(request), again=again)
    try:
        plaint.streams.enter(who)
    except Full as error:
        raise Problem(Kind.UNAVAILABLE, str(error), headers={"Retry-After": "5"}) from None
    except TooMany as error:
        raise Problem(Kind.TOO_MANY_REQUESTS, str(error), headers={"Retry-After": "5"}) from None
    return EventStream(plaint.streams, client)


def _key(request: Request) -> str:
    """Return all of *request* that says who reads: one token may read on behalf of many."""
    return "\0".join(request.headers.get(name, "") for name in ("authorization", HEADER))


def _resumed(text: str) -> str:
    try:
        return Resumed(place=text).place
    except ValidationError:
        detail = "Last-Event-ID: Send the `id` of an event of this stream, or leave it out."
        raise Problem(Kind.MALFORMED_HEADER, detail) from None


def _case(plaint: Plaint, who: Principal, text: str | None) -> UUID | None:
    """Return the case that is asked for by name; refuse one of which *who* would be told nothing."""
    if text is None:
        return None
    id = cases.case_id(plaint, text)
    row = cases.case_now(plaint, id).row
    if row is None or not Audience(who, Wanted()).has(row):
        raise NotReceived
    return id
