"""What was found, granted, agreed and sent along on a case, as its page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters.files.reasons import said
from adapters.http.attachments import files_of
from adapters.http.cases import opened_life
from adapters.http.life_schemas import Granted, Life, Referral
from adapters.http.pages.words import Clockface, human, plain, size

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.bootstrap import Plaint
    from adapters.http.cases import Reading
    from adapters.http.life_schemas import ProposedResolution
    from domain.attachments import File
    from projections.case_file import Appointment, CaseFile


class Line(NamedTuple):
    """A label, and what is said under it, line by line."""

    label: str
    lines: list[str]


class ShownFile(NamedTuple):
    """A file of the case; *address* leads to what it holds, where the reader may open it."""

    name: str
    status: str
    about: str
    tone: str
    address: str | None


class Dossier(NamedTuple):
    """The parts of the page that are there only where there is something to say."""

    findings: list[Line]
    proposal: ProposedResolution | None
    granted: list[Line]
    """What was proposed to be granted."""
    redress: list[Line]
    referrals: list[Line]
    appointment: list[Line]
    rating: str | None
    comment: str
    files: list[ShownFile]


def dossier(
    plaint: Plaint, reading: Reading, file: CaseFile, time: Clockface, *, address: str, opened: bool
) -> Dossier:
    """Return what became of a case that stands at *address*; *opened* with what is personal."""
    life = Life.model_validate(opened_life(plaint, file, opened=opened))
    rating = life.rating or file.rating
    return Dossier(
        findings=[
            Line(each.point, [f"{human(each.finding)}: {plain(each.summary)}"]) for each in life.findings
        ],
        proposal=life.proposal,
        granted=[_granted(each, time, paid=False) for each in life.proposal.redress] if life.proposal else [],
        redress=[_granted(each, time, paid=True) for each in life.redress],
        referrals=[_referral(each, time) for each in life.referrals],
        appointment=_appointment(file.appointment, time) if file.appointment else [],
        rating=f"{rating.score} of 5" if rating else None,
        comment=plain(rating.comment) if rating else "",
        files=[_file(each, address, opened=opened) for each in files_of(plaint, reading, opened=opened)],
    )


def _granted(given: Granted, time: Clockface, *, paid: bool) -> Line:
    worth = f"{given.value} {given.currency}" if given.value else ""
    sums = [
        " ".join(filter(None, (given.amount, given.asset or given.currency))) if given.amount else "",
        f"worth {worth}" if worth else "",
    ]
    lines = [", ".join(filter(None, sums)), plain(given.description)]
    if paid:
        reference = f", {plain(given.reference)}" if given.reference else ""
        lines.append(f"Paid {_on(given.paid_at, time)}{reference}" if given.paid_at else "Not paid yet")
    label = f"{given.number}. {human(given.kind)}, {human(given.head).lower()}"
    return Line(label, list(filter(None, lines)))


def _referral(to: Referral, time: Clockface) -> Line:
    lines = [f"Since {_on(to.at, time)}" + (f", {plain(to.reference)}" if to.reference else "")]
    if to.outcome:
        binding = ", binding" if to.binding else ""
        lines += [f"{human(to.outcome)}{binding}", plain(to.reasons)]
    elif to.deadline:
        lines.append(f"It wants to hear from us by {_on(to.deadline, time)}")
    return Line(to.body, list(filter(None, lines)))


def _appointment(made: Appointment, time: Clockface) -> list[Line]:
    until = f" – {time.local(made.ends_at):%H:%M}" if made.ends_at else ""
    lines = {
        human(made.kind): f"{time.exact(made.starts_at).text}{until}",
        "Their zone": made.zone,
        "How to join": plain(made.how_to_join),
    }
    return [Line(label, [text]) for label, text in lines.items() if text]


def _file(file: File, address: str, *, opened: bool) -> ShownFile:
    facts = [size(file.size), "internal" if file.visibility == "internal" else ""]
    if file.removal is not None:
        facts.append(plain(file.removal))
    if file.reason is not None:
        facts.append(said(file.reason, "en"))
    return ShownFile(
        name=plain(file.name),
        status=human(file.status),
        about=" · ".join(filter(None, facts)),
        tone={"accepted": "good", "refused": "late"}.get(file.status, ""),
        address=f"{address}/files/{file.id}" if opened and file.kind is not None and file.held else None,
    )


def _on(at: datetime, time: Clockface) -> str:
    return time.day(at).text
