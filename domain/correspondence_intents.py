"""Messages that are to be sent: what for, to whom, in which language, and from when on.

A case plans a message; writing it, sending it and recording that it was sent is the part of the
correspondence, which finds here all that it begins with.  A message is known by what it is about:
planned again, it is no news.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias
from uuid import UUID

from domain.clocks import Promises
from domain.ids import derived
from domain.kernel import Event, Instant, Value, upon
from domain.privacy import Code

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook

Purpose: TypeAlias = Literal[
    "appointment_confirmation", "appointment_cancellation", "appointment_reminder", "files_reminder"
]
"""What a message is for; each has its template."""
Recipient: TypeAlias = Literal["customer"]
"""Whom a message is for, by their part in the case: an address is looked up when it is sent."""


class MessagePlanned(Event):
    """A message is to be sent, not before ``not_before``; ``about`` says which of its kind it is.

    ``message_id`` follows from the case, the purpose and ``about``.
    """

    message_id: UUID
    purpose: Purpose
    about: Code
    to: Recipient
    language: Code
    not_before: Instant


class ComplaintMessagePlanned(MessagePlanned):
    """A message about a complaint is to be sent."""

    TOPIC: ClassVar[str] = "complaint.message_planned"


class TicketMessagePlanned(MessagePlanned):
    """A message about a ticket is to be sent."""

    TOPIC: ClassVar[str] = "ticket.message_planned"


class Corresponding(Promises):
    """A case that plans messages; it knows in which language, and which are planned."""

    MESSAGE_PLANNED: ClassVar[type[MessagePlanned]]

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.language: str | None = None
        self.planned: frozenset[UUID] = frozenset()

    @upon(MessagePlanned)
    def _keep_plan(self, event: MessagePlanned) -> None:
        self.planned |= {event.message_id}

    def plan_message(
        self, purpose: Purpose, about: str, by: Context, *, not_before: datetime, to: Recipient = "customer"
    ) -> None:
        """Record that a message is to be sent; one that was planned is no news."""
        message_id = derived(self.id, f"message/{purpose}/{about}")
        if message_id in self.planned or self.language is None:
            return
        facts: dict[str, Any] = {"purpose": purpose, "about": about, "to": to, "language": self.language}
        self.record(self.MESSAGE_PLANNED, by, message_id=message_id, not_before=not_before, **facts)


class PlanMessage(Value):
    """Plan a message; asked again, there is nothing new."""

    NAME: ClassVar[str] = "plan_message"

    purpose: Purpose
    about: Code
    not_before: Instant

    def carry_out(self, case: Corresponding, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records or ignores."""
        del rules
        case.plan_message(self.purpose, self.about, by, not_before=self.not_before)
