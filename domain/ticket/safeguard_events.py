"""For whom a ticket is not, who speaks on it, and how long it is kept: as complaints have it."""

from __future__ import annotations

from typing import ClassVar

from domain.complaint import intake_events as intake
from domain.complaint import life_events as life
from domain.kernel import Event


class PersonComplainedOfNamed(life.PersonComplainedOfNamed):
    """A member of the staff is complained of: nobody like that handles the ticket."""

    TOPIC: ClassVar[str] = "ticket.person_complained_of_named"


class Represented(intake.Represented):
    """Somebody speaks for the customer from here on."""

    TOPIC: ClassVar[str] = "ticket.represented"


class RepresentationEnded(intake.RepresentationEnded):
    """A representative speaks for the customer no longer."""

    TOPIC: ClassVar[str] = "ticket.representation_ended"


class HoldPlaced(life.HoldPlaced):
    """The record of the ticket has to be kept, whatever else would let it go."""

    TOPIC: ClassVar[str] = "ticket.hold_placed"


class HoldLifted(life.HoldLifted):
    """A hold fell away."""

    TOPIC: ClassVar[str] = "ticket.hold_lifted"


TICKET_SAFEGUARDS: tuple[type[Event], ...] = (
    PersonComplainedOfNamed,
    Represented,
    RepresentationEnded,
    HoldPlaced,
    HoldLifted,
)
