"""How an open clock moves: to another version of its regime or calendar, or to a corrected start."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.clocks.clock import Status
from domain.clocks.events import Pin
from domain.clocks.promise import closed
from domain.errors import PauseForbidden, PromiseDropped
from domain.hours import local_date
from domain.kernel import Value

if TYPE_CHECKING:
    from domain.clocks.clock import Clock
    from domain.clocks.promise import Promise
    from domain.policies import Regime, Rulebook


class Target(Value):
    """Where a clock is to move.

    Without any of the three it goes by the versions that are current; with one, the
    others stay as they are.
    """

    version: str | None = None
    calendar_version: str | None = None
    started_at: datetime | None = None

    @property
    def current(self) -> bool:
        """Whether the current versions are meant."""
        return self.version is None and self.calendar_version is None and self.started_at is None


def move(promise: Promise, clock: Clock, target: Target, now: datetime) -> dict[str, Any] | None:
    """Return what moves *clock* to *target*, as the event says it; None when nothing would change."""
    regime = _regime(clock, target, now, promise.rules)
    moved = promise._replace(pin=_pin(clock, regime, target, promise.rules), regime=regime)
    term = next((each for each in regime.terms if each.milestone == clock.milestone), None)
    if term is None:
        raise PromiseDropped
    if clock.status is Status.PAUSED and not term.pausable:
        raise PauseForbidden
    started_at = target.started_at or clock.started_at
    day_zero = clock.day_zero if started_at == clock.started_at else None
    moved = moved._replace(term=clock.counted(term))
    due = moved.due(started_at, day_zero, closed(clock.pauses))
    now_is = (clock.pin, clock.started_at, clock.due_date, clock.due_before)
    if now_is == (moved.pin, started_at, due["due_date"], due["due_before"]):
        return None
    pins = moved.pin.model_dump(exclude={"regime"})
    old = {"old_due_date": clock.due_date, "old_due_before": clock.due_before}
    return {"clock_id": clock.id, "started_at": started_at, "day_zero": day_zero, **pins, **old, **due}


def _regime(clock: Clock, target: Target, now: datetime, rules: Rulebook) -> Regime:
    if target.version is not None:
        return rules.regime(clock.regime, target.version)
    pinned = rules.regime(clock.regime, clock.version)
    if not target.current:
        return pinned
    versions = (each for each in rules.regimes if each.regime == clock.regime)
    in_force = (each for each in versions if each.in_force(local_date(now, each.zone)))
    return max([pinned, *in_force], key=lambda each: each.effective_from)


def _pin(clock: Clock, regime: Regime, target: Target, rules: Rulebook) -> Pin:
    kept = not target.current and regime.calendar == clock.calendar
    wanted = target.calendar_version or (clock.calendar_version if kept else None)
    return Pin(
        regime=regime.regime,
        version=regime.version,
        calendar=regime.calendar,
        calendar_version=rules.calendar(regime.calendar, wanted).version,
    )
