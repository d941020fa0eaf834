"""What stands around a case on its page: who is concerned, which other cases and issues it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters import duplicates
from adapters.http.beginnings import elsewhere
from adapters.http.others import exists
from adapters.http.pages.told_others import LINKS
from adapters.http.pages.words import human, plain
from projections.intake import IntakeFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from adapters.bootstrap import Plaint
    from adapters.http import schemas
    from adapters.http.cases import Reading
    from projections.case_file import CaseFile
    from projections.linked import Known
    from projections.queue import QueueRow


class Link(NamedTuple):
    """Another case, and what it is to this one."""

    what: str
    reference: str
    address: str


class Around(NamedTuple):
    """What is told beside the submission."""

    goes_on: Link | None
    """Where a case goes on that was redirected, promoted or merged."""
    links: list[Link]
    issues: list[str]
    speakers: list[str]
    care: str | None
    """Why the complainant needs special care; None where they need none, or the reader may not know."""


def around(plaint: Plaint, reading: Reading, row: QueueRow, file: CaseFile, *, opened: bool) -> Around:
    """Return what stands around a case; *file* is as its reader gets it, *opened* with what is personal."""
    intake = file.intake or IntakeFile()
    of_complaint = row.kind == "complaint"
    comes_from = elsewhere(intake.origin, "ticket" if of_complaint else "complaint")
    origin = [_link("Comes from", comes_from)] if comes_from else []
    alike = _alike(plaint, reading, row, file) if opened else []
    return Around(
        goes_on=_goes_on(row, intake),
        links=[*origin, *_related(plaint, reading, file), *alike],
        issues=list(_issues(plaint, file)),
        speakers=_speakers(plaint, intake, file) if opened else [],
        care=_care(intake) if opened else None,
    )


def _goes_on(row: QueueRow, intake: IntakeFile) -> Link | None:
    if row.merged_into is not None:
        return _link("Merged into", row.merged_into)
    as_another = elsewhere(intake.redirected_to, "ticket") or elsewhere(intake.promoted_to, "complaint")
    return _link("Goes on as", as_another) if as_another else None


def _link(what: str, case: schemas.Elsewhere | Known | QueueRow) -> Link:
    return Link(what, case.reference, f"/{case.kind}s/{case.reference}")


def _related(plaint: Plaint, reading: Reading, file: CaseFile) -> Iterator[Link]:
    """Yield the cases that this one is linked, merged or split with, as far as they exist for its reader."""
    seen = file.relations
    for link in seen.links:
        yield _link(LINKS[link.link, link.inverse], link)
    others: list[tuple[str, UUID]] = [("Merged into this one", id) for id in seen.merged]
    others += [("Split off from this one", each.case) for each in seen.split_into]
    others += [("Split off from", seen.split_from.case)] if seen.split_from else []
    for what, id in others:
        found = exists(plaint, reading.who, id)
        if found is not None and found.row is not None:
            yield _link(what, found.row)


def _issues(plaint: Plaint, file: CaseFile) -> Iterator[str]:
    for id in file.issues:
        issue = plaint.issues.one(id)
        if issue is not None:
            yield f"{issue.title} ({issue.status})"


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
