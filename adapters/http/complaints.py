"""Complaints over HTTP: sent, listed, read; and the queues of the teams."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeAlias

from eventsourcing import persistence
from fastapi import APIRouter, Depends, Query, Request, Response

from adapters import desk, directory, duplicates
from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import reading, schemas
from adapters.http.attachments_documents import Upload, upload_of
from adapters.http.auth import ANYBODY, App, Reader, served, visitor
from adapters.http.conditional import IdempotencyKey, Sent, answered, sent
from adapters.http.forms import known_form, spoken
from adapters.http.kinds import COMPLAINTS, add_reads
from adapters.http.late import Late
from adapters.http.openapi import READS, TAG, either, problems
from adapters.http.problems import Kind, Mistake, Problem, code_of
from adapters.http.threads import in_thread
from domain.access import Principal, Right, Role
from domain.complaint.form import ComplaintForm, Intake
from domain.errors import AfterReceipt, InTheFuture
from domain.ticket.form import TicketForm

router = APIRouter(route_class=Late)

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


class Begun(schemas.Taken):
    """What the POST of a complaint answers: the case, a copy of what was sent, and how files are added."""

    upload: Upload


class Visit(NamedTuple):
    """A complaint that is sent: to which installation, by whom where they are known, and what."""

    plaint: Plaint
    who: Principal | None
    sent: Sent


async def visit(request: Request, key: IdempotencyKey = None) -> Visit:
    """Return who sends what.  One dependency, since each takes as long as judging what was sent."""
    who = await visitor(request)
    return Visit(served(request), who, await sent(request, key))


Visiting: TypeAlias = Annotated[Visit, Depends(visit)]


@router.post(
    "/v1/complaints",
    status_code=201,
    response_model=Begun,
    responses=CREATED | problems(400, 401, 413, 415, 422, 429, 503),
    openapi_extra=either(ComplaintForm, Intake, A_COMPLAINT) | {"security": [{}, {"token": []}]},
    tags=["complaints"],
)
@in_thread
def send_complaint(visit: Visiting, _query: Annotated[schemas.Nothing, Query()]) -> Response:
    """Send a complaint; no token is needed, and the answer holds the reference and a copy of what was sent.

    Who works on cases may send more: when it came and how that is known, and what registers ask for.
    """
    plaint, who, sent = visit
    takes_down = who is not None and who.may(Right.WORK_CASES)
    with sent.alone(who.sender if who else ANYBODY) as request:
        asked = partial(sent.parsed, Intake if takes_down else ComplaintForm)
        try:
            answer = _receive(plaint, asked(), who, request and request.unanswered)
        except persistence.PersistenceError:
            raise
        except Exception:
            # The receipt of a first answer prevents a second case.  Whatever else there is now to
            # refuse, the same request may not have met then: it is looked for only here.
            answer = plaint.desk.first_answer(request, said=asked) if request else None
            if answer is None:
                raise
    place = f"{reading.base(plaint)}/v1/complaints/{answer.id}"
    upload = upload_of(plaint, answer.id, place, known_form(plaint, FORM))
    more = _told(plaint, who, sent.read(), answer) | upload
    return answered(answer, location=place, more=more)


def _receive(
    plaint: Plaint, form: ComplaintForm, who: Principal | None, request: desk.Request | None
) -> Answer:
    refuse_misdated(form, plaint)
    refuse_unproved(form, plaint, who)
    current, actor = known_form(plaint, FORM), who.actor if who else ANYBODY
    submission = form.submission(
        legal_entity_default=plaint.settings.legal_entity,
        form_version=current.seen_in(spoken(current, form.language)),
        privacy_notice_default=current.privacy.version,
    )
    received_at = None
    if isinstance(form, Intake):
        submission = submission.model_copy(update={"registered_by": actor})
        received_at = form.received_at
    answer = plaint.desk.receive(submission, actor, request=request, received_at=received_at)
    plaint.wake()
    return answer


def _told(plaint: Plaint, who: Principal | None, sent: dict[str, Any], answer: Answer) -> dict[str, object]:
    """Return what the sender is told beyond the reference: their own words, and whom it may concern."""
    return {"sent": sent} | hinted(plaint, who, sent, answer)


def hinted(plaint: Plaint, who: Principal | None, sent: dict[str, Any], answer: Answer) -> dict[str, object]:
    """Return which cases what was *sent* may be about as well, for whoever may read cases."""
    if who is None or not who.may(Right.READ_CASES):
        return {}
    found = duplicates.hints(plaint, who, duplicates.said_by(sent, plaint.now(), answer.id))
    return {"possible_duplicates": found and [_hint(each) for each in found]}


def _hint(found: duplicates.Hint) -> dict[str, object]:
    return schemas.PossibleDuplicate.model_validate(asdict(found)).model_dump(mode="json")


def refuse_misdated(form: ComplaintForm, plaint: Plaint) -> None:
    """Refuse a form that speaks of a time to come, or of one that cannot have come after the receipt."""
    now = plaint.now()
    for rule, names, detail in (
        (InTheFuture, form.in_the_future(now), "This lies in the future; correct it."),
        (AfterReceipt, form.disordered(now), "This comes after the receipt; correct it, or received_at."),
    ):
        wrong = [Mistake(pointer=f"/{name}", detail=detail, type=code_of(rule)) for name in names]
        if wrong:
            raise Problem(Kind.RULE, detail, errors=wrong)


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
@in_thread
def show_queue(
    plaint: App, who: Reader, team: str, query: Annotated[schemas.QueueListing, Query()]
) -> Response:
    """List the open cases of a team, complaints and tickets, those first that fall due first."""
    if not who.sees_team(team) or not directory.knows_team(plaint, team):
        raise Problem(Kind.NOT_FOUND, "There is no such team here.")
    return reading.page(plaint, who, f"/v1/queues/{team}", query, team=team, open=True)


add_reads(router, COMPLAINTS)
