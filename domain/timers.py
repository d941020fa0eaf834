"""Timers: what falls due on a case and is no promise to the complainant.

A ticket that closes by itself, a reminder, a file that stalls.  `RULES` says which events arm a timer
and which disarm it; that is all a read model needs to know when to ask a case.  What is to be done
then the case decides by its own state (``notice_timers``): one that was asked in vain records nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from domain.attachments import timers as attachments
from domain.complaint import timers as complaint
from domain.kernel import Event, Instant, Value
from domain.ticket import timers as ticket

if TYPE_CHECKING:
    from domain.clocks import Promises
    from domain.kernel import Context
    from domain.policies import Rulebook

Changes: TypeAlias = Mapping[str, datetime | None]
"""The timers that an event touches, by name: when each falls due, or None where it is disarmed."""
Rule: TypeAlias = Callable[[Any], Changes]

RULES: Mapping[type[Event], Rule] = {**complaint.RULES, **ticket.RULES, **attachments.RULES}
"""What each event does to the timers of its case.  Whoever adds to it raises the version of the
projection (projections/timers.py), and makes ``notice_timers`` of the case answer."""


def changes(event: Event) -> Changes:
    """Return what *event* does to the timers of its case; most events do nothing."""
    rule = RULES.get(type(event))
    return {} if rule is None else rule(event)


class FallDue(Value):
    """Do what timers ask for that fell due by *now*; asked again, there is nothing new."""

    NAME: ClassVar[str] = "fall_due"

    now: Instant

    def carry_out(self, case: Promises, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        case.notice_timers(self.now, by, rules)
