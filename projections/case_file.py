"""The case file: everything that was submitted and decided on one case."""

from __future__ import annotations

from uuid import UUID

from domain.complaint import events as e
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
from domain.ticket.promoting import PROMOTED
from projections import intake
from projections.intake import INTAKE, IntakeFile
from projections.projection import Projection, by_case, changed, first, topics

GRANTS = (ComplaintEmergencyAccessGranted, TicketEmergencyAccessGranted)
ASIDE = HEADER | intake.BEGINNINGS | {"pins"}
SUBMITTED = (set(e.Received.model_fields) | set(t.Opened.model_fields)) - ASIDE


class Decision(Value):
    """What was decided, and when it was sent."""

    outcome: Code
    reasons: Kept[PersonalText] | None = None
    sent_at: Instant
    sent_at_known: bool = True


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
    decision: Decision | None = None
    solved_at: Instant | None = None
    closed_at: Instant | None = None
    closed_code: Code | None = None
    grants: tuple[Grant, ...] = ()
    """To whom the case was opened in an emergency; the next grant drops those that have passed."""
    intake: IntakeFile | None = None


def evolve(row: CaseFile | None, event: Event, number: int) -> CaseFile | None:
    """Return the file after *event*."""
    del number
    row = _evolve(row, event)
    if row is None or not isinstance(event, INTAKE):
        return row
    return changed(row, {"intake": intake.evolve(row.intake, event)})


def _evolve(row: CaseFile | None, event: Event) -> CaseFile | None:
    match event, row:
        case e.Received() | t.Opened(), _:
            return CaseFile(
                id=event.originator_id,
                reference=reference(event.originator_id, "C" if isinstance(event, e.Received) else "T"),
                team=event.team,
                submission=event.model_dump(mode="json", include=SUBMITTED, exclude_none=True),
                intake=intake.begun(event),
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
            return changed(row, {"escalation_reason": event.reason})
        case e.DecisionSent(), _:
            return changed(row, {"decision": _decision(event)})
        case e.Closed() | e.Withdrawn() | e.Redirected() | e.DeclaredInadmissible(), _:
            return changed(row, {"closed_at": event.occurred_at})
        case t.Solved(), _:
            return changed(row, {"solved_at": event.occurred_at})
        case t.Closed(), _:
            return changed(row, {"closed_at": event.occurred_at, "closed_code": event.code})
        case t.Promoted(), _:
            return changed(row, {"closed_at": event.occurred_at, "closed_code": PROMOTED})
        case e.Reopened(), _:
            return changed(row, {"closed_at": None})
        case t.Reopened(), _:
            return changed(row, {"solved_at": None, "closed_at": None, "closed_code": None})
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
    )


CASE_FILE: Projection[CaseFile] = Projection(
    name="case_files",
    version=3,
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
        t.Solved,
        t.Closed,
        t.Reopened,
        *GRANTS,
        *INTAKE,
    ),
    key=by_case,
    begins=first,
    evolve=evolve,
)
