"""The case file: everything that was submitted and decided on one case."""

from __future__ import annotations

from uuid import UUID

from domain.complaint import events as e
from domain.complaint.life_events import Corrected
from domain.guarding import (
    ComplaintEmergencyAccessGranted,
    EmergencyAccessGranted,
    Grant,
    TicketEmergencyAccessGranted,
)
from domain.ids import reference
from domain.kernel import HEADER, Event, Instant, Value
from domain.privacy import Code, Kept, PersonalText
from domain.ticket import events as t
from projections import case_life
from projections.case_life import LIFE_EVENTS, CaseLife
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
SUBMITTED = (set(e.Received.model_fields) | set(t.Opened.model_fields)) - set(HEADER) - {"pins"}


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
    grants: tuple[Grant, ...] = ()
    """To whom the case was opened in an emergency; the next grant drops those that have passed."""
    life: CaseLife = CaseLife()


def evolve(row: CaseFile | None, event: Event, number: int) -> CaseFile | None:
    """Return the file after *event*."""
    del number
    if row is not None and isinstance(event, LIFE_EVENTS):
        row = changed(row, {"life": case_life.evolve(row.life, event)})
    match event, row:
        case e.Received() | t.Opened(), _:
            return CaseFile(
                id=event.originator_id,
                reference=reference(event.originator_id, "C" if isinstance(event, e.Received) else "T"),
                team=event.team,
                submission=event.model_dump(mode="json", include=SUBMITTED, exclude_none=True),
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
        case t.Solved(), _:
            return changed(row, {"solved_at": event.occurred_at})
        case t.Closed(), _:
            return changed(row, {"closed_at": event.occurred_at, "closed_code": event.code})
        case e.Reopened(), _:
            return changed(row, {"closed_at": None})
        case t.Reopened(), _:
            return changed(row, {"solved_at": None, "closed_at": None, "closed_code": None})
        case Corrected(), _:
            return changed(row, {"submission": _corrected(row.submission, event)})
        case EmergencyAccessGranted(), _:
            return changed(row, {"grants": _granted(row.grants, event)})
        case _:
            return row


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
    version=3,
    row=CaseFile,
    topics=topics(
        e.Received,
        e.Triaged,
        e.MarkedComplex,
        e.Acknowledged,
        e.Assigned,
        e.Escalated,
        e.DecisionSent,
        e.Closed,
        e.Withdrawn,
        e.Redirected,
        e.DeclaredInadmissible,
        e.Reopened,
        t.Opened,
        t.Assigned,
        t.Escalated,
        t.Solved,
        t.Closed,
        t.Reopened,
        *GRANTS,
        *LIFE_EVENTS,
    ),
    key=by_case,
    begins=first,
    evolve=evolve,
)
