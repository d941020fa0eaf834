"""What happened on a complaint beside its line, told in words."""

from __future__ import annotations

from adapters.http.pages.told import Told
from adapters.http.pages.words import a_day, human, plain
from domain.complaint import investigation_events as i
from domain.complaint import life_events as life
from domain.complaint import resolution_events as r
from domain.kernel import Event

WHAT = {
    "received_at": "date of receipt",
    "sent_at": "date of sending",
    "first_dissatisfaction_at": "date of the first dissatisfaction",
    "sent_to_company_at": "date on which it was sent to the firm",
}


def tell_life(event: Event) -> Told:
    """Return in words what was found, proposed, paid, referred, corrected, rated or kept."""
    match event:
        case i.DepartmentAnswered():
            return Told(f"Answered: {event.department}", plain(event.text))
        case i.DepartmentOverdue():
            return Told(f"No answer in time: {event.department}", tone="bad")
        case i.FindingRecorded():
            return Told(f"Point {event.point}: {event.finding}", plain(event.summary))
        case r.ResolutionProposed():
            return Told(f"Proposed: {human(event.outcome)}", plain(event.reasons))
        case r.ResolutionApproved():
            return Told("Proposal approved", f"Of {event.proposed_by}.", "good")
        case r.ResolutionReturned():
            return Told("Proposal returned", plain(event.reason))
        case r.RedressPaid():
            return Told(f"Redress {event.redress} paid", tone="good" if event.settled else "")
        case life.PersonComplainedOfNamed():
            return Told(f"Complained of: {event.user}", "Somebody else handles the complaint.")
        case life.ReferredExternally():
            until = f"It wants to hear from us by {a_day(event.deadline.date())}." if event.deadline else ""
            return Told(f"Referred to {event.body}", until)
        case life.ExternalOutcomeRecorded():
            return Told(
                f"{event.body}: {human(event.outcome)}", plain(event.reasons) if event.reasons else ""
            )
        case life.Corrected():
            return Told(f"Corrected: {_what(event)}", plain(event.reason))
        case life.Rated():
            comment = plain(event.comment) if event.comment else ""
            return Told(f"Rated {event.score} of 5", comment, "good" if event.score > 3 else "")
        case life.HoldPlaced():
            return Told(f"Hold placed: {event.kind}", plain(event.reason))
        case life.HoldLifted():
            return Told(f"Hold lifted: {event.kind}", plain(event.reason))
        case _:
            return Told(human(event.TOPIC.partition(".")[2]))


def _what(event: life.Corrected) -> str:
    if event.event_version is not None:
        return f"entry {event.event_version} was recorded in error"
    return WHAT.get(event.what, human(event.what).lower())
