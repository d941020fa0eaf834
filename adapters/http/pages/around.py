"""What stands around a case on its page: who is concerned, where it goes on, and what may be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters import duplicates
from adapters.http.beginnings import elsewhere
from adapters.http.pages.words import human, plain
from projections.intake import IntakeFile

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.http import schemas
    from adapters.http.cases import Reading
    from projections.case_file import CaseFile
    from projections.queue import QueueRow


class Link(NamedTuple):
    """Another case, and what it is to this one."""

    what: str
    reference: str
    address: str


class Around(NamedTuple):
    """What is told beside the submission."""

    links: list[Link]
    speakers: list[str]
    care: str | None
    """Why the complainant needs special care; None where they need none, or the reader may not know."""


def around(plaint: Plaint, reading: Reading, row: QueueRow, file: CaseFile, *, opened: bool) -> Around:
    """Return what stands around a case; *file* is as its reader gets it, *opened* with what is personal."""
    intake = file.intake or IntakeFile()
    of_complaint = row.kind == "complaint"
    goes_on = elsewhere(intake.redirected_to, "ticket") or elsewhere(intake.promoted_to, "complaint")
    comes_from = elsewhere(intake.origin, "ticket" if of_complaint else "complaint")
    links = [_link("Goes on as", goes_on), _link("Comes from", comes_from)]
    alike = _alike(plaint, reading, row, file) if opened and of_complaint else []
    return Around(
        links=[*filter(None, links), *alike],
        speakers=_speakers(plaint, intake, file) if opened else [],
        care=_care(intake) if opened else None,
    )


def _link(what: str, case: schemas.Elsewhere | None) -> Link | None:
    return None if case is None else Link(what, case.reference, f"/{case.kind}s/{case.reference}")


def _alike(plaint: Plaint, reading: Reading, row: QueueRow, file: CaseFile) -> list[Link]:
    said = duplicates.said_by(file.submission, row.received_at, row.id)
    found = duplicates.hints(plaint, reading.who, said, reading.purpose) or []
    return [
        Link(f"May be the same ({each.similarity:.0%})", each.reference, f"/{each.kind}s/{each.reference}")
        for each in found
    ]


def _speakers(plaint: Plaint, intake: IntakeFile, file: CaseFile) -> list[str]:
    shown = (plaint.showing.document(each, file.id) for each in intake.representatives.values())
    return [str(each["representative"].get("name", "withheld")) for each in shown]


def _care(intake: IntakeFile) -> str | None:
    care = intake.care
    if care is None:
        return None
    driver = f"{human(plain(care.driver))}: " if care.driver else ""
    return f"{driver}{plain(care.how_known)}"
