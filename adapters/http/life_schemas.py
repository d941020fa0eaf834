"""What a complaint shows beyond its submission: findings, redress, other bodies, corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias, cast
from uuid import UUID

from pydantic import BaseModel, Field

from domain.access import Sight
from domain.privacy import Withheld

Shown: TypeAlias = str | Withheld
"""A personal text; in its place why it is withheld: erased for good, or sealed while the keys are away."""


class Step(BaseModel):
    """A step of the investigation; a department that was consulted has its answer."""

    kind: str
    summary: Annotated[Shown, Sight.PERSONAL]
    department: str | None = None
    consultation: UUID | None = None
    due_at: datetime | None = None
    overdue: bool = False
    answer: Annotated[Shown | None, Sight.PERSONAL] = None
    answered_at: datetime | None = None
    at: datetime
    by: str


class PointFound(BaseModel):
    """What was found about one point that was raised."""

    point: str
    finding: str
    summary: Annotated[Shown, Sight.PERSONAL]
    at: datetime
    by: str


class Granted(BaseModel):
    """Something that was granted, and when it was paid."""

    number: Annotated[int, Sight.PUBLIC]
    kind: Annotated[str, Sight.PUBLIC]
    head: Annotated[str, Sight.PUBLIC]
    amount: Annotated[str | None, Sight.PUBLIC] = None
    currency: Annotated[str | None, Sight.PUBLIC] = None
    asset: Annotated[str | None, Sight.PUBLIC] = None
    value: Annotated[str | None, Sight.PUBLIC] = None
    valued_at: Annotated[datetime | None, Sight.PUBLIC] = None
    description: Annotated[Shown | None, Sight.SHARED] = None
    paid_at: Annotated[datetime | None, Sight.PUBLIC] = None
    reference: Annotated[Shown | None, Sight.SHARED] = None


class ProposedResolution(BaseModel):
    """How somebody proposed to answer, and what another person said of it."""

    state: str
    outcome: str
    reasons: Annotated[Shown | None, Sight.PERSONAL] = None
    redress: list[Granted] = Field(default_factory=list[Granted])
    points: list[str] = Field(default_factory=list[str])
    precedents: list[str] = Field(default_factory=list[str])
    root_cause: str | None = None
    at: datetime
    by: str
    judged_at: datetime | None = None
    judged_by: str | None = None
    returned_because: Annotated[Shown | None, Sight.PERSONAL] = None


class Referral(BaseModel):
    """That a body outside the firm has the complaint, and what it answered."""

    body: Annotated[str, Sight.PUBLIC]
    reference: Annotated[Shown | None, Sight.SHARED] = None
    at: Annotated[datetime, Sight.PUBLIC]
    deadline: Annotated[datetime | None, Sight.WORK] = None
    outcome: Annotated[str | None, Sight.PUBLIC] = None
    outcome_at: Annotated[datetime | None, Sight.PUBLIC] = None
    binding: Annotated[bool | None, Sight.PUBLIC] = None
    reasons: Annotated[Shown | None, Sight.SHARED] = None


class Correction(BaseModel):
    """What was recorded in error, and what is true."""

    what: str
    old: str | None = None
    new: str | None = None
    old_at: datetime | None = None
    new_at: datetime | None = None
    old_personal: Annotated[Shown | None, Sight.PERSONAL] = None
    new_personal: Annotated[Shown | None, Sight.PERSONAL] = None
    event_version: int | None = None
    other: UUID | None = None
    reason: Annotated[Shown, Sight.PERSONAL]
    at: datetime
    by: str


class Rating(BaseModel):
    """How the complainant rated the handling, from 1 to 5."""

    score: Annotated[int, Sight.PUBLIC]
    comment: Annotated[Shown | None, Sight.SHARED] = None
    at: Annotated[datetime, Sight.PUBLIC]


class Hold(BaseModel):
    """Why the record of the case is kept whatever else would let it go.

    A hold that came with another complaint has its reason there.
    """

    kind: str
    reason: Annotated[Shown | None, Sight.PERSONAL] = None
    at: datetime
    by: str


class Life(BaseModel):
    """The parts of a case that are no submission and no clock."""

    steps: Annotated[list[Step], Sight.WORK]
    findings: Annotated[list[PointFound], Sight.WORK]
    proposal: Annotated[ProposedResolution | None, Sight.WORK]
    redress: Annotated[list[Granted], Sight.PUBLIC]
    referrals: Annotated[list[Referral], Sight.PUBLIC]
    corrections: Annotated[list[Correction], Sight.WORK]
    rating: Annotated[Rating | None, Sight.PUBLIC]
    holds: Annotated[list[Hold], Sight.WORK]
    complained_of: Annotated[list[str], Sight.WORK]
    """Who of the staff is complained of, as cases name people."""


def shown_life(opened: dict[str, Any]) -> dict[str, Any]:
    """Return what is *opened* of a case for its reader as `Life` has it: each redress with its own text."""
    redress = [_described(each, each.get("descriptions")) for each in opened["redress"]]
    proposal = opened["proposal"]
    if proposal is not None:
        said = proposal.get("descriptions")
        proposal = proposal | {"redress": [_described(each, said) for each in proposal["redress"]]}
    people = {*opened["complained_of"]}.union(*opened["brought"].values())
    return opened | {"redress": redress, "proposal": proposal, "complained_of": sorted(people)}


def _described(redress: dict[str, Any], said: object) -> dict[str, Any]:
    texts = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    text = texts if "withheld" in texts else texts.get(str(redress["number"]))
    return redress | {"description": text}
