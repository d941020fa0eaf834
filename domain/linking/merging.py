"""What two cases are asked together: to be linked, to become one, and to be two again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.errors import NotYoursToDecide
from domain.linking import errors
from domain.linking.linked import Link
from domain.linking.people import differ
from domain.linking.promises import become_one, become_two

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.case import Case
    from domain.errors import DomainError
    from domain.kernel import Context
    from domain.linking.events import LinkKind
    from domain.policies import Rulebook

BOTH_WAYS: frozenset[LinkKind] = frozenset({"duplicate", "related"})
"""The links that say the same read from either case."""


def link(
    case: Case,
    other: Case,
    kind: LinkKind,
    by: Context,
    rules: Rulebook,
    *,
    occurred_at: datetime | None = None,
) -> None:
    """Record on both cases that *case* is a *kind* of *other*; a link that is there is no news."""
    for one, two, as_kept in _sides(case, other, kind):
        if as_kept not in one.links:
            facts = as_kept._asdict() | {"other_kind": two.LINKING.kind}
            one.tell_of_another(one.LINKING.linked, by, rules, occurred_at=occurred_at, **facts)


def unlink(
    case: Case,
    other: Case,
    kind: LinkKind,
    by: Context,
    rules: Rulebook,
    *,
    occurred_at: datetime | None = None,
) -> None:
    """Take the link of both cases back; one that is not there is no news."""
    for one, two, as_kept in _sides(case, other, kind):
        if as_kept in one.links:
            facts = as_kept._asdict() | {"other_kind": two.LINKING.kind}
            one.tell_of_another(one.LINKING.unlinked, by, rules, occurred_at=occurred_at, **facts)


def _sides(case: Case, other: Case, kind: LinkKind) -> tuple[tuple[Case, Case, Link], ...]:
    _refuse_unless_there(case, other)
    if case.id == other.id:
        raise errors.LinkToItself
    return (
        (case, other, Link(other.id, kind, inverse=False)),
        (other, case, Link(case.id, kind, inverse=kind not in BOTH_WAYS)),
    )


def refusals(
    away: Case, survivor: Case, by: Context, *, other_person_reason: str | None = None
) -> Iterator[DomainError]:
    """Yield every rule that forbids whoever asks to merge *away* into *survivor*.

    *survivor* is a case that is itself not merged: whoever asks has followed the chain to its end.
    """
    if away.id == survivor.id:
        yield errors.MergedInACircle()
        return
    if away.concerns(by.actor) or survivor.concerns(by.actor):
        yield NotYoursToDecide()
    if away.survivor is not None:
        yield errors.AlreadyMerged()
    if survivor.survivor is not None:
        yield errors.MergedAway(survivor.survivor, survivor.survivor_kind)
    if away.LINKING.kind == "complaint" and survivor.LINKING.kind == "ticket":
        yield errors.ComplaintIntoTicket()
    if away.legal_entity != survivor.legal_entity:
        yield errors.OtherLegalEntity()
    if other_person_reason is None and differ(away.person, survivor.person):
        yield errors.OtherPerson()
    if not survivor.awaits_answer:
        elsewhere = survivor.goes_on_as
        yield errors.SurvivorAnswered() if elsewhere is None else errors.SurvivorGoesOn(*elsewhere)
    if in_flight := away.in_flight | survivor.in_flight:
        files = away.files | survivor.files
        yield errors.FileInFlight({id: str(files[id].status) for id in in_flight})


def merge(
    away: Case,
    survivor: Case,
    by: Context,
    rules: Rulebook,
    *,
    other_person_reason: str | None = None,
    occurred_at: datetime | None = None,
) -> None:
    """Let *away* go on in *survivor*; where it does already that is no news.

    Nothing is moved and nothing is lost: each keeps what was said on it.  Of each pair of
    promises the earliest goes on at the survivor, unless *away* had its answer before.
    """
    _refuse_unless_there(away, survivor)
    if away.survivor == survivor.id:
        return
    for refusal in refusals(away, survivor, by, other_person_reason=other_person_reason):
        raise refusal
    awaited, at = away.awaits_answer, occurred_at or by.recorded_at
    gone = {
        "survivor": survivor.id,
        "survivor_kind": survivor.LINKING.kind,
        "other_person_reason": other_person_reason,
    }
    come = {"other": away.id, "other_kind": away.LINKING.kind, **away.passed_on()}
    away.tell_of_another(away.LINKING.merged, by, rules, occurred_at=occurred_at, **gone)
    survivor.tell_of_another(survivor.LINKING.absorbed, by, rules, occurred_at=occurred_at, **come)
    survivor.give_back(by, rules, at=at)
    survivor.hear_speakers(away, by, rules, at=at)
    if awaited:
        become_one(away, survivor, by, rules, at=at)


def unmerge(
    away: Case,
    survivor: Case,
    others: Iterable[Case],
    by: Context,
    rules: Rulebook,
    *,
    occurred_at: datetime | None = None,
) -> None:
    """Let two cases that were merged part again; for a case that is not merged that is no news.

    *others* are the cases that stay merged into *survivor*.
    """
    if away.survivor is None:
        return
    if survivor.survivor is not None:
        raise errors.SurvivorMergedToo
    at = occurred_at or by.recorded_at
    if away.merged_at is not None and at < away.merged_at:
        raise errors.UnmergedTooEarly
    was_merged: dict[str, Any] = {"other": survivor.id, "other_kind": survivor.LINKING.kind, "was": "merged"}
    was_merged |= away.comes_back()
    survived = {"other": away.id, "other_kind": away.LINKING.kind, "was": "survivor"}
    away.tell_of_another(away.LINKING.unmerged, by, rules, occurred_at=occurred_at, **was_merged)
    become_two(away, survivor, others, by, rules, at=at)
    survivor.tell_of_another(survivor.LINKING.unmerged, by, rules, occurred_at=occurred_at, **survived)


def _refuse_unless_there(*cases: Case) -> None:
    for case in cases:
        if case.received_at is None:
            raise case.MISSING
