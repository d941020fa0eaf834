"""What the search index is made of: each case as the queue shows it, and the texts said on it.

A row keeps the case alone; the texts of a batch of events pass through it on their way to the
index, sealed as they stand in the events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import Field

from domain.catalogue import EVENTS
from domain.clocks import ClockEvent
from domain.complaint import events as e
from domain.complaint.life_events import Corrected
from domain.disclosure import DELICATE
from domain.kernel import Event, Value
from domain.privacy import kept_fields
from domain.ticket import events as t
from domain.ticket.talk_events import FollowUpAsked, Replied
from projections import queue
from projections.projection import Projection, by_case, changed, first
from projections.queue import QUEUE, QueueRow

PUBLIC = ("category", "register")
"""What concerns nobody: category, and what the register of an imported case says of no person."""
TOLD = ("details", "desired_outcome", "notes", "updates", "information", "reasons", "steps", "source")
"""Personal texts, by what they are."""
PEOPLE = ("account_email", "account_id", "full_name", "people_involved", "related_tickets")
"""What tells a person or another case, and is found as a whole."""
_NAMED = {
    "summary": "steps",
    "reason": "reasons",
    "scope_reason": "reasons",
    "reasons": "reasons",
    "personal": "source",
    "contact_email": "account_email",
    "subject": "details",
    "description": "details",
    "fields": "details",
}
_NOT_SEARCHED = {"country", "sha256"}
"""What would be found in parts only, or would tell who has the same file."""


class Passage(NamedTuple):
    """A text, sealed if it is personal, and the field that it is searched as."""

    field: str
    text: Any


class SearchRow(Value):
    """A case, and what was said on it since the row was loaded."""

    id: UUID
    case: QueueRow
    said: tuple[Passage, ...] = Field(default=(), exclude=True)


def evolve(row: SearchRow | None, event: Event, number: int) -> SearchRow | None:
    """Return the row after *event*."""
    case = row.case if row else None
    if not isinstance(event, ClockEvent):
        case = queue.evolve(case, event, number)
    if case is None:
        return None
    if row is None:
        row = SearchRow(id=event.originator_id, case=case)
    return changed(row, {"case": case, "said": (*row.said, *passages(event))})


def passages(event: Event) -> Iterator[Passage]:
    """Yield what *event* says that can be searched; nothing empty."""
    if isinstance(event, e.Received | e.Triaged | t.Opened | t.Triaged):
        yield Passage("category", event.category)
    if isinstance(event, Corrected):
        yield from _corrected(event)
        return
    for text in _register(event):
        yield Passage("register", text)
    if event.TOPIC in DELICATE:
        return
    for path in kept_fields(type(event)):
        if path[-1] not in _NOT_SEARCHED and (value := _value(event, path)):
            yield Passage(_field(event, path[-1]), value)


def _corrected(event: Corrected) -> Iterator[Passage]:
    """Yield what is true by now; what was recorded in error before is found as well."""
    if event.what == "category" and event.new is not None:
        yield Passage("category", event.new)
    if event.what in PEOPLE and event.new_personal is not None:
        yield Passage(event.what, event.new_personal)
    yield Passage("reasons", event.reason)


def _field(event: Event, name: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    if name in PEOPLE or name in TOLD:
        return name
    match event:
        case e.InformationRequested() | e.InformationSupplied():
            return "information"
        case t.InformationRequested() | t.InformationSupplied() | FollowUpAsked():
            return "information"
        case e.UpdateSent() | e.DelayNoticeSent() | e.HoldingReplySent() | Replied() | t.Solved():
            return "updates"
        case _:
            return "notes"


def _register(event: Event) -> Iterator[str]:
    match event:
        case e.Received(source=e.KeptSource() as source) | t.Opened(source=e.KeptSource() as source):
            yield from (source.id, *source.attributes.values())
        case e.DecisionSent(source=source):
            yield from source.values()
        case t.TicketEvent(source=source) if source:
            yield from filter(None, source.values())
        case _:
            pass


def _value(event: Event, path: tuple[str, ...]) -> Any:
    value: Any = event
    for name in path:
        value = value and getattr(value, name)
    return value


def _speaks(event: type[Event]) -> bool:
    """Whether the row, or what is said on the case, may change with *event*."""
    return not issubclass(event, ClockEvent) or bool(kept_fields(event))


_BY_TOPIC: Mapping[str, type[Event]] = {event.TOPIC: event for event in EVENTS}

SEARCH: Projection[SearchRow] = Projection(
    name="search",
    version=4,
    row=SearchRow,
    topics=frozenset(topic for topic in QUEUE.topics if _speaks(_BY_TOPIC[topic])),
    key=by_case,
    begins=first,
    evolve=evolve,
)
