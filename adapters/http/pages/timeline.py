"""What happened on a case, told in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from adapters.http.pages.told import (
    Told,
    tell_assigned,
    tell_file,
    tell_guarding,
    tell_intake,
    tell_links,
    tell_message,
    tell_sensitive,
    tell_ticket,
)
from adapters.http.pages.told_life import tell_life
from adapters.http.pages.told_others import Joining, tell_joining
from adapters.http.pages.words import a_day, category, human, plain
from domain import clocks
from domain.attachments.events import AttachmentEvent
from domain.complaint import events as e
from domain.complaint.corrected import marked_in_error
from domain.complaint.intake_events import INTAKE_EVENTS
from domain.correspondence_intents import MessagePlanned
from domain.guarding import EmergencyAccessGranted, SensitivityChanged
from domain.invitation import LinkIssued, LinksRevoked
from domain.kernel import Event
from domain.sensitive.events import ValueFlagged, ValueRefused
from domain.ticket.safeguard_events import TICKET_SAFEGUARDS

SIMULATION = "simulation"
ACTORS = {
    SIMULATION: "Simulation",
    f"{SIMULATION}:second": "Simulation",
    "complainant": "Complainant",
    "system:scheduler": "Scheduler",
    "scheduler": "Scheduler",
}
LETTERS = {
    "complaint.update_sent": "Update sent",
    "complaint.delay_notice_sent": "Notice of delay sent",
    "complaint.holding_reply_sent": "Holding reply sent",
}


class Entry(NamedTuple):
    """A fact with what the clocks answered to it."""

    event: Event
    told: Told
    answers: tuple[Told, ...]
    actor: str
    simulated: bool
    late: bool
    """Whether it was recorded at another instant than it occurred."""
    struck: bool = False
    """Whether it was recorded in error, as a later entry says."""


def entries(history: Sequence[Event]) -> list[Entry]:
    """Return *history* as entries, the latest first; the clocks' answers stand with their cause."""
    names = {each.clock_id: each for each in history if isinstance(each, clocks.ClockStarted)}
    wrong = marked_in_error(history)
    grouped = (list(group) for _, group in groupby(history, key=lambda each: each.correlation_id))
    told = [entry for group in grouped for entry in _entries(group, names)][::-1]
    return [entry._replace(struck=entry.event.originator_version in wrong) for entry in told]


def _entries(group: Sequence[Event], names: dict[UUID, clocks.ClockStarted]) -> Iterable[Entry]:
    """Yield an entry for each fact; clocks that move before the first one stand by themselves."""
    heads = [index for index, event in enumerate(group) if not isinstance(event, clocks.ClockEvent)]
    starts = sorted({0, *heads})
    for start, end in zip(starts, [*starts[1:], len(group)], strict=True):
        head, *answers = group[start:end]
        yield Entry(
            event=head,
            told=tell(head, names),
            answers=tuple(tell(each, names) for each in answers),
            actor=_who(head.actor),
            simulated=_simulated(head.actor),
            late=abs((head.recorded_at - head.occurred_at).total_seconds()) >= 60,
        )


def _simulated(actor: str) -> bool:
    return actor.partition(":")[0] == SIMULATION


def _who(actor: str) -> str:
    if _simulated(actor):
        return ACTORS[SIMULATION]
    system, _, name = actor.partition(":")
    return f"Imported from {human(name)}" if system == "import" else ACTORS.get(actor, actor)


