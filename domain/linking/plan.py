"""What a merge would do, told before anything is done: nothing is moved, and little changes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from domain.attachments import Status
from domain.clocks import MERGED, Clock
from domain.kernel import Instant, Value
from domain.linking.errors import number_of
from domain.linking.events import LinkKind, OtherKind
from domain.linking.merging import merge, refusals
from domain.privacy import Code, Public, PublicText

if TYPE_CHECKING:
    from domain.case import Case
    from domain.errors import DomainError
    from domain.kernel import Context
    from domain.policies import Rulebook

Becomes = Annotated[Literal["stays", "cancelled", "taken_over"], Public()]


class ClockPlan(Value):
    """What becomes of a promise that is still to be kept: a cancelled one has an earlier one beside it."""

    case: UUID
    clock: UUID
    regime: Code
    milestone: Code
    due_before: Instant
    becomes: Becomes


class LinkPlan(Value):
    """A link, which stays where it is."""

    other: UUID
    kind: Annotated[LinkKind, Public()]


class FilePlan(Value):
    """A file, which stays where it is; one that is neither accepted nor refused forbids the merge."""

    id: UUID
    status: Annotated[Status, Public()]


class Party(Value):
    """One of the two cases: what it brings, all of which stays where it is."""

    id: UUID
    reference: Code
    kind: Annotated[OtherKind, Public()]
    status: Code
    team: Code | None
    assignee: Code | None
    messages: int
    files: tuple[FilePlan, ...]
    links: tuple[LinkPlan, ...]
    merged: tuple[UUID, ...]


class Refusal(Value):
    """A rule that forbids the merge, and what to do about it."""

    rule: Code
    remedy: PublicText


class Plan(Value):
    """What the merge would do; with a refusal it would do nothing.

    Team, assignee and status of the survivor stay; the other case reads ``merged``.
    """

    merged: Party
    survivor: Party
    clocks: tuple[ClockPlan, ...]
    refusals: tuple[Refusal, ...]


def plan(
    away: Case, survivor: Case, by: Context, rules: Rulebook, *, other_person_reason: str | None = None
) -> Plan:
    """Return what merging *away* into *survivor* would do now; neither is changed."""
    found = tuple(refusals(away, survivor, by, other_person_reason=other_person_reason))
    before, after = (away, survivor), (deepcopy(away), deepcopy(survivor))
    for case in after:
        case.notice_misses(by.recorded_at, by, rules)
    if not found:
        before = deepcopy(after)
        merge(*after, by, rules, other_person_reason=other_person_reason)
    return Plan(
        merged=_party(away),
        survivor=_party(survivor),
        clocks=tuple(_clocks(before, after)),
        refusals=tuple(map(_refusal, found)),
    )


def _party(case: Case) -> Party:
    return Party(
        id=case.id,
        reference=number_of(case.id, case.LINKING.kind),
        kind=case.LINKING.kind,
        status=str(case.standing),
        team=case.team,
        assignee=case.assignee,
        messages=len(case.told) + 1,
        files=tuple(FilePlan(id=file.id, status=file.status) for file in case.files.values()),
        links=tuple(LinkPlan(other=each.other, kind=each.kind) for each in sorted(case.links)),
        merged=tuple(case.absorbed),
    )


def _clocks(before: tuple[Case, Case], after: tuple[Case, Case]) -> Iterator[ClockPlan]:
    taken = {clock.taken_clock for case in after for clock in case.clocks.values()}
    for was, will in zip(before, after, strict=True):
        for clock in was.clocks.values():
            if clock.live or clock.outstanding:
                yield ClockPlan(
                    case=was.id,
                    clock=clock.id,
                    regime=clock.regime,
                    milestone=clock.milestone,
                    due_before=clock.due_before,
                    becomes=_becomes(will.clocks[clock.id], taken),
                )


def _becomes(clock: Clock, taken: set[UUID | None]) -> Literal["stays", "cancelled", "taken_over"]:
    if clock.id in taken:
        return "taken_over"
    return "cancelled" if clock.ended_by == MERGED else "stays"


def _refusal(error: DomainError) -> Refusal:
    rule = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("_")
    return Refusal(rule=rule, remedy=error.remedy)
