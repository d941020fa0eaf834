"""The promises of a row of the queue: each clock as whoever works a case has to know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias
from uuid import UUID

from domain import clocks
from domain.kernel import Instant, Value, made
from domain.privacy import Code
from projections.by_kind import ByKind
from projections.projection import changed

Due: TypeAlias = clocks.ClockResumed | clocks.ClockExtended | clocks.ClockRetargeted


class Promise(Value):
    """A clock as the queue needs it; ``late`` is missed, and made good or decided upon since."""

    clock_id: UUID
    regime: Code
    milestone: Code
    legal: bool
    due_date: date
    due_before: Instant
    state: Literal["running", "paused", "met", "missed", "late", "cancelled"] = "running"
    excused: bool = False
    taken_from: UUID | None = None
    """The case that made the promise and was merged into this one."""
    counted_there: bool = False
    """Whether it was missed before the merge: that case counts it, this one still owes it."""

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for the act: it runs, or was missed and has still not come."""
        return self.state in {"running", "missed"}


def follow(promises: tuple[Promise, ...], event: clocks.ClockEvent) -> tuple[Promise, ...]:
    """Return *promises* after *event*."""
    if isinstance(event, clocks.ClockStarted):
        # A window is the complainant's own time: nobody at the desk has anything to do in it.
        return promises if event.window else (*promises, _promise(event))
    answer = _ANSWERS[type(event)]
    if answer is None:
        return promises
    # Compared as numbers: this is asked of every promise for every clock event there is.
    number = event.clock_id.int
    for place, mine in enumerate(promises):
        if mine.clock_id.int == number:
            answered = changed(mine, answer(event))
            if isinstance(event, clocks.ClockMet):
                promises = _made_good(promises, mine)
            return (*promises[:place], answered, *promises[place + 1 :])
    return promises


def _promise(event: clocks.ClockStarted) -> Promise:
    return made(
        Promise,
        {
            "clock_id": event.clock_id,
            "regime": event.regime,
            "milestone": event.milestone,
            "legal": event.legal,
            "due_date": event.due_date,
            "due_before": event.due_before,
            **(_taken_over(event) if isinstance(event, clocks.ClockTakenOver) else {}),
        },
    )


def _taken_over(event: clocks.ClockTakenOver) -> dict[str, Any]:
    """Return how a promise stood when it was taken over."""
    missed = event.missed_at is not None
    paused = any(pause.to is None for pause in event.pauses)
    state = "missed" if missed else "paused" if paused else "running"
    return {"taken_from": event.taken_from, "counted_there": missed, "state": state}


def _again_due(event: Due) -> Mapping[str, object]:
    return {"due_date": event.due_date, "due_before": event.due_before}


_ANSWERS: ByKind[Callable[[Any], Mapping[str, object]] | None] = ByKind(
    {
        clocks.ClockMet: lambda _event: {"state": "met"},
        clocks.ClockMissCorrected: lambda _event: {"state": "met"},
        clocks.ClockMissed: lambda _event: {"state": "missed"},
        clocks.ClockStoppedLate: lambda _event: {"state": "late"},
        clocks.ClockPaused: lambda _event: {"state": "paused"},
        clocks.ClockResumed: lambda event: {"state": "running", **_again_due(event)},
        clocks.ClockExtended: _again_due,
        clocks.ClockRetargeted: _again_due,
        clocks.ClockMissExcused: lambda _event: {"excused": True},
        clocks.ClockCancelled: lambda _event: {"state": "cancelled"},
    },
    otherwise=None,
)
"""What an event of a clock changes in its promise; None where it changes nothing."""


def _made_good(promises: tuple[Promise, ...], met: Promise) -> tuple[Promise, ...]:
    """Return *promises*; keeping the next one of a recurring promise, *met*, makes a missed one good."""
    same = (met.regime, met.milestone)
    return tuple(settled(p) if (p.regime, p.milestone) == same else p for p in promises)


def settled(promise: Promise) -> Promise:
    """Return *promise*; of one that was missed, that nobody waits for it any more."""
    return changed(promise, {"state": "late"}) if promise.state == "missed" else promise


def first_due(promises: Iterable[Promise]) -> Promise | None:
    """Return the promise that falls due first, None where there is none."""
    return min(promises, key=lambda each: each.due_before, default=None)
