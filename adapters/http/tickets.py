"""Tickets over HTTP: sent through a form, and listed and read as complaints are."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Response

from adapters import desk, directory
from adapters.again import sent_again
from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import cases, reading, schemas
from adapters.http.attachments_documents import Upload, upload_of
from adapters.http.auth import ANYBODY, App, Visitor, unauthenticated
from adapters.http.complaints import hinted, refuse_unproved
from adapters.http.conditional import Body, answered
from adapters.http.forms import advised, checked, known_form, notices, spoken
from adapters.http.kinds import TICKETS, add_reads
from adapters.http.late import Late
from adapters.http.openapi import TAG, problems, takes
from adapters.http.problems import Kind, Mistake, Problem
from adapters.http.threads import in_thread
from domain.access import Principal, Right, Sensitivity
from domain.complaint.submission import DEFAULT_TEAM
from domain.errors import DomainError
from domain.forms import Form, Submission, advice, said
from domain.kernel import Context
from domain.reactions.sensitivity import AS_ITS_PARENT
from domain.ticket import Ticket
from domain.ticket.form import TicketForm, parent_of, sorted_out
from domain.ticket.opening import promised
from domain.ticket.request import Request

log = structlog.get_logger()

router = APIRouter(route_class=Late)

AGAIN = "again"
"""What is confirmed by who sends a form again on purpose."""
A_TICKET: dict[str, Any] = {
    "form": "general_request",
    "language": "en",
    "contact_email": "someone@example.org",
    "fields": {
        "account_email": "someone@example.org",
        "subject": "Statement of 2025",
        "description": "Where do I find the statement of last year?",
    },
}
CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The ticket is opened.",
        "headers": TAG | {"Location": {"description": "The case.", "schema": {"type": "string"}}},
    }
}


class TicketSent(schemas.Written):
    """What somebody is told who has sent a form: the number, what happens next, and a copy."""

    form: str
    form_version: str
    title: str
    afterwards: list[str]
    advice: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    never_asked: str
    sent: dict[str, Any]
    upload: Upload | None = None
    """How files are added; a form that takes none has none."""
    awaiting_files: bool
    """Whether the request is not complete before a file is accepted that goes where ``upload`` says."""
    files: list[str]
    """The files that the form speaks of, in its words."""
    possible_duplicates: list[schemas.PossibleDuplicate] | None = schemas.HINTED


@router.post(
    "/v1/tickets",
    status_code=201,
    response_model=TicketSent,
    responses=CREATED | problems(400, 401, 413, 415, 422, 429, 503),
    openapi_extra=takes(TicketForm, A_TICKET) | {"security": [{}, {"token": []}]},
    tags=["tickets"],
)
@in_thread
def send_ticket(
    plaint: App, who: Visitor, sent: Body, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Send a request through a form; no token is needed unless the form asks to sign in.

    The answer holds the reference, what happens next, and a copy of what was sent.
    """
    with sent.alone(who.sender if who else ANYBODY) as request:
        asked = partial(sent.parsed, TicketForm)
        answer = plaint.desk.first_answer(request, kind=Ticket, said=asked) if request else None
        if answer is None:
            answer = open_ticket(plaint, asked(), who, request and request.unanswered)
    place = f"{reading.base(plaint)}/v1/tickets/{answer.id}"
    body = sent.read()
    more = _told(plaint, body) | hinted(plaint, who, body, answer)
    more |= upload_of(plaint, answer.id, place, known_form(plaint, body["form"]))
    return answered(answer, location=place, more=more)


class Examined(NamedTuple):
    """A request in order: by which form, what was answered, and the case that it belongs to."""

    form: Form
    submission: Submission
    parent: UUID | None


def examined(plaint: Plaint, asked: TicketForm, who: Principal | None) -> Examined:
    """Return what is *asked*, or refuse it with all that is wrong; nothing is recorded."""
    form = _form(plaint, asked)
    refuse_unproved(asked, plaint, who)
    submission = _in_order(plaint, form, asked, who)
    parent = _parent(plaint, submission, who)
    _refuse_unconfirmed_repeat(plaint, form, submission, asked)
    return Examined(form, submission, parent)


