"""A case with clocks: it hears its own events as words, and answers with clock events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.clocks.clock import MERGED, Clock, Status, evolve
from domain.clocks.events import (
    ClockCancelled,
    ClockEvent,
    ClockMissed,
    ClockRetargeted,
    ClockTakenOver,
    Pin,
)
from domain.clocks.promise import ALWAYS_HEARD, Promise
from domain.clocks.warning import warn
from domain.kernel import Aggregate, Context, upon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.policies import Regime, Rulebook

ACKNOWLEDGEMENT = "acknowledgement"


class Promises(Aggregate):
    """A case with clocks: it hears its own events as words, and answers with clock events."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.pins: tuple[Pin, ...] = ()
        self.clocks: dict[UUID, Clock] = {}
        self.running: dict[UUID, Clock] = {}
        self.chains: dict[tuple[str, str], list[UUID]] = {}

    @upon(ClockEvent)
    def _keep_clock(self, event: ClockEvent) -> None:
        before = self.clocks.get(event.clock_id)
        clock = evolve(before, event)
        if clock is not None:
            self._keep(clock, before)
            if isinstance(event, ClockRetargeted):
                self._pin(clock.pin)
            elif isinstance(event, ClockTakenOver) and self.pin(clock.regime) is None:
                self.pins = (*self.pins, clock.pin)

    def pin(self, regime: str) -> Pin | None:
        """Return the versions by which *regime* binds the case, None where it does not."""
        return next((each for each in self.pins if each.regime == regime), None)

    def chain(self, regime: str, milestone: str) -> list[Clock]:
        """Return the clocks of one promise, the newest last; those that a merge set aside stand first."""
        ids = self.chains.get((regime, milestone))
        if ids is None:
            return []
        clocks = [self.clocks[id] for id in ids]
        return clocks if len(clocks) == 1 else sorted(clocks, key=lambda clock: not clock.set_aside)

    def _pin(self, pin: Pin) -> None:
        self.pins = tuple(pin if each.regime == pin.regime else each for each in self.pins)

    def _keep(self, clock: Clock, before: Clock | None) -> None:
        chain = self.chains.setdefault((clock.regime, clock.milestone), [])
        if before is None:
            chain.append(clock.id)
        elif before.set_aside and not clock.set_aside:
            chain.remove(clock.id)
            chain.append(clock.id)
        self.clocks[clock.id] = clock
        if before is not None:
            self.running.pop(clock.id, None)
        if clock.status is Status.RUNNING:
            self.running[clock.id] = clock

    def notice_misses(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Record each clock that fell due by *now* unmet, once, and what follows from each miss.

        A clock already missed, met or cancelled is no news.  A miss may start other
        clocks, which may be due as well: they follow in the order of their due instants.
        """
        while due := [clock for clock in self.running.values() if clock.due_before <= now]:
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

    def notice_warnings(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Record each warning of a running clock that fell due by *now*, once for each due instant.

        What fell due is missed first: nobody is warned of what has already happened.
        """
        self.notice_misses(now, by, rules)
        for clock in tuple(self.running.values()):
            warn(self, clock, now, by, rules)

    def notice_timers(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Do what the timers of the case ask for that fell due by *now*; each part of a case adds its own."""

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
        if not self.pins:
            return
        self.notice_misses(at, by, rules)
        hearing = [pin for pin in self.pins if word in ALWAYS_HEARD or word in rules.words(pin.regime)]
        for pin in hearing:
            for promise in self._promises(pin, by, rules):
                promise.hear(word, at, parts)
        if hearing:
            self.notice_misses(at, by, rules)

    def yield_to(self, other: Promises, by: Context, rules: Rulebook, *, at: datetime) -> None:
        """Cancel each clock whose promise *other* has made as well, and has to keep earlier.

        Where two cases become one, both yield to each other, and of every pair of clocks
        (same regime and milestone) the earliest is left.  Each case keeps its own
        acknowledgement, which answers its own letter.  Of two clocks that are due at the
        same instant the one started first is left, and then that of the older case.
        """
        self.notice_misses(at, by, rules)
        for regime, milestone in self.chains:
            mine, theirs = self.newest(regime, milestone), other.newest(regime, milestone)
            if mine is None or theirs is None or milestone == ACKNOWLEDGEMENT or not mine.live:
                continue
            if (theirs.live or theirs.outstanding) and rank(theirs) < rank(mine):
                self.record(ClockCancelled, by, occurred_at=at, clock_id=mine.id, cause=MERGED, to=other.id)

    def newest(self, regime: str, milestone: str) -> Clock | None:
        """Return the newest clock of one promise, if there is any."""
        chain = self.chain(regime, milestone)
        return chain[-1] if chain else None

    def promise_of(self, clock: Clock, by: Context, rules: Rulebook) -> Promise:
        """Return the promise that *clock* counts, in the versions that it is pinned to."""
        regime = rules.regime(clock.regime, clock.version)
        return Promise(self, clock.pin, regime, regime.term(clock.milestone), by, rules)

    def promises(self, by: Context, rules: Rulebook) -> Iterator[Promise]:
        """Yield the promises of every regime that binds the case."""
        for pin in self.pins:
            yield from self._promises(pin, by, rules)

    def _promises(self, pin: Pin, by: Context, rules: Rulebook) -> Iterator[Promise]:
        """Yield the promises of a regime, also those that a former version made and this one does not."""
        regime = rules.regime(pin.regime, pin.version)
        made = {term.milestone for term in regime.terms}
        held = [
            self.chain(name, milestone)[-1]
            for name, milestone in self.chains
            if name == pin.regime and milestone not in made
        ]
        for term in regime.terms:
            yield Promise(self, pin, regime, term, by, rules)
        for clock in held:
            yield self.promise_of(clock, by, rules)

    def _hear_miss(self, clock: Clock, by: Context, rules: Rulebook) -> None:
        pin = next(each for each in self.pins if each.regime == clock.regime)
        for promise in self._promises(pin, by, rules):
            promise.hear_miss(clock)


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


def rank(clock: Clock) -> tuple[datetime, datetime, UUID]:
    """Return what orders clocks: which falls due first, of those which started first, then by id."""
    return clock.due_before, clock.started_at, clock.id
