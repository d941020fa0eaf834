"""What became of a promise: every change of one clock, who made it, why, and what it moved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from domain.access import Sight
from domain.clocks import ClockEvent, ClockWarned, evolve
from domain.kernel import Event, Instant, Value
from domain.privacy import Code, PersonalText, PublicText, Withheld, shown
from domain.tongues import TONGUES, amount_in_words, instant_in_words

if TYPE_CHECKING:
    from domain.clocks import Clock
    from domain.policies import Regime, Rulebook
    from domain.tongues import Language


class Change(Value):
    """One change of a promise: ``what`` is the topic of its event without ``clock.``.

    ``old_due_before`` and ``due_before`` differ where the change moved the due
    instant.  ``cause`` is a code: what the author gave, or the word that led to it.
    """

    what: Code
    at: Instant
    recorded_at: Instant
    by: Code
    cause: Code | None = None
    reason: Annotated[PersonalText | Withheld | None, Sight.PERSONAL] = None
    version: Code
    calendar_version: Code
    old_due_before: Instant | None = None
    due_before: Instant
    generation: int
    words: PublicText


def clock_events(events: Iterable[Event], id: UUID) -> list[ClockEvent]:
    """Return those of *events* that happened to one clock."""
    return [event for event in events if isinstance(event, ClockEvent) and event.clock_id == id]


def folded(events: Iterable[ClockEvent]) -> Clock | None:
    """Return the clock that *events* lead to."""
    clock = None
    for event in events:
        clock = evolve(clock, event)
    return clock


def changes(events: Iterable[ClockEvent], rules: Rulebook, language: Language) -> tuple[Change, ...]:
    """Return what *events* of one clock did to it, in the order in which they were recorded."""
    told: list[Change] = []
    clock: Clock | None = None
    for event in events:
        before, clock = clock, evolve(clock, event)
        if clock is not None:
            told.append(_change(event, before, clock, rules.regime(clock.regime, clock.version), language))
    return tuple(told)


def _change(
    event: ClockEvent, before: Clock | None, after: Clock, regime: Regime, language: Language
) -> Change:
    moved = before is not None and before.due_before != after.due_before
    facts = {
        "what": event.TOPIC.partition(".")[2],
        "at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "by": event.actor,
        "cause": _cause(event),
        "reason": shown(getattr(event, "reason", None)),
        "version": after.version,
        "calendar_version": after.calendar_version,
        "old_due_before": before.due_before if before is not None and moved else None,
        "due_before": after.due_before,
        "generation": after.generation,
        "words": _in_words(event, before, after, regime, language),
    }
    return Change.model_validate(facts)


def _cause(event: ClockEvent) -> str | None:
    """Return the code that says why: of a retarget its cause, of an extension the notice."""
    named = (getattr(event, name, None) for name in ("cause", "by", "reason_code", "offset"))
    return next((cause for cause in named if isinstance(cause, str)), None)


def _in_words(
    event: ClockEvent, before: Clock | None, after: Clock, regime: Regime, language: Language
) -> str:
    sentences = TONGUES[language].changes
    cause = _cause(event) or ""
    if isinstance(event, ClockWarned):
        number, _, unit = cause.partition(" ")
        if number.isdecimal():
            cause = amount_in_words(int(number), unit, regime.weekend, language)
    what = event.TOPIC.partition(".")[2]
    at = instant_in_words(event.occurred_at, regime, language)
    said = [sentences.get(what, f"{{at}}: {what}.").format(at=at, by=event.actor, cause=cause)]
    new = instant_in_words(after.due_before, regime, language)
    if before is None:
        said.append(sentences["due"].format(new=new))
    elif before.due_before != after.due_before:
        old = instant_in_words(before.due_before, regime, language)
        said.append(sentences["moved"].format(new=new, old=old))
    return " ".join(said)
