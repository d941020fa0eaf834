"""Reading leaves a trace: who opened which case, what of it, when, and to what end."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.access import Guarded, Principal, Right, Role, Sensitivity
from domain.kernel import Event
from domain.privacy import Code, Kept, PersonalLine


class Part(StrEnum):
    """What of a case was opened."""

    DOCUMENT = "document"
    HISTORY = "history"
    CLOCKS = "clocks"
    EXPLANATION = "explanation"
    LOG = "log"
    """What concerns a person in its events, shown in the order of the log."""
    FILE = "file"
    """What one of its files holds."""
    READS = "reads"
    """To what ends others have read it."""
    SEARCH = "search"
    """That a search found it for a stated purpose, and by which of its fields."""


class CaseRead(Event):
    """Somebody opened a case; the event belongs to the case and stands in the log of reading.

    ``actor`` names both where one person acts as another; so do *principal* and *behind*, each alone.
    """

    TOPIC: ClassVar[str] = "case.read"

    part: Part
    principal: Code
    behind: Code | None = None
    request_id: Code | None = None
    purpose: Kept[PersonalLine] | None = None

    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody who read: the principal, and who acted as the principal."""
        return (self.principal,) if self.behind is None else (self.principal, self.behind)


READING_EVENTS: tuple[type[Event], ...] = (CaseRead,)


def waits_for_record(who: Principal, id: UUID, case: Guarded, purpose: str | None = None) -> bool:
    """Whether *who* gets the case *id* only once it is on disk that they read it.

    So it is for auditors, for a stated purpose, for somebody who acts as another, for cases kept
    more closely than others, and for a case that was opened in an emergency.
    """
    in_emergency = who.role is not Role.COMPLAINANT and id in who.cases and not who.scope.admits(case)
    return (
        purpose is not None
        or who.behind is not None
        or who.may(Right.READ_PERSONAL_FOR_A_PURPOSE)
        or case.sensitivity is not Sensitivity.NORMAL
        or in_emergency
    )
