"""Complaints over HTTP: sent, listed, read; and the queues of the teams."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from adapters import desk, directory
from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import reading, schemas
from adapters.http.attachments_documents import Begun, upload_of
from adapters.http.auth import ANYBODY, App, Reader, Visitor
from adapters.http.conditional import Body, answered
from adapters.http.forms import known_form
from adapters.http.kinds import COMPLAINTS, reads
from adapters.http.openapi import READS, TAG, problems, takes
from adapters.http.problems import Kind, Mistake, Problem
from domain.access import Principal, Role
from domain.complaint.form import ComplaintForm
from domain.errors import InTheFuture
from domain.ticket.form import TicketForm

router = APIRouter()

FORM = "complaint"
FREE_CHANNELS = ("web", "api")
"""How a complaint comes that nobody of the desk has taken down."""
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
    response_model=Begun,
    responses=CREATED | problems(400, 401, 413, 415, 422, 429, 503),
    openapi_extra=takes(ComplaintForm, A_COMPLAINT) | {"security": [{}, {"token": []}]},
    tags=["complaints"],
)
def send_complaint(
    plaint: App, who: Visitor, sent: Body, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Send a complaint; no token is needed, and the answer holds the reference."""
    with sent.alone(who.sender if who else ANYBODY) as request:
        asked = partial(sent.parsed, ComplaintForm)
        answer = plaint.desk.first_answer(request, said=asked) if request else None
        if answer is None:
            actor = who.actor if who else ANYBODY
            form = asked()
            refuse_future(form, plaint)
            refuse_unproved(form, plaint, who)
            answer = _receive(plaint, form, actor, request)
    place = f"{reading.base(plaint)}/v1/complaints/{answer.id}"
    return answered(answer, location=place, upload=upload_of(plaint, answer.id, place))


def _receive(plaint: Plaint, form: ComplaintForm, actor: str, request: desk.Request | None) -> Answer:
    current = known_form(plaint, FORM)
    submission = form.submission(
        legal_entity_default=plaint.settings.legal_entity,
        form_version=current.version,
        privacy_notice_default=current.privacy.version,
    )
    answer = plaint.desk.receive(submission, actor, request=request)
    plaint.wake()
    return answer


def refuse_future(form: ComplaintForm, plaint: Plaint) -> None:
    """Refuse a form that speaks of a time to come."""
    said = InTheFuture.__doc__ or ""
    wrong = [
        Mistake(pointer=f"/{name}", detail="This lies in the future; correct it.", type="in_the_future")
        for name in form.in_the_future(plaint.now())
    ]
    if wrong:
        raise Problem(Kind.RULE, said, errors=wrong)


def refuse_unproved(form: ComplaintForm | TicketForm, plaint: Plaint, who: Principal | None) -> None:
    """Refuse a legal entity that there is not, and from outside a channel that only the desk takes down."""
    outside = who is None or who.role is Role.COMPLAINANT
    if outside and form.channel not in FREE_CHANNELS:
        detail = f"Give one of {', '.join(FREE_CHANNELS)}; every other channel is taken down with a token."
        mistake = Mistake(pointer="/channel", detail=detail, type="token_required")
        raise Problem(Kind.RULE, detail, errors=[mistake])
    if form.legal_entity is not None:
        directory.refuse_unknown_entities(plaint, (form.legal_entity,), "/legal_entity")


@router.get("/v1/queues/{team}", response_model=schemas.CasePage, responses=problems(*READS), tags=["queues"])
def show_queue(
    plaint: App, who: Reader, team: str, query: Annotated[schemas.QueueListing, Query()]
) -> Response:
    """List the open cases of a team, complaints and tickets, those first that fall due first."""
    if not who.sees_team(team) or team not in directory.known_teams(plaint):
        raise Problem(Kind.NOT_FOUND, "There is no such team here.")
    return reading.page(plaint, who, f"/v1/queues/{team}", query, team=team, open=True)


router.include_router(reads(COMPLAINTS))