def tell(event: Event, names: dict[UUID, clocks.ClockStarted]) -> Told:
    """Return *event* in words."""
    if isinstance(event, clocks.ClockEvent):
        return _tell_clock(event, names.get(event.clock_id))
    if isinstance(event, AttachmentEvent):
        return tell_file(event)
    if isinstance(event, SensitivityChanged | EmergencyAccessGranted):
        return tell_guarding(event)
    if isinstance(event, LinkIssued | LinksRevoked):
        return tell_links(event)
    if isinstance(event, MessagePlanned):
        return tell_message(event)
    if isinstance(event, ValueRefused | ValueFlagged):
        return tell_sensitive(event)
    if isinstance(event, Joining):
        return tell_joining(event)
    if isinstance(event, INTAKE_EVENTS):
        return tell_intake(event)
    if isinstance(event, TICKET_SAFEGUARDS):
        return tell_life(event)
    if event.TOPIC.startswith("ticket."):
        return tell_ticket(event)
    match event:
        case e.Received():
            return Told(f"Complaint received by {event.channel}", f"About {category(event.category)}.")
        case e.Triaged():
            return Told("Assessed", _assessment(event))
        case e.MarkedComplex():
            return Told("Marked complex", "Progress is promised from here on.")
        case e.DeclaredInadmissible():
            return Told("Declared inadmissible", plain(event.reason), "bad")
        case e.Acknowledged():
            return Told("Acknowledgement sent")
        case e.Assigned():
            told = tell_assigned(event)
            why = (
                f" Although it concerns them: {plain(event.override_reason)}" if event.override_reason else ""
            )
            return told._replace(text=f"{told.text}{why}")
        case e.InvestigationStarted():
            return Told("Investigation started")
        case e.StepRecorded():
            department = f" – {event.department}" if event.department else ""
            return Told(f"{human(event.kind)}{department}", plain(event.summary))
        case e.UpdateSent() | e.DelayNoticeSent() | e.HoldingReplySent():
            return Told(LETTERS[event.TOPIC], plain(event.text))
        case e.InformationRequested():
            return Told("Information requested", plain(event.text))
        case e.InformationSupplied():
            return Told("Information supplied", plain(event.text))
        case e.Redirected():
            return Told("Redirected: a general enquiry", plain(event.reason))
        case e.Accepted():
            return Told("Accepted by the complainant", tone="good")
        case e.Escalated():
            return Told(f"Escalated to level {event.level}", plain(event.reason), "bad")
        case e.DeEscalated():
            return Told("Back to the usual level")
        case e.DecisionSent():
            return Told(f"Decision sent: {human(event.outcome)}", plain(event.reasons), "good")
        case e.Reopened():
            return Told("Reopened", plain(event.reason))
        case e.Withdrawn():
            return Told("Withdrawn", plain(event.reason))
        case e.Noted():
            return Told(f"Note ({event.visibility})", plain(event.text))
        case _:
            return tell_life(event)


def _assessment(event: e.Triaged) -> str:
    verdict = "admissible" if event.admissible else "not admissible"
    reason = f" {plain(event.reason)}" if event.reason else ""
    return f"{category(event.category)}, severity {event.severity}, {verdict}.{reason}"


def _tell_clock(event: clocks.ClockEvent, started: clocks.ClockStarted | None) -> Told:
    name = promise(started) if started else "A promise"
    match event:
        case clocks.ClockStarted():
            return Told(f"{name} promised by {a_day(event.due_date)}")
        case clocks.ClockMet():
            return Told(f"{name} met in time", tone="good")
        case clocks.ClockMissed():
            return Told(f"{name} missed", f"It was due by {a_day(event.due_date)}.", "bad")
        case clocks.ClockStoppedLate():
            return Told(f"{name} came late", "The miss stays on record.", "bad")
        case clocks.ClockMissCorrected():
            return Told(f"{name} was in time after all", "Shown by evidence that came late.", "good")
        case clocks.ClockPaused():
            return Told(f"{name} stands still")
        case clocks.ClockResumed():
            return Told(f"{name} runs again", f"Now due by {a_day(event.due_date)}.")
        case clocks.ClockCancelled():
            return Told(f"{name} fell away", f"Because of: {human(event.cause).lower()}.")
        case _:
            return _tell_change(event, name)


def _tell_change(event: clocks.ClockEvent, name: str) -> Told:
    match event:
        case clocks.ClockRetargeted():
            moved = f"From {a_day(event.old_due_date)} to {a_day(event.due_date)}"
            return Told(f"{name} was changed", f"{moved}, because of: {human(event.cause).lower()}.")
        case clocks.ClockExtended():
            moved = f"From {a_day(event.old_due_date)} to {a_day(event.due_date)}"
            return Told(f"{name} was extended", f"{moved}, by the notice: {human(event.by).lower()}.")
        case clocks.ClockWarned():
            whom = f", for {', '.join(event.recipients)}" if event.recipients else ""
            return Told(f"{name} is about to fall due", f"Warning of level {event.level}{whom}.")
        case clocks.ClockExcusalProposed():
            return Told(
                f"Proposed to excuse: {name} missed", f"{human(event.reason_code)}. A second person decides."
            )
        case clocks.ClockMissExcused():
            return Told(
                f"Excused: {name} missed", f"{human(event.reason_code)}, as {event.proposed_by} proposed."
            )
        case _:
            return Told(f"{name}: {human(event.TOPIC.partition('.')[2]).lower()}")


def promise(clock: clocks.ClockStarted | clocks.Clock) -> str:
    """Return a clock's name: its milestone, its turn where it recurs, and its regime."""
    turn = f" {clock.number}" if clock.number > 1 else ""
    return f"{human(clock.milestone)}{turn} ({human(clock.regime)})"
