"""What happens on the way to the decision and with what it grants."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from domain.complaint.codes import Outcome, Point, ResponseType
from domain.complaint.redress import NumberedRedress
from domain.kernel import Event
from domain.privacy import Code, Kept, PersonalText, PublicText


class Answering(Event):
    """What the complainant is to be answered, or was.

    ``descriptions`` holds what is said of the redress of a number, by that number; ``points`` the
    points that are answered; ``precedents`` the references of earlier decisions on the like of it
    (Del. Reg. (EU) 2025/294, art. 6(1) and (4)).
    """

    outcome: Outcome
    reasons: Kept[PersonalText] | None = None
    redress: tuple[NumberedRedress, ...] = ()
    descriptions: Kept[dict[Code, PersonalText]] | None = None
    points: tuple[Point, ...] = ()
    precedents: tuple[Code, ...] = ()
    root_cause: Code | None = None


class ResolutionProposed(Answering):
    """Somebody proposed how to answer the complaint; another person approves it or returns it."""

    TOPIC: ClassVar[str] = "complaint.resolution_proposed"


class ResolutionApproved(Event):
    """A second person approved the resolution that was proposed."""

    TOPIC: ClassVar[str] = "complaint.resolution_approved"

    proposed_by: Code


class ResolutionReturned(Event):
    """A second person returned the resolution that was proposed, to be thought over."""

    TOPIC: ClassVar[str] = "complaint.resolution_returned"

    reason: Kept[PersonalText]
    proposed_by: Code


class DecisionSent(Answering):
    """The decision was sent; the complaint is resolved from ``occurred_at``.

    ``remedies_named`` are the bodies that the complainant was told to turn to, ``waiver`` the
    wording by which the firm waived its time limits (DISP 1 Annex 3R).
    """

    TOPIC: ClassVar[str] = "complaint.decision_sent"

    parts: tuple[Code, ...] = ()
    source: dict[Code, PublicText] = Field(default_factory=dict)
    response_type: ResponseType | None = None
    remedies_named: tuple[Code, ...] = ()
    waiver: Code | None = None
    proposed_by: Code | None = None
    approved_by: Code | None = None


class RedressPaid(Event):
    """Redress reached the complainant; ``occurred_at`` is when it was paid."""

    TOPIC: ClassVar[str] = "complaint.redress_paid"

    redress: int
    reference: Kept[PersonalText] | None = None
    """The reference of the payment, which may tell an account."""
    settled: bool
    """Whether nothing is left to pay."""


RESOLUTION_EVENTS: tuple[type[Event], ...] = (
    ResolutionProposed,
    ResolutionApproved,
    ResolutionReturned,
    RedressPaid,
)