def open_ticket(
    plaint: Plaint, asked: TicketForm, who: Principal | None, request: desk.Request | None
) -> Answer:
    """Open a ticket for what is *asked*, or refuse it with all that is wrong."""
    form, submission, parent = examined(plaint, asked, who)
    kept = _sensitivity_of(plaint, parent)
    actor = who.actor if who else ANYBODY
    found = plaint.desk.turn_away(asked, form.id, asked.channel, actor, request=request)
    facts = Request.model_validate(
        {
            "form": form.id,
            "form_version": form.seen_in(submission.language),
            "privacy_notice": form.privacy.version,
            "channel": asked.channel,
            "language": asked.language,
            "team": _team(plaint, form),
            "legal_entity": asked.legal_entity or plaint.settings.legal_entity,
            "category": form.category,
            "severity": form.severity,
            "contact_email": asked.contact_email,
            "parent": parent,
            "files_required": form.attachments.required,
            **sorted_out(submission),
        }
    )

    def record(ticket: Ticket, by: Context) -> None:
        rules = plaint.desk.rules
        ticket.open(facts, by, rules, pins=promised(facts, rules, by.recorded_at))
        ticket.set_sensitivity(kept, AS_ITS_PARENT, by, rules)
        ticket.flag_values(found, by, rules)

    answer = plaint.desk.begin(Ticket, record, actor, request=request)
    plaint.wake()
    return answer


def _form(plaint: Plaint, asked: TicketForm) -> Form:
    form = known_form(plaint, asked.form, pointer="/form")
    if form.kind == "complaint":
        raise _refused("/form", "Send a complaint to POST /v1/complaints.", "complaint")
    if asked.form_version not in (None, form.version, form.seen_in(spoken(form, asked.language))):
        detail = "The form has changed since you read it; read it again, then send what it asks for."
        raise _refused("/form_version", detail, "form_changed")
    return form


def _in_order(plaint: Plaint, form: Form, asked: TicketForm, who: Principal | None) -> Submission:
    judged = checked(
        plaint,
        form,
        asked.fields,
        spoken(form, asked.language),
        signed_in=who is not None,
        confirmed=asked.confirmed,
    )
    if isinstance(judged, Submission):
        return judged
    if judged[0].type == "sign_in":
        raise unauthenticated(judged[0].detail)
    raise Problem(Kind.INVALID, errors=judged)


def _parent(plaint: Plaint, submission: Submission, who: Principal | None) -> UUID | None:
    """Return the case that the request belongs to; refuse one that is not there, or not for who sends it.

    Whoever is not of the staff proves by the number that they know the case: it cannot be guessed.
    """
    named = parent_of(submission)
    if named is None:
        return None
    field, reference = named
    kind = "complaint" if reference.startswith("C") else "ticket"
    try:
        id = cases.case_id(plaint, reference, kind)
        if who is not None and who.may(Right.READ_CASES):
            cases.visible(plaint, who, id, kind)
    except DomainError:
        detail = plaint.forms.shared.mistakes["no_parent"]
        told = said(detail, submission.language)
        raise _refused(f"/fields/{field}", told, "no_parent", Kind.INVALID) from None
    return id


def _sensitivity_of(plaint: Plaint, parent: UUID | None) -> Sensitivity:
    """Return how closely the case is kept that a request belongs to: what is said of it is kept alike."""
    row = None if parent is None else cases.case_now(plaint, parent).row
    return Sensitivity.NORMAL if row is None else row.sensitivity


def _refuse_unconfirmed_repeat(plaint: Plaint, form: Form, submission: Submission, asked: TicketForm) -> None:
    account = submission.answers.get("account_email")
    if form.confirm_again is None or account is None or AGAIN in asked.confirmed:
        return
    if sent_again(plaint, form, account):
        told = said(form.confirm_again.text, submission.language)
        raise _refused("/confirmed", told, AGAIN, Kind.INVALID)


def _team(plaint: Plaint, form: Form) -> str:
    """Return the team of *form*; one that the directory lacks would hide the ticket from everybody."""
    if directory.takes_cases(plaint, form.team):
        return form.team
    log.warning("team_of_form_is_not_there", form=form.id, team=form.team, instead=DEFAULT_TEAM)
    return DEFAULT_TEAM


def _told(plaint: Plaint, sent: dict[str, Any]) -> dict[str, Any]:
    """Return what the sender of *sent* is told beyond the reference."""
    form = known_form(plaint, sent["form"])
    language = spoken(form, sent["language"])
    fields = sent.get("fields", {})
    country = fields.get("country")
    fitting = [advised(each, language) for each in advice(form, fields)]
    shown = notices(plaint, form, language, country if isinstance(country, str) else None)
    return {
        "form": form.id,
        "form_version": form.seen_in(language),
        "title": said(form.title, language),
        "afterwards": [said(each, language) for each in form.afterwards],
        "advice": [each.model_dump(exclude_none=True) for each in fitting],
        "notices": [each.model_dump() for each in shown],
        "never_asked": said(form.never_asked, language),
        "sent": sent,
        "awaiting_files": form.attachments.required,
        "files": [said(each.label, language) for each in form.fields.values() if each.kind == "file"],
    }


def _refused(pointer: str, detail: str, type: str, kind: Kind = Kind.RULE) -> Problem:
    return Problem(kind, detail, errors=[Mistake(pointer=pointer, detail=detail, type=type)])


add_reads(router, TICKETS)
