"""A batch of events folded into the rows of one slot, in memory, between one load and one save."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import structlog

from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.recorder import Entry
from adapters.eventstore.tables import position
from adapters.views.rows import Rows
from domain.kernel import Event
from projections.projection import ALL, Projection

log = structlog.get_logger()

Decode: TypeAlias = Callable[[UUID | bytes, int, str, bytes], Event]


class Poison(NamedTuple):
    """An event that cannot be folded: its number, and what is wrong with it."""

    number: int
    why: str


@dataclass
class Batch:
    """Events of one log as they were read; *last* is the number of the last one."""

    log: int
    last: int
    events: list[tuple[int, Event]] = field(default_factory=list[tuple[int, Event]])
    unreadable: list[tuple[str, Poison]] = field(default_factory=list[tuple[str, Poison]])
    """With the topic of each: it is the end of the batch for whoever needs the event."""

    @cached_property
    def topics(self) -> frozenset[str]:
        """The topics of the events."""
        return frozenset(event.TOPIC for _, event in self.events)

    def of(self, projection: Projection[Any]) -> Sequence[tuple[int, Event]]:
        """Return the events that *projection* handles: most read models handle few kinds, often none."""
        handled = self.topics & projection.topics
        if handled == self.topics:
            return self.events
        return [each for each in self.events if each[1].TOPIC in handled] if handled else ()

    def end_for(self, projection: Projection[Any]) -> Poison | None:
        """Return the first event that *projection* needs and nobody can read.

        Whether it needs an event of a topic that this code does not know, nobody can say.
        """
        return next(
            (p for topic, p in self.unreadable if topic in projection.topics or topic not in ALL), None
        )


def read(entries: Sequence[Entry], log: int, topics: frozenset[str], decode: Decode) -> Batch:
    """Return *entries* decoded; what is of none of *topics* is passed over unread."""
    batch = Batch(log, entries[-1][0])
    for number, id, version, topic, state in entries:
        if topic in topics or topic not in ALL:
            try:
                batch.events.append((number, decode(id, version, topic, state)))
            except UnreadableEvent as error:
                batch.unreadable.append((topic, Poison(number, error.why)))
                if topic not in ALL:
                    break
    return batch


@dataclass
class Folded:
    """How far each log's batch came in one slot, what stopped it there, and how each counter moves."""

    reached: dict[int, int]
    poison: dict[int, Poison]
    deltas: dict[tuple[str, str], int]


def fold(rows: Rows, batches: Sequence[Batch]) -> Folded:
    """Fold *batches*, one a log, into *rows* and save those that changed."""
    projection = rows.view.projection
    poison = {each.log: end for each in batches if (end := each.end_for(projection))}
    mine = [(each.log, keyed) for each in batches if (keyed := _keyed(projection, each, poison))]
    deltas: dict[tuple[str, str], int] = {}
    if mine:
        sought = _sought(projection, chain.from_iterable(events for _, events in mine))
        before = {id.int: row for id, row in rows.load(sought).items()}
        after: dict[int, Any] = dict(before)
        evolve = projection.evolve
        for log_number, events in mine:
            for number, key, event in events:
                try:
                    after[key] = evolve(after.get(key), event, number)
                except Exception as error:  # noqa: BLE001 - whatever is wrong stops this read model alone
                    poison[log_number] = Poison(number, type(error).__name__)
                    break
        deltas = _save(rows, before, after)
    for log_number, each in poison.items():
        tell(projection.name, log_number, each)
    reached = {each.log: each.last for each in batches}
    reached |= {log_number: each.number - 1 for log_number, each in poison.items()}
    return Folded(reached, poison, deltas)


def tell(name: str, log_number: int, poison: Poison) -> None:
    """Tell that an event has stopped the read model *name* in one log."""
    where = position(log_number, poison.number)
    log.error("read_model_stopped", projection=name, position=where, error=poison.why)


def _keyed(
    projection: Projection[Any], batch: Batch, poison: Mapping[int, Poison]
) -> list[tuple[int, int, Event]]:
    """Return what *projection* needs of *batch* before what stops it there: number, key and event."""
    # Keyed by number: hashing and comparing identifiers as such would cost as much as folding.
    key, end = projection.key, poison.get(batch.log)
    return [
        (number, key(event).int, event)
        for number, event in batch.of(projection)
        if end is None or number < end.number
    ]


def _sought(projection: Projection[Any], mine: Iterable[tuple[int, int, Event]]) -> list[UUID]:
    """Return the keys under which a row may be there already."""
    seen: dict[int, bool] = {}
    for _, key, event in mine:
        if key not in seen:
            seen[key] = not projection.begins(event)
    return [UUID(int=key) for key, sought in seen.items() if sought]


def _save(rows: Rows, before: dict[int, Any], after: dict[int, Any]) -> dict[tuple[str, str], int]:
    """Save what changed, always in the same order: two processes that touch the same rows cannot lock up."""
    deltas: dict[tuple[str, str], int] = {}
    changed: list[Any] = []
    delta = rows.view.projection.delta
    for key in sorted(after):
        row, was = after[key], before.get(key)
        if row is was:
            continue
        if row is not None:
            changed.append(row)
        for counter, amount in delta(was, row).items():
            deltas[counter] = deltas.get(counter, 0) + amount
    rows.remove([UUID(int=key) for key, row in after.items() if row is None and key in before])
    rows.save(changed)
    return deltas
