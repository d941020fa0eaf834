"""That a value was refused, or is one to keep an eye on: where it stood and of what kind, never itself."""

from __future__ import annotations

from typing import ClassVar

from domain.kernel import Event
from domain.privacy import Code
from domain.sensitive.finding import Kind


class ValueRefused(Event):
    """A text was refused for a value of *kind* in its *field*, a JSON pointer; nothing of it is kept."""

    field: Code
    kind: Kind


class ValueFlagged(Event):
    """A text that was kept has a value of *kind* in its *field*."""

    field: Code
    kind: Kind


class ComplaintValueRefused(ValueRefused):
    """Something that was to be recorded on a complaint was refused."""

    TOPIC: ClassVar[str] = "complaint.value_refused"


class ComplaintValueFlagged(ValueFlagged):
    """Something recorded on a complaint has a value to keep an eye on."""

    TOPIC: ClassVar[str] = "complaint.value_flagged"


class TicketValueRefused(ValueRefused):
    """Something that was to be recorded on a ticket was refused."""

    TOPIC: ClassVar[str] = "ticket.value_refused"


class TicketValueFlagged(ValueFlagged):
    """Something recorded on a ticket has a value to keep an eye on."""

    TOPIC: ClassVar[str] = "ticket.value_flagged"


class IntakeValueRefused(ValueRefused):
    """A new case was refused before there was one; *form* is what was filled in."""

    TOPIC: ClassVar[str] = "intake.value_refused"

    form: Code
    channel: Code


COMPLAINT_SENSITIVE: tuple[type[Event], ...] = (ComplaintValueRefused, ComplaintValueFlagged)
TICKET_SENSITIVE: tuple[type[Event], ...] = (TicketValueRefused, TicketValueFlagged)
INTAKE_EVENTS: tuple[type[Event], ...] = (IntakeValueRefused,)
