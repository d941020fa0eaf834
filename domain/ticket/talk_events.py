"""What the desk and the customer say to one another: answers, questions, appointments, a rating."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from domain.correspondence_intents import TicketMessagePlanned
from domain.kernel import Event, Instant
from domain.privacy import Code, Kept, PersonalText
from domain.ticket.base import TicketEvent

MOST_QUESTIONS = 20

Texts: TypeAlias = Annotated[tuple[PersonalText, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]
"""Questions, or the answers to them in the same order."""
Score: TypeAlias = Annotated[int, Field(ge=1, le=5)]
"""How content the customer is: 1 not at all, 5 fully."""
AppointmentKind: TypeAlias = Literal["video_call", "callback"]


class Acknowledged(TicketEvent):
    """The receipt was confirmed to the customer; ``occurred_at`` is the instant of sending."""

    TOPIC: ClassVar[str] = "ticket.acknowledged"

    parts: tuple[Code, ...] = ()


class Replied(TicketEvent):
    """The customer was written to; the first reply acknowledges the request as well."""

    TOPIC: ClassVar[str] = "ticket.replied"

    text: Kept[PersonalText]


class FollowUpAsked(TicketEvent):
    """The customer was asked *number* questions, to be answered one by one."""

    TOPIC: ClassVar[str] = "ticket.follow_up_asked"

    questions: Kept[Texts]
    number: int


class AppointmentBooked(Event):
    """An appointment was made, the *number*-th on the ticket; it takes the place of one made before.

    ``zone`` is the zone in which the customer reads the times.  ``remind_at`` is when a
    reminder is due; where there is none, the appointment was too near.
    """

    TOPIC: ClassVar[str] = "ticket.appointment_booked"

    number: int
    kind: AppointmentKind
    starts_at: Instant
    ends_at: Instant | None = None
    zone: Code
    how_to_join: Kept[PersonalText] | None = None
    remind_at: Instant | None = None


class AppointmentCancelled(Event):
    """The *number*-th appointment does not take place."""

    TOPIC: ClassVar[str] = "ticket.appointment_cancelled"

    number: int
    reason: Kept[PersonalText] | None = None


class Rated(Event):
    """The customer said how content they are with the solution."""

    TOPIC: ClassVar[str] = "ticket.rated"

    score: Score
    comment: Kept[PersonalText] | None = None


TALK_EVENTS: tuple[type[Event], ...] = (
    Acknowledged,
    Replied,
    FollowUpAsked,
    AppointmentBooked,
    AppointmentCancelled,
    Rated,
    TicketMessagePlanned,
)
