"""What the document of a case says of its intake: where it comes from and goes on, and who is concerned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.desk import PREFIXES
from adapters.http import schemas
from domain.complaint import Complaint
from domain.ids import reference
from domain.kernel import Aggregate
from domain.privacy import shown
from domain.ticket import Ticket
from projections.case_file import CaseFile
from projections.intake import IntakeFile
from projections.queue import CaseKind


def of_complaint(plaint: Plaint, file: CaseFile) -> dict[str, Any]:
    """Return what the document of a complaint says of its intake; *file* is as its reader gets it."""
    intake = file.intake or IntakeFile()
    return {
        "admissibility": _assessed(intake),
        "representatives": _speakers(plaint, intake, file.id),
        "special_care": intake.care is not None,
        "vulnerability": _care(intake),
        "redirected_to": elsewhere(intake.redirected_to, "ticket"),
        "origin": elsewhere(intake.origin, "ticket"),
    }


def of_ticket(plaint: Plaint, file: CaseFile) -> dict[str, Any]:
    """Return what the document of a ticket says of its intake; *file* is as its reader gets it."""
    intake = file.intake or IntakeFile()
    return {
        "promoted_to": elsewhere(intake.promoted_to, "complaint"),
        "origin": elsewhere(intake.origin, "complaint"),
        "first_received_at": intake.first_received_at,
        "representatives": _speakers(plaint, intake, file.id),
    }


def elsewhere(id: UUID | None, kind: CaseKind) -> schemas.Elsewhere | None:
    """Return the case *id* of *kind* as another one names it."""
    if id is None:
        return None
    aggregate: type[Aggregate] = Complaint if kind == "complaint" else Ticket
    return schemas.Elsewhere(id=id, reference=reference(id, PREFIXES[aggregate]), kind=kind)


def _assessed(intake: IntakeFile) -> dict[str, Any] | None:
    found = intake.admissibility
    return found and {**dict(found), "scope_reason": shown(found.scope_reason)}


def _speakers(plaint: Plaint, intake: IntakeFile, case: UUID) -> list[dict[str, Any]]:
    return [
        {"number": int(number), "paid": None} | plaint.showing.document(_named(named), case)
        for number, named in intake.representatives.items()
    ]


def _named(speaker: Mapping[str, object]) -> dict[str, object]:
    """Return *speaker* without the case that had them before."""
    return {name: fact for name, fact in speaker.items() if name != "taken_from"}


def _care(intake: IntakeFile) -> dict[str, Any] | None:
    care = intake.care
    return care and {**dict(care), "how_known": shown(care.how_known), "driver": shown(care.driver)}
