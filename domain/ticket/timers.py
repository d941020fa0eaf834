"""Which events of a ticket arm a timer, and which disarm it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from domain.attachments.timers import FILES
from domain.correspondence_intents import TicketMessagePlanned
from domain.kernel import Event
from domain.linking.events import TicketUnmerged
from domain.ticket import events as e
from domain.ticket import talk_events as talk

AUTO_CLOSE = "auto_close"
REMINDER = "reminder"
Changes: TypeAlias = Mapping[str, datetime | None]


def _opened(event: e.Opened) -> Changes:
    return {} if event.files_due is None else {FILES: event.files_due}


def _solved(event: e.Solved) -> Changes:
    return {AUTO_CLOSE: event.closes_at}


def _reopened(_event: e.Reopened) -> Changes:
    return {AUTO_CLOSE: None}


def _closed(_event: e.Closed | e.Promoted) -> Changes:
    return {AUTO_CLOSE: None, REMINDER: None, FILES: None}


def _unmerged(event: TicketUnmerged) -> Changes:
    # What fell due while the ticket was merged was asked for in vain.
    return {} if event.closes_at is None else {AUTO_CLOSE: event.closes_at}


def _booked(event: talk.AppointmentBooked) -> Changes:
    return {REMINDER: event.remind_at}


def _cancelled(_event: talk.AppointmentCancelled) -> Changes:
    return {REMINDER: None}


def _planned(event: TicketMessagePlanned) -> Changes:
    done = {"appointment_reminder": REMINDER, "files_reminder": FILES}.get(event.purpose)
    return {} if done is None else {done: None}


RULES: Mapping[type[Event], Callable[[Any], Changes]] = {
    e.Opened: _opened,
    e.Solved: _solved,
    e.Reopened: _reopened,
    e.Closed: _closed,
    e.Promoted: _closed,
    TicketUnmerged: _unmerged,
    talk.AppointmentBooked: _booked,
    talk.AppointmentCancelled: _cancelled,
    TicketMessagePlanned: _planned,
}
