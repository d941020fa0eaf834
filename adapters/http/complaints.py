"""Complaints over HTTP: sent, listed, read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from adapters import directory
from adapters.bootstrap import Plaint
from adapters.forms import shipped_forms
from adapters.http import cases, reading, schemas
from adapters.http.auth import ANYBODY, App, Inquirer, Reader, Visitor
from adapters.http.conditional import Body, answered
from adapters.http.openapi import READS, TAG, problems, takes
from adapters.http.problems import Kind, Mistake, Problem
from adapters.http.reading import ONE
from domain.complaint.form import ComplaintForm
from domain.errors import InTheFuture

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
    request = sent.under_key(who.id if who else ANYBODY)
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
        actor = who.actor if who else ANYBODY
        answer = plaint.desk.receive(submission, actor, request=request)
        plaint.wake()
    return answered(answer, location=f"{reading.base(plaint)}/v1/complaints/{answer.id}")


def refuse_future(form: ComplaintForm, plaint: Plaint) -> None:
    """Refuse a form that speaks of a time to come."""
    said = InTheFuture.__doc__ or ""
    wrong = [
        Mistake(pointer=f"/{name}", detail="This lies in the future; correct it.", type="in_the_future")
        for name in form.in_the_future(plaint.now())
    ]
    if wrong:
        raise Problem(Kind.RULE, said, errors=wrong)


@router.get("/v1/complaints", response_model=schemas.CasePage, responses=problems(401, 403, 422, 503))
def list_complaints(plaint: App, who: Reader, query: Annotated[schemas.CaseListing, Query()]) -> Response:
    """List the complaints that you may see, those first that fall due first."""
    return reading.page(plaint, who, "/v1/complaints", query, kind="complaint")


@router.get("/v1/queues/{team}", response_model=schemas.CasePage, responses=problems(*READS), tags=["queues"])
def show_queue(
    plaint: App, who: Reader, team: str, query: Annotated[schemas.QueueListing, Query()]
) -> Response:
    """List the open cases of a team, complaints and tickets, those first that fall due first."""
    if not who.sees_team(team) or team not in directory.known_teams(plaint):
        raise Problem(Kind.NOT_FOUND, "There is no such team here.")
    return reading.page(plaint, who, f"/v1/queues/{team}", query, team=team, open=True)


@router.get("/v1/complaints/{id}", response_model=schemas.CaseDocument, responses=ONE | problems(400, *READS))
def show_complaint(
    plaint: App, by: Inquirer, id: str, query: Annotated[schemas.AsKnown, Query()]
) -> Response:
    """Read one complaint by id or reference, as it is, as it was, or as it was known."""
    return reading.one(plaint, by, id, query, "complaint")


@router.get("/v1/complaints/{id}/history", response_model=schemas.History, responses=problems(400, *READS))
def show_history(
    plaint: App, by: Inquirer, id: str, query: Annotated[schemas.Parameters, Query()]
) -> Response:
    """Read everything that happened to one complaint."""
    return reading.history(plaint, by, id, query, "complaint")


@router.get("/v1/complaints/{id}/clocks", response_model=schemas.ClockList, responses=problems(400, *READS))
def show_clocks(plaint: App, by: Inquirer, id: str, query: Annotated[schemas.AsOf, Query()]) -> Response:
    """Read the clocks of one complaint, with the days that each counted."""
    return reading.clocks(plaint, by, id, query, "complaint")


@router.get(
    "/v1/complaints/{id}/clocks/{clock}/explain",
    response_model=cases.Explanation,
    responses=problems(400, *READS),
)
def explain_clock(
    plaint: App,
    by: Inquirer,
    request: Request,
    *,
    id: str,
    clock: str,
    query: Annotated[reading.Explaining, Query()],
) -> Response:
    """Say why one clock falls due when it does, and everything that changed it."""
    return reading.explanation(plaint, by, id, query, clock=clock, request=request, kind="complaint")
