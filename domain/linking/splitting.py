"""A case that turns out to be two: what was said of the second begins a case of its own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from domain import errors as rules_of_cases
from domain.access import Sensitivity
from domain.complaint import Complaint
from domain.complaint.corrected import corrections
from domain.complaint.events import Received
from domain.complaint.submission import Submission
from domain.ids import derived
from domain.linking import errors
from domain.linking.merging import link
from domain.privacy import Erased
from domain.ticket import Ticket
from domain.ticket.request import Request

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from domain.clocks import Pin
    from domain.kernel import Context, Event
    from domain.policies import Rulebook

SPOKEN = frozenset({"information_requested", "information_supplied", "update_sent", "noted", "replied"})
"""What was said on a case, by the words of its events; what a form brought is said too."""
OF_THE_RECEIPT = {
    "parent",
    "source",
    "sent_at",
    "first_dissatisfaction_at",
    "sent_to_company_at",
    "registered_at",
}
"""What is true of the receipt of the first case alone."""


class Message(NamedTuple):
    """Something that was said on a case: when, whether by the complainant, and whether they see it."""

    version: int
    at: datetime
    text: str
    theirs: bool
    visibility: Literal["internal", "customer"]


class Wish(NamedTuple):
    """Who wants what of a case to begin another one, by the versions of what was said, and why."""

    versions: Collection[int]
    reason: str
    category: str | None = None


def split(
    source: Complaint | Ticket, history: Sequence[Event], wish: Wish, by: Context, rules: Rulebook
) -> Complaint | Ticket:
    """Begin a case with what *wish* names; return it, or the one that the same began before.

    The new case was received when the first of it was said: its clocks count from there.  It is
    kept as closely as its source, for the same complainant, and the source keeps all that it has.
    """
    if source.received_at is None:
        raise source.MISSING
    versions = tuple(sorted(set(wish.versions)))
    if versions in source.split_off:
        return type(source)(source.split_off[versions])
    messages = _messages(history, versions)
    new = type(source)(derived(source.id, "split/" + "/".join(map(str, versions))))
    facts = {"category": wish.category or source.category, "team": source.team}
    said: dict[str, Any] = {"versions": versions, "category": facts["category"], "reason": wish.reason}
    source.tell_of_another(source.LINKING.split, by, rules, into=new.id, **said)
    _receive(new, _same(history) | facts, messages, by, rules, pins=source.pins)
    begun: dict[str, Any] = {"source": source.id, "versions": versions, **source.passed_on()}
    new.tell_of_another(new.LINKING.begun, by, rules, **begun)
    link(new, source, "related", by, rules)
    if source.sensitivity is not Sensitivity.NORMAL:
        new.set_sensitivity(source.sensitivity, wish.reason, by, rules)
    return new


def _messages(history: Sequence[Event], versions: tuple[int, ...]) -> list[Message]:
    """Return what the events of *versions* say, oldest first; refuse what nobody said."""
    spoken = {event.originator_version: event for event in history if _speaks(event)}
    if not versions or not spoken.keys() >= set(versions):
        raise errors.NotAMessage
    if spoken.keys() == set(versions):
        raise errors.NothingLeft
    return sorted((_message(spoken[version]) for version in versions), key=lambda each: each.at)


def _speaks(event: Event) -> bool:
    said = event.TOPIC.partition(".")[2] in SPOKEN
    return _text(event) is not None and (said or isinstance(event, Received))


def _text(event: Event) -> object:
    return event.details if isinstance(event, Received) else getattr(event, "text", None)


def _message(event: Event) -> Message:
    text = _text(event)
    if not isinstance(text, str):
        raise rules_of_cases.PersonalDataErased
    internal = getattr(event, "visibility", "customer") == "internal"
    visibility = "internal" if internal else "customer"
    theirs = isinstance(event, Received) or event.TOPIC.partition(".")[2] == "information_supplied"
    return Message(event.originator_version, event.occurred_at, text, theirs, visibility)


def _receive(
    new: Complaint | Ticket,
    facts: dict[str, Any],
    messages: list[Message],
    by: Context,
    rules: Rulebook,
    *,
    pins: tuple[Pin, ...],
) -> None:
    """Record the receipt of *new* and what was said, the complainant's first words as its description."""
    at = messages[0].at
    if isinstance(new, Complaint):
        first = next((each for each in messages if each.theirs), None)
        messages = [each for each in messages if each is not first]
        submission = Submission.model_validate(facts | {"details": first and first.text})
        new.receive(submission, by, rules, received_at=at, pins=None if pins else ())
    else:
        new.open(Request.model_validate(facts), by, rules, opened_at=at, pins=pins)
    for message in messages:
        new.note(message.text, by, rules, visibility=message.visibility, occurred_at=message.at)


def _same(history: Sequence[Event]) -> dict[str, Any]:
    """Return what the receipt says, as it was corrected, that is true of another case of the complainant."""
    receipt = history[0]
    asked = Submission if isinstance(receipt, Received) else Request
    names = asked.model_fields.keys() & type(receipt).model_fields.keys() - OF_THE_RECEIPT
    corrected = corrections(history)
    facts = {name: corrected.get(name, getattr(receipt, name)) for name in names}
    return {name: fact for name, fact in facts.items() if not isinstance(fact, Erased)}
