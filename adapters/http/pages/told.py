"""What happened on a ticket, told in words."""

from __future__ import annotations

from typing import NamedTuple

from adapters.files.reasons import said
from adapters.http.pages.words import a_day, category, human, plain
from domain.assignable import LOWERED, RAISED
from domain.attachments.events import (
    AttachmentAccepted,
    AttachmentEvent,
    AttachmentQueued,
    AttachmentRefused,
    AttachmentRemoved,
    AttachmentScanning,
    AttachmentStalled,
)
from domain.complaint import events as complaint
from domain.complaint.intake_events import (
    RepresentationEnded,
    Represented,
    VulnerabilityFlagged,
    VulnerabilityLifted,
)
from domain.complaint.register import Representative
from domain.correspondence_intents import MessagePlanned
from domain.guarding import EmergencyAccessGranted, SensitivityChanged
from domain.hours import zone_named
from domain.invitation import LinkIssued, LinksRevoked
from domain.kernel import Event
from domain.sensitive import Kind
from domain.sensitive.events import ValueFlagged, ValueRefused
from domain.ticket import events as e
from domain.ticket import talk_events as talk
from domain.ticket.ending import AUTO

WHY = {RAISED: "It goes where its level belongs", LOWERED: "It is back where it came from"}
"""Why a case was assigned that nobody handed over."""


class Told(NamedTuple):
    """One fact: what happened, what was written, and whether it is good or bad news."""

    title: str
    text: str = ""
    tone: str = ""


def tell_assigned(event: e.Assigned | complaint.Assigned) -> Told:
    """Return who was given a case, and why."""
    whom = f" to {event.assignee}" if event.assignee else ""
    code = event.reason_code
    said = [f"Team {event.team}.", f"{WHY.get(code) or human(code)}." if code else "", _said(event.reason)]
    return Told(f"Assigned{whom}", " ".join(filter(None, said)))


def tell_ticket(event: Event) -> Told:
    """Return an event of a ticket in words."""
    match event:
        case e.Opened():
            return Told(f"Ticket opened by {event.channel}", f"About {category(event.category)}.")
        case e.Triaged():
            return Told("Assessed", f"{category(event.category)}.")
        case e.Assigned():
            return tell_assigned(event)
        case e.Escalated():
            return Told(f"Escalated: {event.severity}", _said(event.reason), "bad")
        case e.DeEscalated():
            return Told(f"Matters less: {event.severity}")
        case e.Suspended():
            return Told(f"Waits for: {event.cause}")
        case e.Solved():
            return Told("Solved", _said(event.text), "good")
        case e.Closed() if event.code == AUTO:
            return Told("Closed by itself", "Nobody objected to the answer.")
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
            return _tell_talk(event)


def _tell_talk(event: Event) -> Told:
    match event:
        case talk.Replied():
            return Told("Reply to the customer", _said(event.text))
        case talk.FollowUpAsked():
            questions = event.questions
            return Told("Questions asked", " ".join(questions) if isinstance(questions, tuple) else "")
        case talk.AppointmentBooked():
            at = event.starts_at.astimezone(zone_named(event.zone))
            return Told(f"{human(event.kind)} booked", f"{a_day(at.date())}, {at:%H:%M} ({event.zone}).")
        case talk.AppointmentCancelled():
            return Told("Appointment called off", _said(event.reason))
        case talk.Rated():
            return Told(f"Rated {event.score} of 5", _said(event.comment))
        case _:
            return Told(human(event.TOPIC.partition(".")[2]))


def tell_file(event: AttachmentEvent) -> Told:
    """Return in words what happened to a file."""
    match event:
        case AttachmentQueued():
            return Told("File received", f"{plain(event.name)}, {event.size:,} bytes.")
        case AttachmentScanning():
            return Told("File looked at", f"Attempt {event.attempt}.")
        case AttachmentAccepted():
            return Told(f"File accepted: {event.kind.upper()}", tone="good")
        case AttachmentRefused():
            return Told("File refused", said(event.reason, "en"), "bad")
        case AttachmentRemoved():
            return Told("File removed", plain(event.reason))
        case AttachmentStalled():
            return Told("File stalled", f"It stood too long, {human(event.phase).lower()}.", "bad")
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


def tell_links(event: LinkIssued | LinksRevoked) -> Told:
    """Return in words what was done about the links of a case."""
    whose = "customer" if event.TOPIC.startswith("ticket.") else "complainant"
    if isinstance(event, LinkIssued):
        return Told(f"Link made for the {whose}", f"It opens until {a_day(event.expires_at.date())}.")
    return Told(f"Links of the {whose} taken back")


def tell_message(event: MessagePlanned) -> Told:
    """Return in words that a message is to be sent."""
    return Told(f"To be sent: {human(event.purpose).lower()}")


def tell_sensitive(event: ValueRefused | ValueFlagged) -> Told:
    """Return in words that a value was refused or flagged, and where it stood."""
    kind = "IBAN" if event.kind is Kind.IBAN else human(event.kind).lower()
    if isinstance(event, ValueRefused):
        return Told(f"Refused: a {kind}", f"In {event.field}; nothing of it was kept.", "bad")
    return Told(f"Flagged: an {kind}", f"In {event.field}.")


def _said(text: object) -> str:
    return text if isinstance(text, str) else ""
