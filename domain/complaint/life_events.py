"""What happens beside the line of a complaint's life, an ended one too."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from domain.clocks import Pin
from domain.complaint.codes import HoldKind, Score
from domain.kernel import Event, Instant
from domain.privacy import Code, Kept, PersonalText


class PersonComplainedOfNamed(Event):
    """A member of the staff is complained of: nobody like that handles the complaint."""

    TOPIC: ClassVar[str] = "complaint.person_complained_of_named"

    user: Code


class ReferredExternally(Event):
    """The complaint was referred to a body outside the firm: an ombudsman, a mediator, a court."""

    TOPIC: ClassVar[str] = "complaint.referred_externally"

    body: Code
    reference: Kept[PersonalText] | None = None
    deadline: Instant | None = None
    """Until when the body wants to hear from the firm."""


class ExternalOutcomeRecorded(Event):
    """A body outside the firm gave its answer."""

    TOPIC: ClassVar[str] = "complaint.external_outcome_recorded"

    body: Code
    outcome: Code
    reasons: Kept[PersonalText] | None = None
    binding: bool | None = None


class Corrected(Event):
    """A mistake in the record was corrected; what was recorded before stays beside it.

    ``what`` is the field of the receipt, or ``event``: then ``event_version`` was recorded in
    error, perhaps because it belongs to the case ``other``.  A fact is in ``old`` and ``new``, in
    ``old_at`` and ``new_at`` where it is an instant, and apart where it concerns a person.  With
    ``pins`` other regimes bind the case from here on, those ``lent`` only by promises of cases that
    were merged into it.  ``undone`` is the word of an act recorded in error that no longer counts: of a
    payment, that of the ``redress`` with this number.
    """

    TOPIC: ClassVar[str] = "complaint.corrected"

    what: Code
    reason: Kept[PersonalText]
    old: Code | None = None
    new: Code | None = None
    old_at: Instant | None = None
    new_at: Instant | None = None
    old_personal: Kept[PersonalText] | None = None
    new_personal: Kept[PersonalText] | None = None
    event_version: int | None = None
    other: UUID | None = None
    pins: tuple[Pin, ...] | None = None
    lent: tuple[Code, ...] = ()
    undone: Code | None = None
    redress: int | None = None


class Rated(Event):
    """The complainant rated how the complaint was handled, from 1 to 5 (ISO 10004)."""

    TOPIC: ClassVar[str] = "complaint.rated"

    score: Score
    comment: Kept[PersonalText] | None = None


class HoldPlaced(Event):
    """The record of the case has to be kept, whatever else would let it go."""

    TOPIC: ClassVar[str] = "complaint.hold_placed"

    kind: HoldKind
    reason: Kept[PersonalText]


class HoldLifted(Event):
    """A hold fell away."""

    TOPIC: ClassVar[str] = "complaint.hold_lifted"

    kind: HoldKind
    reason: Kept[PersonalText]


LIFE_EVENTS: tuple[type[Event], ...] = (
    PersonComplainedOfNamed,
    ReferredExternally,
    ExternalOutcomeRecorded,
    Corrected,
    Rated,
    HoldPlaced,
    HoldLifted,
)
