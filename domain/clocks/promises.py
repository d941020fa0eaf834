"""A case with clocks: it hears its own events as words, and answers with clock events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.clocks.clock import Clock, Status, evolve
from domain.clocks.events import ClockEvent, ClockMissed, Pin
from domain.clocks.promise import Promise
from domain.kernel import Aggregate, Context, Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.policies import Regime, Rulebook


class Promises(Aggregate):
    """A case with clocks: it hears its own events as words, and answers with clock events."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.pins: tuple[Pin, ...] = ()
        self.clocks: dict[UUID, Clock] = {}
        self.running: dict[UUID, Clock] = {}
        self.chains: dict[tuple[str, str], list[UUID]] = {}

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        if isinstance(event, ClockEvent):
            clock = evolve(self.clocks.get(event.clock_id), event)
            if clock is not None:
                self._keep(clock)

    def _keep(self, clock: Clock) -> None:
        if clock.id not in self.clocks:
            self.chains.setdefault((clock.regime, clock.milestone), []).append(clock.id)
        self.clocks[clock.id] = clock
        self.running.pop(clock.id, None)
        if clock.status is Status.RUNNING:
            self.running[clock.id] = clock

    def notice_misses(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Record each clock that fell due by *now* unmet, once, and what follows from each miss.

        A clock already missed, met or cancelled is no news.  A miss may start other
        clocks, which may be due as well: they follow in the order of their due instants.
        """
        while due := [clock for clock in self.running.values() if clock.due_at(now)]:
            clock = min(due, key=lambda each: (each.due_before, each.regime, each.milestone))
            self.record(
                ClockMissed,
                by,
                occurred_at=clock.due_before,
                clock_id=clock.id,
                due_date=clock.due_date,
                due_before=clock.due_before,
                noticed_at=by.recorded_at,
            )
            self._hear_miss(clock, by, rules)

    def hear(
        self,
        word: str,
        by: Context,
        rules: Rulebook,
        *,
        at: datetime,
        parts: frozenset[str] = frozenset(),
    ) -> None:
        """Let every promise answer that *word* happened *at*; what fell due before comes first.

        A promise that a reopening revives may have fallen due meanwhile: it is missed at once.
        *parts* are the parts that a notice contained: one that lacks a required part
        stops no clock.
        """
        self.notice_misses(at, by, rules)
        for pin in self.pins:
            regime = rules.regime(pin.regime, pin.version)
            for term in regime.terms:
                promise = Promise(self, pin, regime, term, by, rules)
                promise.hear(word, at, complete=parts.issuperset(term.required_parts))
        self.notice_misses(at, by, rules)

    def _hear_miss(self, clock: Clock, by: Context, rules: Rulebook) -> None:
        pin = next(each for each in self.pins if each.regime == clock.regime)
        regime = rules.regime(pin.regime, pin.version)
        for term in regime.terms:
            Promise(self, pin, regime, term, by, rules).hear_miss(clock)


def bind(rules: Rulebook, regimes: Iterable[Regime]) -> tuple[Pin, ...]:
    """Return *regimes* as pins, each with the calendar version that is current now."""
    return tuple(
        Pin(
            regime=regime.regime,
            version=regime.version,
            calendar=regime.calendar,
            calendar_version=rules.calendar(regime.calendar).version,
        )
        for regime in regimes
    )
