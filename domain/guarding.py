"""What says for whom a case exists: how closely it is kept, and who opened it in an emergency."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from domain.access import Sensitivity
from domain.kernel import Event, Instant, Value
from domain.privacy import Code, Kept, PersonalText

EMERGENCY_LASTS = timedelta(hours=1)
"""For how long a case that was opened in an emergency stays open to whoever opened it."""


class SensitivityChanged(Event):
    """The case is kept more closely than before, or less, whatever its kind."""

    sensitivity: Sensitivity
    reason: Kept[PersonalText]


class EmergencyAccessGranted(Event):
    """Somebody opened a case that was hidden from them; it stays open to *principal* before *until*."""

    principal: Code
    reason: Kept[PersonalText]
    until: Instant


class ComplaintSensitivityChanged(SensitivityChanged):
    """The complaint is kept more closely than before, or less."""

    TOPIC: ClassVar[str] = "complaint.sensitivity_changed"


class ComplaintEmergencyAccessGranted(EmergencyAccessGranted):
    """Somebody opened a complaint that was hidden from them."""

    TOPIC: ClassVar[str] = "complaint.emergency_access_granted"


class TicketSensitivityChanged(SensitivityChanged):
    """The ticket is kept more closely than before, or less."""

    TOPIC: ClassVar[str] = "ticket.sensitivity_changed"


class TicketEmergencyAccessGranted(EmergencyAccessGranted):
    """Somebody opened a ticket that was hidden from them."""

    TOPIC: ClassVar[str] = "ticket.emergency_access_granted"


class Grant(Value):
    """That a case is open to somebody by name, before an instant."""

    principal: Code
    until: Instant

    def opens(self, principal: str, now: datetime) -> bool:
        """Whether the case is open to *principal* now."""
        return self.principal == principal and now < self.until


COMPLAINT_GUARDING: tuple[type[Event], ...] = (ComplaintSensitivityChanged, ComplaintEmergencyAccessGranted)
TICKET_GUARDING: tuple[type[Event], ...] = (TicketSensitivityChanged, TicketEmergencyAccessGranted)
