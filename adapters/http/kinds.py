"""The routes that complaints and tickets share: listed, read, explained, and asked for something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from adapters.http import cases, reading, schemas
from adapters.http.auth import Inquirer, Reader, served
from adapters.http.openapi import READS, problems
from adapters.http.reading import ONE
from adapters.http.threads import in_thread
from domain.complaint import Complaint
from domain.kernel import Aggregate
from domain.ticket import Ticket
from projections.queue import CaseKind

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class KindOfCase:
    """One kind of case, as the API names, lists and shows it."""

    name: CaseKind
    path: str
    aggregate: type[Aggregate]
    listing: type[schemas.Ordered]
    document: type[BaseModel]

    def named(self, verb: str, what: str) -> str:
        """Return the name of an operation: complaints came first and have the plain names."""
        return f"{verb}_{what}" if self.name == "complaint" else f"{verb}_{self.name}_{what}"

    def done(self, command: str) -> str:
        """Return the name of the operation that carries out *command*."""
        verb = command.replace("-", "_")
        return verb if self.name == "complaint" else f"{verb}_{self.name}"

    def told(self, text: str) -> str:
        """Return *text* about cases as one about this kind of case."""
        return text.format(one=self.name, many=f"{self.name}s")


COMPLAINTS = KindOfCase("complaint", "/v1/complaints", Complaint, schemas.CaseListing, schemas.CaseDocument)
TICKETS = KindOfCase("ticket", "/v1/tickets", Ticket, schemas.TicketListing, schemas.TicketDocument)
KINDS: Mapping[CaseKind, KindOfCase] = {each.name: each for each in (COMPLAINTS, TICKETS)}


def add_reads(router: APIRouter, kind: KindOfCase) -> None:
    """Add the routes by which cases of *kind* are read.

    To a router that is there: within another one every request would be held against them twice.
    """
    one, many = kind.path + "/{id}", kind.path
    of_list = problems(401, 403, 422, 429, 503)
    of_one = problems(400, *READS)
    for path, read, model, responses in (
        (many, _list_of(kind), schemas.CasePage, of_list),
        (one, _show(kind), kind.document, ONE | of_one),
        (f"{one}/history", _history(kind), schemas.History, of_one),
        (f"{one}/clocks", _clocks(kind), schemas.ClockList, of_one),
        (f"{one}/clocks/{{clock}}/explain", _explain(kind), cases.Explanation, of_one),
    ):
        router.add_api_route(path, read, response_model=model, responses=responses, tags=[f"{kind.name}s"])


def _list_of(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    def read(request: Request, who: Reader, query: Any) -> Response:
        return reading.page(served(request), who, kind.path, query, kind=kind.name)

    read.__annotations__["query"] = Annotated[kind.listing, Query()]
    return _as(read, f"list_{kind.name}s", kind, "List the {many} that you may see, in the order asked for.")


def _show(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    async def read(
        request: Request, by: Inquirer, id: str, query: Annotated[schemas.AsKnown, Query()]
    ) -> Response:
        if query == reading.NOW:
            return await reading.current(request, by, id, kind.name)
        return await asyncio.to_thread(reading.one, request, by, id, query, kind=kind.name)

    return _named(
        read,
        f"show_{kind.name}",
        kind,
        "Read one {one} by id or reference, as it is, as it was, or as it was known.",
    )


def _history(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    def read(
        request: Request, by: Inquirer, id: str, query: Annotated[schemas.Including, Query()]
    ) -> Response:
        return reading.history(served(request), by, id, query, kind.name)

    return _as(read, kind.named("show", "history"), kind, "Read everything that happened to one {one}.")


def _clocks(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    def read(request: Request, by: Inquirer, id: str, query: Annotated[schemas.AsOf, Query()]) -> Response:
        return reading.clocks(served(request), by, id, query, kind.name)

    return _as(
        read, kind.named("show", "clocks"), kind, "Read the clocks of one {one}, with the days each counted."
    )


def _explain(kind: KindOfCase) -> Callable[..., Awaitable[Response]]:
    def read(
        request: Request,
        by: Inquirer,
        *,
        id: str,
        clock: str,
        query: Annotated[reading.Explaining, Query()],
    ) -> Response:
        return reading.explanation(
            served(request), by, id, query, clock=clock, request=request, kind=kind.name
        )

    return _as(
        read,
        kind.named("explain", "clock"),
        kind,
        "Say why one clock of a {one} falls due when it does, and everything that changed it.",
    )


def _as(
    read: Callable[..., Response], name: str, kind: KindOfCase, told: str
) -> Callable[..., Awaitable[Response]]:
    """Return *read*, which takes a thread, with its name and description."""
    return in_thread(_named(read, name, kind, told))


def _named(read: F, name: str, kind: KindOfCase, told: str) -> F:
    """Return *read* with the name and the description that the document of the API shows."""
    read.__name__, read.__doc__ = name, kind.told(told)
    return read
