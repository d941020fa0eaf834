"""Clocks: the promises of a case, folded from its own events.

A regime promises milestones.  An event of the case starts a clock, another stops
it in time or too late, a third ends the promise.  What is in time is decided by
the instants in the events alone: an act at ``t`` is in time when ``t < due_before``.
"""

from domain.clocks.clock import MERGED, Clock, Status, evolve
from domain.clocks.events import (
    CLOCK_EVENTS,
    ClockCancelled,
    ClockEvent,
    ClockExcusalProposed,
    ClockExtended,
    ClockMet,
    ClockMissCorrected,
    ClockMissed,
    ClockMissExcused,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    ClockStoppedLate,
    ClockTakenOver,
    ClockWarned,
    ExcuseCode,
    Pin,
    WarnAt,
)
from domain.clocks.promise import ENDS, clock_id
from domain.clocks.promises import Promises, bind

__all__ = [
    "CLOCK_EVENTS",
    "ENDS",
    "MERGED",
    "Clock",
    "ClockCancelled",
    "ClockEvent",
    "ClockExcusalProposed",
    "ClockExtended",
    "ClockMet",
    "ClockMissCorrected",
    "ClockMissExcused",
    "ClockMissed",
    "ClockPaused",
    "ClockResumed",
    "ClockRetargeted",
    "ClockStarted",
    "ClockStoppedLate",
    "ClockTakenOver",
    "ClockWarned",
    "ExcuseCode",
    "Pin",
    "Promises",
    "Status",
    "WarnAt",
    "bind",
    "clock_id",
    "evolve",
]
