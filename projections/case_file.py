"""The case file: everything that was submitted and decided on one case."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import Field

from domain.attachments.events import AttachmentAccepted
from domain.complaint import events as e
from domain.complaint.life_events import Corrected
from domain.guarding import (
    ComplaintEmergencyAccessGranted,
    EmergencyAccessGranted,
    Grant,
    TicketEmergencyAccessGranted,
)
from domain.ids import reference
from domain.issues.joined import COMPLAINT_JOINING, TICKET_JOINING, IssueLinked, IssueUnlinked
from domain.kernel import HEADER, Event, Instant, Value
from domain.privacy import Code, Kept, PersonalText
from domain.ticket import events as t
from domain.ticket import talk_events as talk
from domain.ticket.promoting import PROMOTED
from domain.ticket.talk_events import Texts
from projections import case_life, intake
from projections.case_life import LIFE_EVENTS, CaseLife
from projections.intake import INTAKE, IntakeFile
from projections.linked import LINKING, Relations, related
from projections.projection import Projection, by_case, changed, first, topics

ANSWERED = (
    "points",
    "precedents",
    "root_cause",
    "response_type",
    "remedies_named",
    "waiver",
    "proposed_by",
    "approved_by",
)
"""What a decision says beside its outcome and reasons."""
GRANTS = (ComplaintEmergencyAccessGranted, TicketEmergencyAccessGranted)
REOPENED: Mapping[str, object] = dict.fromkeys(
    ("solved_at", "closed_at", "closed_code", "answer", "closes_at", "reopen_before", "rating")
)
_LINKING = topics(*LINKING)
ASIDE = HEADER | intake.BEGINNINGS | {"pins"}
SUBMITTED = (set(e.Received.model_fields) | set(t.Opened.model_fields)) - ASIDE


class Decision(Value):
    """What was decided, and when it was sent."""

    outcome: Code
    reasons: Kept[PersonalText] | None = None
    sent_at: Instant
    sent_at_known: bool = True
    points: tuple[Code, ...] = ()
    precedents: tuple[Code, ...] = ()
    root_cause: Code | None = None
    response_type: Code | None = None
    remedies_named: tuple[Code, ...] = ()
    waiver: Code | None = None
    proposed_by: Code | None = None
    approved_by: Code | None = None


class Appointment(Value):
    """The appointment that there is."""

    number: int
    kind: Code
    starts_at: Instant
    ends_at: Instant | None = None
    zone: Code
    how_to_join: Kept[PersonalText] | None = None
    remind_at: Instant | None = None


class Rating(Value):
    """How content the customer was with the solution."""

    score: int
    comment: Kept[PersonalText] | None = None
    rated_at: Instant


class CaseFile(Value):
    """The submission as it came in, and the latest of each finding."""

    id: UUID
    reference: Code
    team: Code
    submission: dict[str, object]
    admissible: bool | None = None
    complex: bool = False
    acknowledged_at: Instant | None = None
    escalation_reason: Kept[PersonalText] | None = None
    escalated_by: Code | None = None
    decision: Decision | None = None
    solved_at: Instant | None = None
    closed_at: Instant | None = None
    closed_code: Code | None = None
    replied_at: Instant | None = None
    """When a ticket's customer was written to last."""
    questions: Kept[Texts] | None = None
    """The questions that wait for an answer."""
    answer: Kept[PersonalText] | None = None
    """The answer that solved a ticket, where it was said."""
    closes_at: Instant | None = None
    """When a solved ticket closes by itself."""
    reopen_before: Instant | None = None
    awaiting_files: bool = False
    """Whether a file that the form of a ticket requires has not come yet."""
    appointment: Appointment | None = None
    rating: Rating | None = None
    issues: tuple[UUID, ...] = ()
    """The issues that the case is linked to, the first first."""
    grants: tuple[Grant, ...] = ()
    """To whom the case was opened in an emergency; the next grant drops those that have passed."""
    relations: Relations = Relations()
    intake: IntakeFile | None = None
    # A default that cannot be hashed is copied to its depths for every case.
    life: CaseLife = Field(default_factory=lambda: case_life.NOTHING)


_OF_APPOINTMENTS = set(Appointment.model_fields)


def evolve(row: CaseFile | None, event: Event, number: int) -> CaseFile | None:
    """Return the file after *event*."""
    del number
    row = _evolve(row, event)
    if row is not None and isinstance(event, INTAKE):
        row = changed(row, {"intake": intake.evolve(row.intake, event)})
    if row is not None and isinstance(event, LIFE_EVENTS):
        row = changed(row, {"life": case_life.evolve(row.life, event)})
    return row


