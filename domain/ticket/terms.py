"""What the firm's own regime says of a ticket: when it closes by itself, until when it can be reopened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.calendars import business_days
from domain.deadlines import deadline
from domain.policies.model import Term
from domain.policies.tickets import TicketTerms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.clocks import Pin
    from domain.policies import Regime, Rulebook


def closes_at(pins: Iterable[Pin], rules: Rulebook, solved_at: datetime) -> datetime | None:
    """Return when a ticket solved then closes by itself; None where no regime says so."""
    return _after(pins, rules, "auto_close", solved_at)


def reopen_before(pins: Iterable[Pin], rules: Rulebook, closed_at: datetime) -> datetime | None:
    """Return the first instant at which a ticket closed then cannot be reopened; None where there is none."""
    return _after(pins, rules, "reopen_within", closed_at)


def remind_at(
    pins: Iterable[Pin], rules: Rulebook, starts_at: datetime, booked_at: datetime
) -> datetime | None:
    """Return when to remind of an appointment booked then; None where it is too soon, or nothing is said."""
    house = _house(pins, rules)
    hours = () if house is None else house[1].tickets.remind_before
    ahead = (starts_at - timedelta(hours=each) for each in hours)
    return min((at for at in ahead if at > booked_at), default=None)


def files_due(pins: Iterable[Pin], rules: Rulebook, opened_at: datetime) -> datetime:
    """Return when a file is asked for that was to come with a request opened then."""
    house = _house(pins, rules)
    terms = TicketTerms() if house is None else house[1].tickets
    return opened_at + timedelta(hours=terms.ask_for_files_after)


def _house(pins: Iterable[Pin], rules: Rulebook) -> tuple[Pin, Regime] | None:
    """Return the regime whose terms bind a ticket: the first of its pins that is no law."""
    for pin in pins:
        regime = rules.regime(pin.regime, pin.version)
        if not regime.legal:
            return pin, regime
    return None


def _after(pins: Iterable[Pin], rules: Rulebook, key: str, at: datetime) -> datetime | None:
    """Return the end of the stretch that *key* of the house's terms gives, begun then."""
    house = _house(pins, rules)
    if house is None:
        return None
    pin, regime = house
    limit, unit = regime.tickets.stretch(key)
    if not limit:
        return None
    term = Term(milestone=key, limit=limit, unit=unit, start=("begun",), stop=("over",))
    days = business_days(rules.calendar(pin.calendar, pin.calendar_version), regime.closed_weekdays)
    return deadline(term, regime, days, at).due_before
