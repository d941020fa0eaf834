"""A batch of events folded into the rows of one slot, in memory, between one load and one save."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias
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


@dataclass(frozen=True)
class Poison:
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
        """Return the events that *projection* handles: of most batches, most read models handle none."""
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
    """How far a batch came in one slot, what stopped it, and how each counter moves."""

    reached: int
    poison: Poison | None
    deltas: dict[tuple[str, str], int]


def fold(rows: Rows, batch: Batch) -> Folded:
    """Fold *batch* into *rows* and save those that changed."""
    projection = rows.view.projection
    poison = batch.end_for(projection)
    mine = batch.of(projection)
    if poison is not None:
        mine = [each for each in mine if each[0] < poison.number]
    deltas: dict[tuple[str, str], int] = {}
    if mine:
        # Keyed by number: hashing and comparing identifiers as such would cost as much as folding.
        key_of, evolve = projection.key, projection.evolve
        keys = [key_of(event).int for _, event in mine]
        before = {id.int: row for id, row in rows.load(_sought(projection, keys, mine)).items()}
        after: dict[int, Any] = dict(before)
        for key, (number, event) in zip(keys, mine, strict=True):
            try:
                after[key] = evolve(after.get(key), event, number)
            except Exception as error:  # noqa: BLE001 - whatever is wrong stops this read model alone
                poison = Poison(number, type(error).__name__)
                break
        deltas = _save(rows, before, after)
    if poison is not None:
        where = position(batch.log, poison.number)
        log.error("read_model_stopped", projection=projection.name, position=where, error=poison.why)
    reached = batch.last if poison is None else poison.number - 1
    return Folded(reached, poison, deltas)


def _sought(
    projection: Projection[Any], keys: Iterable[int], mine: Iterable[tuple[int, Event]]
) -> list[UUID]:
    """Return those of *keys* under which a row may be there already."""
    seen: dict[int, bool] = {}
    for key, (_, event) in zip(keys, mine, strict=True):
        if key not in seen:
            seen[key] = not projection.begins(event)
    return [UUID(int=key) for key, sought in seen.items() if sought]


def _save(rows: Rows, before: dict[int, Any], after: dict[int, Any]) -> dict[tuple[str, str], int]:
    deltas: dict[tuple[str, str], int] = {}
    changed: list[Any] = []
    delta = rows.view.projection.delta
    for key, row in after.items():
        was = before.get(key)
        if row is was:
            continue
        if row is not None:
            changed.append(row)
        for counter, amount in delta(was, row).items():
            deltas[counter] = deltas.get(counter, 0) + amount
    rows.remove([UUID(int=key) for key, row in after.items() if row is None and key in before])
    rows.save(changed)
    return deltas
