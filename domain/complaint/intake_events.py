"""What is learnt of the people of a complaint, with the receipt or later."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from domain.complaint.register import Representative, VulnerabilityDriver
from domain.kernel import Event
from domain.privacy import Kept, PersonalText


class Represented(Event):
    """Somebody speaks for the complainant from here on; *number* counts the representatives of the case."""

    TOPIC: ClassVar[str] = "complaint.represented"

    number: int
    representative: Kept[Representative]
    paid: bool | None = None
    """Whether they are paid for it; None where nobody asked."""
    taken_from: UUID | None = None
    """The case that goes on in this one which had them before."""


class RepresentationEnded(Event):
    """A representative speaks for the complainant no longer."""

    TOPIC: ClassVar[str] = "complaint.representation_ended"

    number: int
    reason: Kept[PersonalText] | None = None


class VulnerabilityFlagged(Event):
    """The complainant needs special care."""

    TOPIC: ClassVar[str] = "complaint.vulnerability_flagged"

    how_known: Kept[PersonalText]
    driver: Kept[VulnerabilityDriver] | None = None
    about_failure: bool = False
    """Whether the complaint is that this care was lacking."""


class VulnerabilityLifted(Event):
    """The complainant needs no special care, or no longer."""

    TOPIC: ClassVar[str] = "complaint.vulnerability_lifted"

    reason: Kept[PersonalText]


INTAKE_EVENTS: tuple[type[Event], ...] = (
    Represented,
    RepresentationEnded,
    VulnerabilityFlagged,
    VulnerabilityLifted,
)
