"""What follows from an appointment: the customer is told of it, in their language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from domain.correspondence_intents import PlanMessage
from domain.kernel import Aggregate, Event
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.ticket.appointments import about
from domain.ticket.talk_events import AppointmentBooked, AppointmentCancelled


class PlanTheConfirmationOfAnAppointment:
    """A customer is told when an appointment was made or called off.

    An appointment that took the place of another is confirmed as itself: of the former
    nothing more need be said.
    """

    NAME: ClassVar[str] = "plan_the_confirmation_of_an_appointment"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (AppointmentBooked, AppointmentCancelled)
    OPENED: ClassVar[bool] = False

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return what to ask because of *event*."""
        del case
        match event:
            case AppointmentBooked():
                purpose = "appointment_confirmation"
            case AppointmentCancelled():
                purpose = "appointment_cancellation"
            case _:
                return ()
        order = PlanMessage(purpose=purpose, about=about(event.number), not_before=event.recorded_at)
        return (Send(event.originator_id, Ticket, order),)
