"""What happened on a ticket, told in words."""

from __future__ import annotations

from typing import NamedTuple

from adapters.http.pages.words import category, human, plain
from domain.complaint.intake_events import (
    RepresentationEnded,
    Represented,
    VulnerabilityFlagged,
    VulnerabilityLifted,
)
from domain.complaint.register import Representative
from domain.guarding import EmergencyAccessGranted, SensitivityChanged
from domain.kernel import Event
from domain.ticket import events as e


class Told(NamedTuple):
    """One fact: what happened, what was written, and whether it is good or bad news."""

    title: str
    text: str = ""
    tone: str = ""


def tell_ticket(event: Event) -> Told:
    """Return an event of a ticket in words."""
    match event:
        case e.Opened():
            return Told(f"Ticket opened by {event.channel}", f"About {category(event.category)}.")
        case e.Triaged():
            return Told("Assessed", f"{category(event.category)}.")
        case e.Assigned():
            whom = f" to {event.assignee}" if event.assignee else ""
            return Told(f"Assigned{whom}", f"Team {event.team}.")
        case e.Escalated():
            return Told(f"Escalated: {event.severity}", _said(event.reason), "bad")
        case e.DeEscalated():
            return Told(f"Matters less: {event.severity}")
        case e.Suspended():
            return Told(f"Waits for: {event.cause}")
        case e.Solved():
            return Told("Solved", tone="good")
        case e.Promoted():
            return Told("Promoted: it is a complaint", _said(event.reason))
        case e.Reopened():
            return Told("Reopened", _said(event.reason))
        case e.Noted():
            return Told(f"Note ({event.visibility})", _said(event.text))
        case e.InformationRequested() | e.InformationSupplied():
            return Told(human(event.TOPIC.partition(".")[2]), _said(event.text))
        case e.SourceUpdated():
            return Told("Written to in the register it comes from")
        case _:
            return Told(human(event.TOPIC.partition(".")[2]))


def tell_intake(event: Event) -> Told:
    """Return in words what is learnt of the people of a complaint."""
    match event:
        case Represented():
            named = event.representative
            return Told("Represented", f"By {named.name}." if isinstance(named, Representative) else "")
        case RepresentationEnded():
            return Told("Represented no longer", plain(event.reason))
        case VulnerabilityFlagged():
            return Told("Special care is needed", plain(event.how_known), "bad")
        case VulnerabilityLifted():
            return Told("No special care is needed any more", plain(event.reason))
        case _:
            return Told(human(event.TOPIC.partition(".")[2]))


def tell_guarding(event: SensitivityChanged | EmergencyAccessGranted) -> Told:
    """Return in words what says for whom a case exists."""
    if isinstance(event, SensitivityChanged):
        return Told(f"Sensitivity: {event.sensitivity}", plain(event.reason))
    return Told(f"Opened in an emergency by {event.principal}", plain(event.reason), "bad")


def _said(text: object) -> str:
    return text if isinstance(text, str) else ""
