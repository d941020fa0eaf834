"""A case, complaint or ticket: what it has heard, when it can have happened, and how it is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from uuid import UUID

from domain import errors
from domain.access import Sensitivity
from domain.guarding import EMERGENCY_LASTS, EmergencyAccessGranted, Grant, SensitivityChanged
from domain.kernel import Event
from domain.linking import Linked
from domain.privacy import ERASED, Erased, Sealed
from domain.sensitive.events import ValueFlagged, ValueRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.sensitive import Spot

Text: TypeAlias = str | Sealed | Erased | None
Telling = tuple[str, datetime, Text]
"""A told fact: topic, instant and text; the same fact told twice is one fact."""


class Case(Linked):
    """A case with clocks that hear what happens on it.

    *WORDS* are the events that policies know by another word than their own; the other
    names are what each kind of case calls what happens to both.
    """

    WORDS: ClassVar[Mapping[str, str]] = {}
    SENSITIVITY_CHANGED: ClassVar[type[SensitivityChanged]]
    EMERGENCY_ACCESS_GRANTED: ClassVar[type[EmergencyAccessGranted]]
    VALUE_REFUSED: ClassVar[type[ValueRefused]]
    VALUE_FLAGGED: ClassVar[type[ValueFlagged]]
    MISSING: ClassVar[type[errors.DomainError]]
    """What is said of a case that is not there."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.received_at: datetime | None = None
        self.told: list[Telling] = []
        self.sensitivity = Sensitivity.NORMAL
        self.grants: tuple[Grant, ...] = ()

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case SensitivityChanged():
                self.sensitivity = event.sensitivity
            case EmergencyAccessGranted():
                self.grants = (*self.grants, Grant(principal=event.principal, until=event.until))
            case _:
                super().evolve(event)

    def set_sensitivity(
        self,
        sensitivity: Sensitivity,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Keep the case at *sensitivity*, an ended one too; the level that it has is no news."""
        if self.received_at is None:
            raise self.MISSING
        if sensitivity == self.sensitivity:
            return
        at = self._when(occurred_at, by)
        self._tell(self.SENSITIVITY_CHANGED, by, rules, at, sensitivity=sensitivity, reason=reason)

    def grant_emergency_access(self, principal: str, reason: str, by: Context, rules: Rulebook) -> None:
        """Open the case to *principal* for an hour; one that is open to them already is no news."""
        if self.received_at is None:
            raise self.MISSING
        at = by.recorded_at
        if any(grant.opens(principal, at) for grant in self.grants):
            return
        until = at + EMERGENCY_LASTS
        facts: dict[str, Any] = {"principal": principal, "reason": reason, "until": until}
        self._tell(self.EMERGENCY_ACCESS_GRANTED, by, rules, at, **facts)

    def refuse_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record that what was asked was refused for each of *spots*; an ended case has it on record too."""
        self._note_values(self.VALUE_REFUSED, spots, by, rules)

    def flag_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record that what was told holds each of *spots*."""
        self._note_values(self.VALUE_FLAGGED, spots, by, rules)

    def _note_values(self, event: type[Event], spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        if self.received_at is None:
            raise self.MISSING
        for spot in spots:
            self._tell(event, by, rules, by.recorded_at, field=spot.field, kind=spot.kind)

    def _remember(self, event: Event, text: Text) -> None:
        self.told.append((event.TOPIC, event.occurred_at, text))

    def _told(self, event: type[Event], occurred_at: datetime | None, text: Text) -> bool:
        """Whether the same was told before; erased text counts as the same, lest a repeat bring it back."""
        if occurred_at is None:
            return False
        # A list, since hashing what every load remembers would cost more than this seldom look through it.
        return any((event.TOPIC, occurred_at, each) in self.told for each in (text, ERASED))

    def _when(self, occurred_at: datetime | None, by: Context) -> datetime:
        """Return the instant of a new fact; refuse one that cannot be."""
        at = occurred_at or by.recorded_at
        if at > by.recorded_at:
            raise errors.InTheFuture
        if self.received_at is not None and at < self.received_at:
            raise errors.BeforeReceipt
        return at

    def _tell(
        self,
        event: type[Event],
        by: Context,
        rules: Rulebook,
        at: datetime,
        *,
        known: bool = True,
        parts: tuple[str, ...] = (),
        **facts: object,
    ) -> None:
        """Record *event* and let the clocks answer it; what fell due before it comes first."""
        self.notice_misses(at, by, rules)
        if parts:
            facts["parts"] = parts
        self.record(event, by, occurred_at=at, occurred_at_known=known, **facts)
        word = event.TOPIC.partition(".")[2]
        self.hear(self.WORDS.get(word, word), by, rules, at=at, parts=frozenset(parts))
