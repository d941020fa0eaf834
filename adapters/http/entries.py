"""What the addresses of the directory share: one entry changed, a page of entries, what a write answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from adapters import directory
from adapters.bootstrap import Plaint
from adapters.desk import Answer, Stale
from adapters.http import cases, reading, schemas
from adapters.http.conditional import Sent, etag, versions
from adapters.http.cursors import cursor, keys_of, place
from adapters.http.openapi import TAG
from adapters.reach import within_reach
from adapters.views.staff import Place
from domain.access import Principal
from domain.directory import LegalEntity, Team, User
from domain.directory.orders import AddTeam, Order
from domain.errors import LostTheRace
from domain.kernel import Aggregate
from projections.directory import EntityRow, TeamRow, UserRow

ADDS = (400, 401, 403, 409, 413, 415, 422, 503)
ADDED: dict[int | str, dict[str, Any]] = {201: {"description": "It is recorded.", "headers": TAG}}
DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is recorded.", "headers": TAG}}


IN_LOG_0 = UUID(int=0)
"""An id that names the log of configuration, where every receipt of the directory is."""
Kinds: TypeAlias = type[User | Team | LegalEntity]


AT_ONCE = 500
"""Entries that are looked at in one go where some of them may not be shown."""


class Paged(schemas.Parameters):
    """The page of a list of the directory."""

    limit: int = Field(50, ge=1, le=schemas.MOST)
    cursor: str | None = Field(None, max_length=100, description="From `next` of the page before.")


class Entry(BaseModel):
    """What a write to the directory answers."""

    id: UUID
    version: int
    position: str


class Row(Protocol):
    """One entry as the read model has it."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=Row)


def page(
    plaint: Plaint,
    who: Principal,
    path: str,
    query: Paged,
    projection: str,
    *,
    fetch: Callable[[int, Place | None], Sequence[Any]],
    since: Callable[[Any], datetime],
    shown: Callable[[Sequence[Any]], list[dict[str, Any]]],
) -> Response:
    """Answer with a page of what *fetch* finds, as *shown*, and the address of the next."""
    cases.wait_for_views(plaint, query.after, projection)
    question = f"{who.id} {path}"
    after = None if query.cursor is None else place(keys_of(plaint), query.cursor, question)
    found = fetch(query.limit + 1, after)
    rows, following = found[: query.limit], None
    if len(found) > query.limit:
        more = {
            "limit": query.limit,
            "cursor": cursor(keys_of(plaint), (since(rows[-1]), rows[-1].id), question),
        }
        following = f"{reading.base(plaint)}{path}?{urlencode(more)}"
    return JSONResponse({"items": shown(rows), "next": following})


def narrowed(
    fetch: Callable[[int, Place | None], Sequence[R]],
    admits: Callable[[R], bool],
    since: Callable[[R], datetime],
) -> Callable[[int, Place | None], Sequence[R]]:
    """Return *fetch* without the rows that *admits* leaves out; a page of it is as long as any other."""

    def found(limit: int, after: Place | None) -> list[R]:
        rows: list[R] = []
        while len(rows) < limit:
            some = fetch(AT_ONCE, after)
            rows += filter(admits, some)
            if len(some) < AT_ONCE:
                break
            after = since(some[-1]), some[-1].id
        return rows[:limit]

    return found


def repeated(plaint: Plaint, who: Principal, sent: Sent, kind: type[Aggregate]) -> Answer | None:
    """Return what the same request was answered before; it is looked up before everything else."""
    request = sent.under_key(who.sender)
    return None if request is None else plaint.desk.first_answer(request, IN_LOG_0, kind=kind)


def added(
    plaint: Plaint, who: Principal, sent: Sent, order: Order, *, kind: Kinds, id: UUID, path: str
) -> Response:
    """Add what *order* names, which is then at *path*."""
    order = within_reach(who, order, plaint.standing.team(order.name) if isinstance(order, AddTeam) else None)
    answer = directory.ask(plaint, kind, id, order, who.actor, request=sent.under_key(who.sender))
    return written(answer, location=f"{reading.base(plaint)}{path}")


def carried_out(
    plaint: Plaint,
    who: Principal,
    sent: Sent,
    order: type[Order],
    *,
    kind: Kinds,
    row: UserRow | TeamRow | EntityRow,
    if_match: str | None,
) -> tuple[Answer, Order]:
    """Carry out what is *sent* on an entry that is there, at the version that it was read."""
    before = repeated(plaint, who, sent, kind)
    asked = sent.parsed(order)
    if before is not None:
        return before, asked
    allowed = versions(if_match)
    if allowed is not None and row.version not in allowed:
        raise Stale(row.version)
    given = within_reach(who, asked, row)
    expected = None if allowed is None else row.version
    try:
        return directory.ask(
            plaint,
            kind,
            row.id,
            given,
            who.actor,
            expected=expected,
            request=sent.under_key(who.sender),
        ), asked
    except LostTheRace:
        raise Stale(row.version) from None


def written(answer: Answer, **more: Any) -> JSONResponse:
    """Return what a write answers, and *more*."""
    body = {"id": str(answer.id), "version": answer.version, "position": answer.position, **more}
    location = {"Location": more["location"]} if "location" in more else {}
    body.pop("location", None)
    return JSONResponse(body, answer.status, {"ETag": etag(answer.version)} | location)


def one(document: dict[str, Any], version: int) -> JSONResponse:
    """Return one entry with its version as the tag."""
    return JSONResponse(document, 200, {"ETag": etag(version)})
