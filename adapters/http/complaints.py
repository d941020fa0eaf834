"""Complaints over HTTP: sent, listed, read."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from adapters.bootstrap import Plaint
from adapters.forms import shipped_forms
from adapters.http import cases, schemas
from adapters.http.auth import ANYBODY, App, Reader, Visitor, known_teams
from adapters.http.conditional import Body, answered, etag
from adapters.http.cursors import cursor, place
from adapters.http.forms import negotiate
from adapters.http.openapi import READS, TAG, problems, takes
from adapters.http.problems import Kind, Mistake, Problem
from adapters.views.queries import Filter, Sort
from domain.access import Principal
from domain.complaint.form import ComplaintForm
from domain.errors import InTheFuture
from domain.tongues import LANGUAGES
from projections.queue import QUEUE

router = APIRouter(tags=["complaints"])

FORM = "complaint"
A_COMPLAINT: dict[str, Any] = {
    "account_email": "someone@example.org",
    "account_id": "AA12 N84G ABCD EFGH",
    "full_name": "Someone Somewhere",
    "country": "FR",
    "category": "withdrawal",
    "details": "The withdrawal of Friday has not arrived.",
    "occurred_at": {"from": "2026-05-22", "to": "2026-05-23"},
    "language": "fr",
}
CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The complaint is received.",
        "headers": TAG | {"Location": {"description": "The case.", "schema": {"type": "string"}}},
    }
}
ONE: dict[int | str, dict[str, Any]] = {200: {"description": "The case.", "headers": TAG}}


@router.post(
    "/v1/complaints",
    status_code=201,
    response_model=schemas.Written,
    responses=CREATED | problems(400, 401, 413, 415, 422, 429, 503),
    openapi_extra=takes(ComplaintForm, A_COMPLAINT) | {"security": [{}, {"token": []}]},
)
def send_complaint(
    plaint: App, who: Visitor, sent: Body, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Send a complaint; no token is needed, and the answer holds the reference."""
    actor = who.id if who else ANYBODY
    request = sent.under_key(actor)
    answer = plaint.desk.first_answer(request) if request else None
    if answer is None:
        form = sent.parsed(ComplaintForm)
        refuse_future(form, plaint)
        current = shipped_forms()[FORM]
        submission = form.submission(
            legal_entity_default=plaint.settings.legal_entity,
            form_version=current.version,
            privacy_notice_default=current.privacy.version,
        )
        answer = plaint.desk.receive(submission, actor, request=request)
        plaint.wake()
    return answered(answer, location=f"{base(plaint)}/v1/complaints/{answer.id}")


def refuse_future(form: ComplaintForm, plaint: Plaint) -> None:
    """Refuse a form that speaks of a time to come."""
    said = InTheFuture.__doc__ or ""
    wrong = [
        Mistake(pointer=f"/{name}", detail="This lies in the future; correct it.", type="in_the_future")
        for name in form.in_the_future(plaint.now())
    ]
    if wrong:
        raise Problem(Kind.RULE, said, errors=wrong)


def base(plaint: Plaint) -> str:
    """Return what stands before every path: nothing, or the public address."""
    return (plaint.settings.public_url or "").rstrip("/")


@router.get("/v1/complaints", response_model=schemas.CasePage, responses=problems(401, 403, 422, 503))
def list_complaints(plaint: App, who: Reader, query: Annotated[schemas.CaseListing, Query()]) -> Response:
    """List the cases that you may see, those first that fall due first."""
    return page(plaint, who, "/v1/complaints", query, team=query.team, sort=query.sort)


@router.get("/v1/queues/{team}", response_model=schemas.CasePage, responses=problems(*READS), tags=["queues"])
def show_queue(plaint: App, who: Reader, team: str, query: Annotated[schemas.Listing, Query()]) -> Response:
    """List the open cases of a team, those first that fall due first."""
    if not who.sees_team(team) or team not in known_teams(plaint):
        raise Problem(Kind.NOT_FOUND, "There is no such team here.")
    return page(plaint, who, f"/v1/queues/{team}", query, team=team, open=True)


def page(
    plaint: Plaint,
    who: Principal,
    path: str,
    query: schemas.Listing,
    *,
    team: str | None,
    sort: Sort = "due",
    open: bool | None = None,
) -> Response:
    """Answer with a page of cases, and the address of the next."""
    cases.wait_for_views(plaint, query.after, QUEUE.name)
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor", "after"})
    same = {name: value for name, value in asked.items() if name != "limit"}
    question = f"{who.id} {path}?{urlencode(sorted(same.items()), doseq=True)}"
    wanted = Filter(
        team=team, open=open, **query.model_dump(exclude={"team", "sort", "limit", "cursor", "after"})
    )
    after = None if query.cursor is None else place(query.cursor, question)
    found = plaint.queries.cases(who, wanted, sort=sort, limit=query.limit, after=after)
    following = None
    if found.next is not None:
        more = asked | {"cursor": cursor(found.next, question)}
        following = f"{base(plaint)}{path}?{urlencode(more, doseq=True)}"
    items = [cases.summary(row) for row in found.rows]
    return cases.written(schemas.CasePage(items=items, next=following))


@router.get("/v1/complaints/{id}", response_model=schemas.CaseDocument, responses=ONE | problems(*READS))
def show_complaint(plaint: App, who: Reader, id: str, query: Annotated[schemas.AsKnown, Query()]) -> Response:
    """Read one case by id or reference, as it is, as it was, or as it was known."""
    cases.wait_for_log(plaint, query.after)
    reading = cases.Reading(plaint, who, id)
    then = reading.replayed(query.as_of, query.known_at)
    document = cases.document(plaint, then, reading.clocks(then, query.as_of or query.known_at))
    current = query.as_of is None and query.known_at is None
    return cases.written(document, etag=etag(document.version) if current else None)


@router.get("/v1/complaints/{id}/history", response_model=schemas.History, responses=problems(*READS))
def show_history(
    plaint: App, who: Reader, id: str, query: Annotated[schemas.Parameters, Query()]
) -> Response:
    """Read everything that happened to one case."""
    cases.wait_for_log(plaint, query.after)
    events = cases.Reading(plaint, who, id).events
    return cases.written(schemas.History(items=[cases.history_item(plaint, n, event) for n, event in events]))


@router.get("/v1/complaints/{id}/clocks", response_model=schemas.ClockList, responses=problems(*READS))
def show_clocks(plaint: App, who: Reader, id: str, query: Annotated[schemas.AsOf, Query()]) -> Response:
    """Read the clocks of one case, with the days that each counted."""
    cases.wait_for_log(plaint, query.after)
    reading = cases.Reading(plaint, who, id)
    clocks = reading.clocks(reading.replayed(query.as_of), query.as_of)
    return cases.written(schemas.ClockList(items=clocks))


class Explaining(schemas.AsOf):
    """How one clock is to be explained."""

    lang: str | None = Field(
        None, max_length=100, description="`en` or `fr`; default: the best of Accept-Language, else `en`."
    )


@router.get(
    "/v1/complaints/{id}/clocks/{clock}/explain",
    response_model=cases.Explanation,
    responses=problems(*READS),
)
def explain_clock(
    plaint: App, who: Reader, request: Request, *, id: str, clock: str, query: Annotated[Explaining, Query()]
) -> Response:
    """Say why one clock falls due when it does, and everything that changed it."""
    cases.wait_for_log(plaint, query.after)
    language = "fr" if negotiate(request, LANGUAGES, query.lang) == "fr" else "en"
    answer = cases.written(cases.Reading(plaint, who, id).explanation(clock, query.as_of, language))
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept-Language"
    return answer
