"""A case, complaint or ticket: what it has heard, when it can have happened, and how it is told."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from uuid import UUID

from domain import errors
from domain.access import Sensitivity
from domain.assignable import Assignable
from domain.attachments.events import AttachmentEvent
from domain.clocks import ClockEvent
from domain.correspondence_intents import Corresponding
from domain.guarding import EMERGENCY_LASTS, EmergencyAccessGranted, Grant, SensitivityChanged
from domain.issues.joined import IssueLinked, IssueUnlinked, Joined
from domain.kernel import Event, upon
from domain.linking.errors import MergedAway
from domain.linking.events import Linking, OtherKind
from domain.linking.people import Person
from domain.privacy import ERASED, Erased, Sealed
from domain.sensitive.events import ValueFlagged, ValueRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.sensitive import Spot

STILL_HAPPENS = frozenset(
    {
        "acknowledged",
        "sensitivity_changed",
        "emergency_access_granted",
        "link_issued",
        "links_revoked",
        "linked",
        "unlinked",
        "merged",
        "unmerged",
        "source_updated",
        "value_refused",
        "department_answered",
        "department_overdue",
        "redress_paid",
        "external_outcome_recorded",
        "hold_placed",
        "hold_lifted",
        "person_complained_of_named",
        "safeguards_carried",
    }
)
"""What still happens to a case that was merged into another: its own letter, who may see it, what was
asked or owed before, for whom it is not, and how long its record is kept."""
Text: TypeAlias = str | Sealed | Erased | None
Telling = tuple[type[Event], datetime, Text]
"""A told fact: event, instant and text; the same fact told twice is one fact."""


@cache
def _own_word(event: type[Event]) -> str | None:
    """Return what an event is called beside its kind of case; None for what no promise hears."""
    return None if issubclass(event, (ClockEvent, AttachmentEvent)) else event.TOPIC.partition(".")[2]


class Case(Assignable, Joined, Corresponding):
    """A case with clocks that hear what happens on it.

    *WORDS* are the events that policies know by another word than their own; the other
    names are what each kind of case calls what happens to both.
    """

    WORDS: ClassVar[Mapping[str, str]] = {}
    SENSITIVITY_CHANGED: ClassVar[type[SensitivityChanged]]
    EMERGENCY_ACCESS_GRANTED: ClassVar[type[EmergencyAccessGranted]]
    ISSUE_LINKED: ClassVar[type[IssueLinked]]
    ISSUE_UNLINKED: ClassVar[type[IssueUnlinked]]
    VALUE_REFUSED: ClassVar[type[ValueRefused]]
    VALUE_FLAGGED: ClassVar[type[ValueFlagged]]
    MISSING: ClassVar[type[errors.DomainError]]
    """What is said of a case that is not there."""
    LINKING: ClassVar[Linking]
    """The events that tell of other cases."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.received_at: datetime | None = None
        self.legal_entity: str | None = None
        self.category: str | None = None
        self.told: list[Telling] = []
        self.sensitivity = Sensitivity.NORMAL
        self.grants: tuple[Grant, ...] = ()

    @upon(SensitivityChanged)
    def _keep_sensitivity(self, event: SensitivityChanged) -> None:
        self.sensitivity = event.sensitivity

    @upon(EmergencyAccessGranted)
    def _keep_grant(self, event: EmergencyAccessGranted) -> None:
        self.grants = (*self.grants, Grant(principal=event.principal, until=event.until))

    @property
    def awaits_answer(self) -> bool:
        """Whether the answer to the case is still to be given."""
        raise NotImplementedError

    @property
    def goes_on_as(self) -> tuple[UUID, OtherKind] | None:
        """The case of the other kind that this one goes on as, being none of its kind; None for most."""
        return None

    @property
    def standing(self) -> str | None:
        """Where the case stands in its life; None before its receipt."""
        raise NotImplementedError

    def overhear(self, event: Event) -> None:
        """Keep what *event* means to policies, for the promises that are set aside."""
        word = self.word_of(event)
        if word is not None:
            self.remember(word, event)

    def word_of(self, event: Event) -> str | None:
        """Return what *event* means to policies; None for what no promise hears: clocks and files."""
        return self.word_for(type(event))

    def word_for(self, event: type[Event]) -> str | None:
        """Return what events of a class mean to policies, if all of them mean the same."""
        word = _own_word(event)
        return None if word is None else self.WORDS.get(word, word)

    def concerns(self, person: str) -> bool:
        """Whether the case is about *person*, who then decides nothing about it."""
        del person
        return False

    @property
    def person(self) -> Person:
        """Whom the case is of, as far as it is known; what is sealed says nothing."""
        return Person()

    def comes_back(self) -> Mapping[str, Any]:
        """Return what the case waits for again once it is merged no longer, as the event of that says it."""
        return {}

    def passed_on(self) -> Mapping[str, tuple[str, ...]]:
        """Return what goes with the case into another one, as the event there says it."""
        return {}

    def brought_by(self, other: UUID) -> Mapping[str, tuple[str, ...]]:
        """Return what the case *other*, which goes on in this one, brought, in the same words."""
        del other
        return {}

    def hear_of(
        self, other: UUID, passed: Mapping[str, tuple[str, ...]], by: Context, rules: Rulebook
    ) -> bool:
        """Take what the case *other*, which goes on here, has *passed* on; say whether that was news."""
        if passed == self.brought_by(other):
            return False
        facts: dict[str, Any] = {"other": other, **passed}
        self._tell(self.LINKING.carried, by, rules, by.recorded_at, **facts)
        return True

    def hear_speakers(self, other: Case, by: Context, rules: Rulebook, *, at: datetime) -> None:
        """Let whoever speaks on *other*, which goes on here, speak here too."""

    def give_back(self, by: Context, rules: Rulebook, *, at: datetime) -> None:
        """Let the case go back to the queue whose holder may not have it."""

    def tell_of_another(
        self,
        event: type[Event],
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        **facts: Any,
    ) -> None:
        """Record *event*, which another case records from its side; its clocks may hear it."""
        self._tell(event, by, rules, self._when(occurred_at, by), **facts)

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
        self._refuse_unless_there()
        if sensitivity == self.sensitivity:
            return
        at = self._when(occurred_at, by)
        self._tell(self.SENSITIVITY_CHANGED, by, rules, at, sensitivity=sensitivity, reason=reason)

    def grant_emergency_access(self, principal: str, reason: str, by: Context, rules: Rulebook) -> None:
        """Open the case to *principal* for an hour; one that is open to them already is no news."""
        self._refuse_unless_there()
        at = by.recorded_at
        if any(grant.opens(principal, at) for grant in self.grants):
            return
        until = at + EMERGENCY_LASTS
        facts: dict[str, Any] = {"principal": principal, "reason": reason, "until": until}
        self._tell(self.EMERGENCY_ACCESS_GRANTED, by, rules, at, **facts)

    def link_issue(self, issue: UUID, by: Context, rules: Rulebook, *, by_rule: bool = False) -> None:
        """Link the case to *issue*, an ended one too; one that is linked is no news."""
        self._refuse_unless_there()
        if issue not in self.issues:
            self._tell(self.ISSUE_LINKED, by, rules, by.recorded_at, issue=issue, by_rule=by_rule)

    def unlink_issue(self, issue: UUID, by: Context, rules: Rulebook) -> None:
        """Take the case away from *issue*; one that is not linked is no news."""
        self._refuse_unless_there()
        if issue in self.issues:
            self._tell(self.ISSUE_UNLINKED, by, rules, by.recorded_at, issue=issue)

    def refuse_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record that what was asked was refused for each of *spots*; an ended case has it on record too."""
        self._note_values(self.VALUE_REFUSED, spots, by, rules)

    def flag_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record that what was told holds each of *spots*."""
        self._note_values(self.VALUE_FLAGGED, spots, by, rules)

    def _refuse_unless_there(self) -> None:
        if self.received_at is None:
            raise self.MISSING

    def _note_values(self, event: type[Event], spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        self._refuse_unless_there()
        for spot in spots:
            self._tell(event, by, rules, by.recorded_at, field=spot.field, kind=spot.kind)

    def _remember(self, event: Event, text: Text) -> None:
        self.told.append((type(event), event.occurred_at, text))

    def _told(self, event: type[Event], occurred_at: datetime | None, text: Text) -> bool:
        """Whether the same was told before; erased text counts as the same, lest a repeat bring it back."""
        if occurred_at is None:
            return False
        # A list, since hashing what every load remembers would cost more than this seldom look through it.
        return any((event, occurred_at, each) in self.told for each in (text, ERASED))

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
        """Record *event* and let the clocks answer it; what fell due before it comes first.

        Of a case that was merged into another only the few things are recorded that still happen to it.
        """
        word = event.TOPIC.partition(".")[2]
        if self.survivor is not None and word not in STILL_HAPPENS:
            raise MergedAway(self.survivor, self.survivor_kind)
        self.notice_misses(at, by, rules)
        if parts:
            facts["parts"] = parts
        self.record(event, by, occurred_at=at, occurred_at_known=known, **facts)
        self.hear(self.WORDS.get(word, word), by, rules, at=at, parts=frozenset(parts))
