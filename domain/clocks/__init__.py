"""Clocks: the promises of a case, folded from its own events.

A regime promises milestones.  An event of the case starts a clock, another stops
it in time or too late, a third ends the promise.  What is in time is decided by
the instants in the events alone: an act at ``t`` is in time when ``t < due_before``.
"""

from domain.clocks.clock import Clock, Status, evolve
from domain.clocks.events import (
    CLOCK_EVENTS,
    ClockCancelled,
    ClockEvent,
    ClockMet,
    ClockMissCorrected,
    ClockMissed,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStoppedLate,
    Pin,
)
from domain.clocks.promise import ENDS, clock_id
from domain.clocks.promises import Promises, bind

__all__ = [
    "CLOCK_EVENTS",
    "ENDS",
    "Clock",
    "ClockCancelled",
    "ClockEvent",
    "ClockMet",
    "ClockMissCorrected",
    "ClockMissed",
    "ClockPaused",
    "ClockResumed",
    "ClockStarted",
    "ClockStoppedLate",
    "Pin",
    "Promises",
    "Status",
    "bind",
    "clock_id",
    "evolve",
]
