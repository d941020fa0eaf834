"""What a case file keeps of the intake: who speaks for whom, special care, and where the case goes on."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.complaint import events as e
from domain.complaint.intake_events import (
    INTAKE_EVENTS,
    RepresentationEnded,
    Represented,
    VulnerabilityFlagged,
    VulnerabilityLifted,
)
from domain.complaint.register import VulnerabilityDriver
from domain.kernel import Event, Instant, Value
from domain.linking.events import OF_COMPLAINTS, OF_TICKETS, CaseUnmerged
from domain.privacy import Code, Kept, PersonalText
from domain.ticket import events as t
from domain.ticket import safeguard_events as safeguards
from projections.projection import changed

BEGINNINGS = frozenset({"origin", "first_received_at", "files_due"})
"""Facts of a receipt that stand beside the submission: nobody submitted them."""
INTAKE: tuple[type[Event], ...] = (
    *INTAKE_EVENTS,
    e.Triaged,
    e.Redirected,
    t.Promoted,
    safeguards.Represented,
    safeguards.RepresentationEnded,
    OF_COMPLAINTS.unmerged,
    OF_TICKETS.unmerged,
)


class Care(Value):
    """Why a complainant needs special care."""

    how_known: Kept[PersonalText]
    driver: Kept[VulnerabilityDriver] | None = None
    about_failure: bool = False


class Admissibility(Value):
    """How it was found that a complaint is one, and whom it binds."""

    reason_code: Code | None = None
    in_scope_regimes: tuple[Code, ...] | None = None
    scope_reason: Kept[PersonalText] | None = None


class IntakeFile(Value):
    """The part of a case file that the intake fills."""

    admissibility: Admissibility | None = None
    representatives: dict[Code, dict[str, object]] = {}
    """By number, as the events have them."""
    care: Care | None = None
    redirected_to: UUID | None = None
    promoted_to: UUID | None = None
    origin: UUID | None = None
    first_received_at: Instant | None = None


NOTHING = IntakeFile()


def begun(event: e.Received | t.Opened) -> IntakeFile | None:
    """Return where a case comes from that goes on from another one; None for the most."""
    if event.origin is None:
        return None
    first = event.first_received_at if isinstance(event, t.Opened) else None
    return IntakeFile(origin=event.origin, first_received_at=first)


def evolve(file: IntakeFile | None, event: Event) -> IntakeFile | None:
    """Return the intake part of a file after *event*, None while there is nothing in it."""
    before = file or NOTHING
    facts = _changes(before, event)
    return changed(before, facts) if facts else file


def _changes(file: IntakeFile, event: Event) -> Mapping[str, object]:
    match event:
        case e.Triaged() if event.reason_code or event.in_scope_regimes is not None or file.admissibility:
            return {"admissibility": _admissibility(file.admissibility, event)}
        case Represented():
            told = {"representative", "paid", "taken_from"}
            named = event.model_dump(mode="json", include=told, exclude_none=True)
            return {"representatives": {**file.representatives, str(event.number): named}}
        case RepresentationEnded():
            left = {n: each for n, each in file.representatives.items() if n != str(event.number)}
            return {"representatives": left}
        case CaseUnmerged(was="survivor", other=other):
            named = file.representatives.items()
            return {"representatives": {n: each for n, each in named if each.get("taken_from") != str(other)}}
        case VulnerabilityFlagged():
            care = Care(how_known=event.how_known, driver=event.driver, about_failure=event.about_failure)
            return {"care": care}
        case VulnerabilityLifted():
            return {"care": None}
        case e.Redirected():
            return {"redirected_to": event.ticket}
        case t.Promoted():
            return {"promoted_to": event.complaint}
        case _:
            return {}


def _admissibility(before: Admissibility | None, event: e.Triaged) -> Admissibility:
    """Return the latest assessment; a scope that was found stays until another is."""
    again = event.in_scope_regimes is None and before is not None
    found = before if again else event
    return Admissibility(
        reason_code=event.reason_code,
        in_scope_regimes=found.in_scope_regimes if found else None,
        scope_reason=found.scope_reason if found else None,
    )
