"""What a read model is: a name, the topics it handles, and a fold you can run in your head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from domain.catalogue import EVENTS
from domain.kernel import Event, Value, changed

__all__ = ["ALL", "CounterKey", "Projection", "by_case", "changed", "first", "topics"]

Row = TypeVar("Row", bound=Value)

CounterKey: TypeAlias = tuple[str, str]
"""A metric and the value it is counted for: ``("open_by_team", "complaints")``."""

ALL = frozenset(event.TOPIC for event in EVENTS)


@dataclass(frozen=True)
class Projection(Generic[Row]):
    """A read model: rows folded from events, and counters that follow the rows.

    *key* names the row that an event touches.  *evolve* returns the row after the
    event, or None when there is none; it gets the event's number in the log.
    *begins* says of an event that no row can have been there before it, so that none
    need be looked for.  *measure* lists what a row counts for.  Raise *version* when either changes
    meaning: rows of another version are built anew.
    """

    name: str
    version: int
    row: type[Row]
    topics: frozenset[str]
    key: Callable[[Event], UUID]
    evolve: Callable[[Row | None, Event, int], Row | None]
    measure: Callable[[Row], Mapping[CounterKey, int]] = lambda _row: {}
    begins: Callable[[Event], bool] = lambda _event: False

    @property
    def ignored(self) -> frozenset[str]:
        """The topics that this read model has no use for."""
        return ALL - self.topics

    def delta(self, before: Row | None, after: Row | None) -> Mapping[CounterKey, int]:
        """Return how each counter moves when a row changes from *before* to *after*."""
        if before is None:
            return self.measure(after) if after else {}
        change = dict(self.measure(after)) if after else {}
        for key, amount in self.measure(before).items():
            change[key] = change.get(key, 0) - amount
        return {key: amount for key, amount in change.items() if amount}


def topics(*events: type[Event]) -> frozenset[str]:
    """Return the topics of *events*."""
    return frozenset(event.TOPIC for event in events)


def first(event: Event) -> bool:
    """Whether *event* is the first of its case, so that nothing of the case was there before."""
    return event.originator_version == 1


def by_case(event: Event) -> UUID:
    """Return the case that *event* belongs to."""
    return event.originator_id