def _evolve(row: CaseFile | None, event: Event) -> CaseFile | None:
    match event, row:
        case e.Received() | t.Opened(), _:
            return CaseFile(
                id=event.originator_id,
                reference=reference(event.originator_id, "C" if isinstance(event, e.Received) else "T"),
                team=event.team,
                submission=event.model_dump(mode="json", include=SUBMITTED, exclude_none=True),
                intake=intake.begun(event),
                awaiting_files=isinstance(event, t.Opened) and event.files_due is not None,
            )
        case _, None:
            return None
        case e.Triaged(), _:
            return changed(row, {"admissible": event.admissible})
        case e.MarkedComplex(), _:
            return changed(row, {"complex": True})
        case e.Acknowledged(), _:
            return changed(row, {"acknowledged_at": event.occurred_at})
        case e.Assigned() | t.Assigned(), _:
            return changed(row, {"team": event.team})
        case e.Escalated() | t.Escalated(), _:
            return changed(row, {"escalation_reason": event.reason, "escalated_by": event.actor})
        case e.DecisionSent(), _:
            return changed(row, {"decision": _decision(event)})
        case e.Closed() | e.Withdrawn() | e.Redirected() | e.DeclaredInadmissible(), _:
            return changed(row, {"closed_at": event.occurred_at})
        case t.Promoted(), _:
            ended = {"closed_at": event.occurred_at, "closed_code": PROMOTED}
            return changed(row, {**ended, "closes_at": None, "appointment": None, "questions": None})
        case e.Reopened(), _:
            return changed(row, {"closed_at": None})
        case IssueLinked(), _:
            return changed(row, {"issues": (*row.issues, event.issue)})
        case IssueUnlinked(), _:
            return changed(row, {"issues": tuple(each for each in row.issues if each != event.issue)})
        case Corrected(), _:
            acknowledged = {"acknowledged_at": None} if event.undone == "acknowledged" else {}
            return changed(row, {"submission": _corrected(row.submission, event), **acknowledged})
        case EmergencyAccessGranted(), _:
            return changed(row, {"grants": _granted(row.grants, event)})
        case _ if event.TOPIC in _LINKING:
            return changed(row, {"relations": related(row.relations, event)})
        case _:
            facts = _of_a_ticket(row, event)
            return changed(row, facts) if facts else row


def _of_a_ticket(row: CaseFile, event: Event) -> Mapping[str, object]:
    """Return what an event that only tickets know changes in *row*."""
    at = event.occurred_at
    match event:
        case talk.Acknowledged():
            return {"acknowledged_at": at}
        case talk.Replied():
            return {"replied_at": at, "acknowledged_at": row.acknowledged_at or at}
        case talk.FollowUpAsked():
            return {"questions": event.questions}
        case t.InformationSupplied(answers=answers) if answers is not None:
            return {"questions": None}
        case talk.AppointmentBooked():
            return {"appointment": _appointment(event)}
        case talk.AppointmentCancelled():
            return {"appointment": None}
        case t.Solved():
            heard = row.acknowledged_at or (at if event.text is not None else None)
            answered = {"answer": event.text, "acknowledged_at": heard, "questions": None}
            return {"solved_at": at, "closes_at": event.closes_at, "rating": None, **answered}
        case AttachmentAccepted(visibility="customer") if row.awaiting_files:
            return {"awaiting_files": False}
        case talk.Rated():
            return {"rating": Rating(score=event.score, comment=event.comment, rated_at=at)}
        case t.Closed():
            ended = {"closed_at": at, "closed_code": event.code, "reopen_before": event.reopen_before}
            return {**ended, "closes_at": None, "appointment": None, "questions": None}
        case t.Reopened():
            return REOPENED
        case _:
            return {}


def _appointment(event: talk.AppointmentBooked) -> Appointment:
    return Appointment.model_validate(event.model_dump(include=_OF_APPOINTMENTS))


def _granted(grants: tuple[Grant, ...], event: EmergencyAccessGranted) -> tuple[Grant, ...]:
    kept = (each for each in grants if event.recorded_at < each.until)
    return (*kept, Grant(principal=event.principal, until=event.until))


def _decision(event: e.DecisionSent) -> Decision:
    return Decision(
        outcome=event.outcome,
        reasons=event.reasons,
        sent_at=event.occurred_at,
        sent_at_known=event.occurred_at_known,
        **{name: getattr(event, name) for name in ANSWERED},
    )


def _corrected(submission: dict[str, object], event: Corrected) -> dict[str, object]:
    """Return what was submitted as it should have been; when it was received stands elsewhere."""
    told = event.model_dump(mode="json", include={"new", "new_at", "new_personal"}, exclude_none=True)
    if event.what not in SUBMITTED or not told:
        return submission
    (value,) = told.values()
    return submission | {event.what: value}


CASE_FILE: Projection[CaseFile] = Projection(
    name="case_files",
    version=6,
    row=CaseFile,
    topics=topics(
        e.Received,
        e.MarkedComplex,
        e.Acknowledged,
        e.Assigned,
        e.Escalated,
        e.DecisionSent,
        e.Closed,
        e.Withdrawn,
        e.DeclaredInadmissible,
        e.Reopened,
        t.Opened,
        t.Assigned,
        t.Escalated,
        AttachmentAccepted,
        t.InformationSupplied,
        talk.Acknowledged,
        talk.Replied,
        talk.FollowUpAsked,
        talk.AppointmentBooked,
        talk.AppointmentCancelled,
        talk.Rated,
        t.Solved,
        t.Closed,
        t.Reopened,
        *GRANTS,
        *COMPLAINT_JOINING,
        *TICKET_JOINING,
        *LINKING,
        *INTAKE,
        *LIFE_EVENTS,
    ),
    key=by_case,
    begins=first,
    evolve=evolve,
)
