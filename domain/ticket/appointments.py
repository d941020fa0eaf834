"""Appointments with the customer: made, made anew, called off, and reminded of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain import errors
from domain.kernel import Instant, Value, upon
from domain.privacy import ERASED, Code, Kept, PersonalText
from domain.ticket import events as e
from domain.ticket import talk_events as talk
from domain.ticket.state import State
from domain.ticket.terms import remind_at

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Slot(Value):
    """When an appointment is, and by which means; ``zone`` is where the customer reads the times."""

    kind: talk.AppointmentKind
    starts_at: Instant
    ends_at: Instant | None = None
    zone: Code


class Appointment(Slot):
    """An appointment that was made, the *number*-th of its ticket."""

    number: int
    how_to_join: Kept[PersonalText] | None = None
    remind_at: Instant | None = None

    @property
    def about(self) -> str:
        """What messages about the appointment are known by."""
        return about(self.number)

    @property
    def slot(self) -> Slot:
        """The appointment without its number and reminder."""
        return Slot(kind=self.kind, starts_at=self.starts_at, ends_at=self.ends_at, zone=self.zone)


def about(number: int) -> str:
    """Return what messages about the *number*-th appointment of a ticket are known by."""
    return f"appointment/{number}"


class Appointments(State):
    """The commands about the appointment of a ticket, which has one at a time."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.appointment: Appointment | None = None
        self.bookings = 0

    @upon(talk.AppointmentBooked)
    def _keep_appointment(self, event: talk.AppointmentBooked) -> None:
        self.bookings = event.number
        self.appointment = Appointment.model_validate(event.model_dump(include=set(Appointment.model_fields)))

    @upon(talk.AppointmentCancelled, e.Closed, e.Promoted)
    def _drop_appointment(self, event: talk.AppointmentCancelled | e.Closed | e.Promoted) -> None:
        del event
        self.appointment = None

    def book_appointment(
        self,
        slot: Slot,
        by: Context,
        rules: Rulebook,
        *,
        how_to_join: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Make an appointment, in place of one that there is; the same again is no news."""
        made = self.appointment
        if made is not None and made.slot == slot and made.how_to_join in (how_to_join, ERASED):
            return
        self._refuse_if_closed()
        at = self._when(occurred_at, by)
        if slot.starts_at <= by.recorded_at:
            raise errors.AppointmentInThePast
        if slot.ends_at is not None and slot.ends_at <= slot.starts_at:
            raise errors.AppointmentEndsTooEarly
        number, reminder = self.bookings + 1, remind_at(self.pins, rules, slot.starts_at, at)
        facts: dict[str, Any] = {"number": number, "how_to_join": how_to_join, "remind_at": reminder}
        self._tell(talk.AppointmentBooked, by, rules, at, **facts, **dict(slot))

    def cancel_appointment(
        self, reason: str | None, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Call the appointment off; where there is none, that is no news."""
        self._refuse_unless_opened()
        if self.appointment is None:
            return
        facts: dict[str, Any] = {"number": self.appointment.number, "reason": reason}
        self._tell(talk.AppointmentCancelled, by, rules, self._when(occurred_at, by), **facts)

    def notice_timers(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Plan the reminder of an appointment that is near; one that has begun needs none."""
        super().notice_timers(now, by, rules)
        booked = self.appointment
        if booked is None or booked.remind_at is None:
            return
        if booked.remind_at <= now < booked.starts_at:
            self.plan_message("appointment_reminder", booked.about, by, not_before=booked.remind_at)
