"""The case file: everything that was submitted and decided on one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
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
from projections.by_kind import ByKind
from projections.case_life import LIFE_EVENTS, CaseLife
from projections.findings import Appointment, Decision, Rating, booked, decided, rated
from projections.intake import INTAKE, IntakeFile
from projections.linked import LINKING, Relations, related
from projections.projection import Projection, by_case, changed, first, topics

GRANTS = (ComplaintEmergencyAccessGranted, TicketEmergencyAccessGranted)
REOPENED: Mapping[str, object] = dict.fromkeys(
    ("solved_at", "closed_at", "closed_code", "answer", "closes_at", "reopen_before", "rating")
)
SETTLED: Mapping[str, object] = dict.fromkeys(("closes_at", "appointment", "questions"))
Facts: TypeAlias = Mapping[str, object]
"""What an event changes in a file, by field."""
ASIDE = HEADER | intake.BEGINNINGS | {"pins"}
SUBMITTED = (set(e.Received.model_fields) | set(t.Opened.model_fields)) - ASIDE


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


def evolve(row: CaseFile | None, event: Event, number: int) -> CaseFile | None:
    """Return the file after *event*."""
    del number
    if row is None:
        return _begun(event) if isinstance(event, e.Received | t.Opened) else None
    kind = type(event)
    facts = _CHANGES[kind](row, event)
    for part, evolved in _PARTS[kind]:
        was = getattr(row, part)
        if (now := evolved(was, event)) is not was:
            facts = {**facts, part: now}
    return changed(row, facts) if facts else row


def _begun(event: e.Received | t.Opened) -> CaseFile:
    return CaseFile(
        id=event.originator_id,
        reference=reference(event.originator_id, "C" if isinstance(event, e.Received) else "T"),
        team=event.team,
        submission=event.model_dump(mode="json", include=SUBMITTED, exclude_none=True),
        intake=intake.begun(event),
        awaiting_files=isinstance(event, t.Opened) and event.files_due is not None,
    )


_PARTS: ByKind[Sequence[tuple[str, Callable[[Any, Event], object]]]] = ByKind(
    {
        kind: [
            *([("intake", intake.evolve)] if kind in INTAKE else ()),
            *([("life", case_life.evolve)] if kind in LIFE_EVENTS else ()),
        ]
        for kind in (*INTAKE, *LIFE_EVENTS)
    },
    otherwise=(),
)
"""The parts of a file that an event changes besides, each with its own fold."""


def _ended(_row: CaseFile, event: Event) -> Facts:
    return {"closed_at": event.occurred_at}


def _escalated(_row: CaseFile, event: e.Escalated | t.Escalated) -> Facts:
    return {"escalation_reason": event.reason, "escalated_by": event.actor}


def _promoted(_row: CaseFile, event: Event) -> Facts:
    return {"closed_at": event.occurred_at, "closed_code": PROMOTED, **SETTLED}


def _unlinked(row: CaseFile, event: IssueUnlinked) -> Facts:
    return {"issues": tuple(each for each in row.issues if each != event.issue)}


def _put_right(row: CaseFile, event: Corrected) -> Facts:
    acknowledged = {"acknowledged_at": None} if event.undone == "acknowledged" else {}
    return {"submission": _corrected(row.submission, event), **acknowledged}


def _replied(row: CaseFile, event: Event) -> Facts:
    return {"replied_at": event.occurred_at, "acknowledged_at": row.acknowledged_at or event.occurred_at}


def _solved(row: CaseFile, event: t.Solved) -> Facts:
    at = event.occurred_at
    heard = row.acknowledged_at or (at if event.text is not None else None)
    answered = {"answer": event.text, "acknowledged_at": heard, "questions": None}
    return {"solved_at": at, "closes_at": event.closes_at, "rating": None, **answered}


def _file_came(row: CaseFile, event: AttachmentAccepted) -> Facts:
    return {"awaiting_files": False} if row.awaiting_files and event.visibility == "customer" else {}


def _closed(_row: CaseFile, event: t.Closed) -> Facts:
    ended = {"closed_at": event.occurred_at, "closed_code": event.code}
    return {**ended, "reopen_before": event.reopen_before, **SETTLED}


_CHANGES: ByKind[Callable[[CaseFile, Any], Facts]] = ByKind(
    {
        e.Triaged: lambda _row, event: {"admissible": event.admissible},
        e.MarkedComplex: lambda _row, _event: {"complex": True},
        e.Acknowledged: lambda _row, event: {"acknowledged_at": event.occurred_at},
        e.Assigned: lambda _row, event: {"team": event.team},
        t.Assigned: lambda _row, event: {"team": event.team},
        e.Escalated: _escalated,
        t.Escalated: _escalated,
        e.DecisionSent: lambda _row, event: {"decision": decided(event)},
        e.Closed: _ended,
        e.Withdrawn: _ended,
        e.Redirected: _ended,
        e.DeclaredInadmissible: _ended,
        t.Promoted: _promoted,
        e.Reopened: lambda _row, _event: {"closed_at": None},
        IssueLinked: lambda row, event: {"issues": (*row.issues, event.issue)},
        IssueUnlinked: _unlinked,
        Corrected: _put_right,
        EmergencyAccessGranted: lambda row, event: {"grants": _granted(row.grants, event)},
        **dict.fromkeys(LINKING, lambda row, event: {"relations": related(row.relations, event)}),
        talk.Acknowledged: lambda _row, event: {"acknowledged_at": event.occurred_at},
        talk.Replied: _replied,
        talk.FollowUpAsked: lambda _row, event: {"questions": event.questions},
        t.InformationSupplied: lambda _row, event: {} if event.answers is None else {"questions": None},
        talk.AppointmentBooked: lambda _row, event: {"appointment": booked(event)},
        talk.AppointmentCancelled: lambda _row, _event: {"appointment": None},
        t.Solved: _solved,
        AttachmentAccepted: _file_came,
        talk.Rated: lambda _row, event: {"rating": rated(event)},
        t.Closed: _closed,
        t.Reopened: lambda _row, _event: REOPENED,
    },
    otherwise=lambda _row, _event: {},
)
"""What an event changes in a file, apart from its parts."""


def _granted(grants: tuple[Grant, ...], event: EmergencyAccessGranted) -> tuple[Grant, ...]:
    kept = (each for each in grants if event.recorded_at < each.until)
    return (*kept, Grant(principal=event.principal, until=event.until))


def _corrected(submission: dict[str, object], event: Corrected) -> dict[str, object]:
    """Return what was submitted as it should have been; when it was received stands elsewhere."""
    told = event.model_dump(mode="json", include={"new", "new_at", "new_personal"}, exclude_none=True)
    if event.what not in SUBMITTED or not told:
        return submission
    (value,) = told.values()
    return submission | {event.what: value}


CASE_FILE: Projection[CaseFile] = Projection(
    name="case_files",
    version=7,
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
