"""Reads that complaints and tickets share: a page of a list, one case, its history, its clocks."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from adapters import duplicates
from adapters.bootstrap import Plaint
from adapters.http import cases, schemas
from adapters.http.auth import Inquiry, served
from adapters.http.conditional import etag
from adapters.http.cursors import cursor, keys_of, place
from adapters.http.languages import negotiate
from adapters.http.openapi import TAG
from adapters.http.others import as_known, known_to, lists, merged_into, named_by, told_to
from adapters.http.remembered import Remembered, Told
from adapters.http.search import found_ids, wait_for_index
from adapters.http.sight import narrowed
from adapters.views.queries import Filter, Sort
from domain.access import Principal
from domain.reading import Part
from domain.tongues import LANGUAGES
from projections.queue import QUEUE, CaseKind

ONE: dict[int | str, dict[str, Any]] = {200: {"description": "The case.", "headers": TAG}}
APART = {"team", "sort", "limit", "cursor", "after", "q"}
"""Parameters of a list that are no filters, or are given apart."""

NOW = schemas.AsKnown.model_validate({})
"""Asks for a case as it is."""


class Explaining(schemas.AsOf):
    """How one clock is to be explained."""

    lang: str | None = Field(
        None, max_length=100, description="`en` or `fr`; default: the best of Accept-Language, else `en`."
    )


def base(plaint: Plaint) -> str:
    """Return what stands before every path: nothing, the public address, or a proxy's path."""
    return (plaint.settings.public_url or plaint.settings.root_path).rstrip("/")


def page(
    plaint: Plaint,
    who: Principal,
    path: str,
    query: schemas.Listing,
    *,
    kind: CaseKind | None = None,
    team: str | None = None,
    open: bool | None = None,
) -> Response:
    """Answer with a page of cases, of either kind unless one is named, and the address of the next."""
    ordered = query if isinstance(query, schemas.Ordered) else None
    sought = ordered.q if ordered else None
    if sought is None:
        cases.wait_for_views(plaint, query.after, QUEUE.name)
    else:
        wait_for_index(plaint, query.after)
    sort: Sort = ordered.sort if ordered else "due"
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor", "after"})
    same = {name: value for name, value in asked.items() if name != "limit"}
    question = f"{who.id} {path}?{urlencode(sorted(same.items()), doseq=True)}"
    wanted = Filter(
        kind=kind,
        team=ordered.team if ordered else team,
        open=open,
        ids=None if sought is None else found_ids(plaint, who, sought, kind),
        **query.model_dump(exclude=APART),
    )
    after = None if query.cursor is None else place(keys_of(plaint), query.cursor, question)
    found = plaint.queries.cases(who, wanted, sort=sort, limit=query.limit, after=after)
    following = None
    if found.next is not None:
        more = asked | {"cursor": cursor(keys_of(plaint), found.next, question)}
        following = f"{base(plaint)}{path}?{urlencode(more, doseq=True)}"
    items = [cases.summary(row) for row in lists(plaint, who, found.rows)]
    return cases.written(schemas.CasePage(items=items, next=following))


async def current(request: Request, by: Inquiry, id: str, kind: CaseKind) -> Response:
    """Answer with one case by id or reference, as it is; by what is at hand, where that is all."""
    remembered: Remembered = request.app.state.remembered
    told = await remembered.told(id)
    if told is not None and (answer := remembered.again(by, UUID(id), kind, told)):
        return answer
    return await asyncio.to_thread(one, request, by, id, NOW, kind=kind, told=told)


def one(
    request: Request,
    by: Inquiry,
    id: str,
    query: schemas.AsKnown,
    *,
    kind: CaseKind,
    told: Told | None = None,
) -> Response:
    """Answer with one case by id or reference, as it is, as it was, or as it was known.

    What was asked of it just now, to see whether its document is remembered, is *told*.
    """
    plaint, generation = served(request), served(request).vault.generation
    cases.wait_for_log(plaint, query.after)
    reading = cases.Reading(plaint, by, id, kind)
    then = reading.replayed(query.as_of, query.known_at)
    clocks = reading.clocks(then, query.as_of or query.known_at)
    named = named_by(then)
    document = cases.document(plaint, as_known(then, known_to(plaint, by.who, named)), clocks, reading.sights)
    if query.as_of is not None or query.known_at is not None:
        return cases.written(document, reading.sights)
    lonely = told is not None and told.alone(then, document.submission)
    document.possible_duplicates = [] if lonely else _possible_duplicates(plaint, by, document)
    body = narrowed(document, reading.sights)
    if told is not None and lonely and not named:
        request.app.state.remembered.keep(then, reading.sights, told, body, generation)
    return cases.answer(body, etag=etag(document.version))


def _possible_duplicates(
    plaint: Plaint, by: Inquiry, document: schemas.CaseDocument | schemas.TicketDocument
) -> list[schemas.PossibleDuplicate] | None:
    said = duplicates.said_by(document.submission, document.received_at, document.id)
    found = duplicates.hints(plaint, by.who, said, by.purpose)
    return (
        None if found is None else [schemas.PossibleDuplicate.model_validate(asdict(each)) for each in found]
    )


def history(plaint: Plaint, by: Inquiry, id: str, query: schemas.Including, kind: CaseKind) -> Response:
    """Answer with everything that happened to one case, as far as it concerns the reader.

    With what happened to the cases that were merged into it, where that is asked for and they exist
    for the reader: all of it in the order in which it was recorded.
    """
    cases.wait_for_log(plaint, query.after)
    reading = cases.Reading(plaint, by, id, kind, part=Part.HISTORY)
    items = cases.history_items(plaint, reading.events, reading.sights)
    if query.include == "merged":
        for other in merged_into(plaint, by.who, reading.id):
            inner = cases.Reading(plaint, by, str(other.id), other.kind, part=Part.HISTORY)
            items += cases.history_items(plaint, inner.events, inner.sights)
        items.sort(key=lambda item: (item.recorded_at, item.case, item.version))
    return cases.written(schemas.History(items=told_to(plaint, by.who, items)), reading.sights)


def clocks(plaint: Plaint, by: Inquiry, id: str, query: schemas.AsOf, kind: CaseKind) -> Response:
    """Answer with the clocks of one case, with the days that each counted."""
    cases.wait_for_log(plaint, query.after)
    reading = cases.Reading(plaint, by, id, kind, part=Part.CLOCKS)
    shown = reading.clocks(reading.replayed(query.as_of), query.as_of)
    return cases.written(schemas.ClockList(items=shown), reading.sights)


def explanation(
    plaint: Plaint,
    by: Inquiry,
    id: str,
    query: Explaining,
    *,
    clock: str,
    request: Request,
    kind: CaseKind,
) -> Response:
    """Say why one clock of a case falls due when it does, in the language that *request* asks for."""
    cases.wait_for_log(plaint, query.after)
    language = "fr" if negotiate(request, LANGUAGES, query.lang) == "fr" else "en"
    reading = cases.Reading(plaint, by, id, kind, part=Part.CLOCKS)
    answer = cases.written(reading.explanation(clock, query.as_of, language), reading.sights)
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept-Language"
    return answer
