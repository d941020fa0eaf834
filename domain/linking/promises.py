"""What becomes of the promises of two cases that become one, and of one that becomes two again.

Of every pair the earliest is left (`Promises.yield_to`), and it goes on at the survivor, where
what it waits for will happen.  Each case keeps its own acknowledgement.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.clocks import (
    ClockCancelled,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockTakenOver,
    clock_id,
)
from domain.clocks.clock import MERGED, UNMERGED, Clock
from domain.clocks.moving import Target, move
from domain.clocks.promise import closed
from domain.clocks.promises import ACKNOWLEDGEMENT, rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.case import Case
    from domain.kernel import Context
    from domain.linking.linked import Linked
    from domain.policies import Rulebook


def become_one(away: Linked, survivor: Linked, by: Context, rules: Rulebook, *, at: datetime) -> None:
    """Leave of each pair of promises the earliest, and let the survivor keep it."""
    away.yield_to(survivor, by, rules, at=at)
    survivor.yield_to(away, by, rules, at=at)
    for clock in _awaited(away):
        take_over(survivor, clock, away.id, by, rules, at=at)
        if clock.live:
            _cancel(away, clock, MERGED, survivor.id, by, at=at)


def take_over(
    survivor: Linked, clock: Clock, of: UUID, by: Context, rules: Rulebook, *, at: datetime
) -> None:
    """Let the promise that *clock* of the case *of* counts go on at *survivor*, as it stands."""
    term = rules.regime(clock.regime, clock.version).term(clock.milestone)
    number = len(survivor.chains.get((clock.regime, clock.milestone), ())) + 1
    survivor.record(
        ClockTakenOver,
        by,
        occurred_at=at,
        clock_id=clock_id(survivor.id, clock.regime, clock.milestone, number),
        taken_from=of,
        taken_clock=clock.id,
        number=number,
        window=term.window or None,
        missed_at=clock.noticed_at if clock.outstanding else None,
        **clock.pin.model_dump(),
        **{name: getattr(clock, name) for name in _AS_IT_STANDS},
    )


def become_two(
    away: Linked,
    survivor: Linked,
    others: Iterable[Linked],
    by: Context,
    rules: Rulebook,
    *,
    at: datetime,
) -> None:
    """Give each case its own promises back, due when they were; what passed meanwhile is missed now.

    *others* are the cases that stay merged into *survivor*: what each was promised stands on.
    """
    survivor.notice_misses(at, by, rules)
    for clock in tuple(survivor.clocks.values()):
        if clock.taken_from == away.id and (clock.live or clock.outstanding):
            _cancel(survivor, clock, UNMERGED, away.id, by, at=at)
    _revive(away, survivor.id, by, rules, at=at)
    away.mend(by, rules)
    _revive(survivor, away.id, by, rules, at=at)
    survivor.begin_own(away.id, by, rules)
    for other in others:
        _stand_on(other, survivor, by, rules, at=at)


def keep_corrected(away: Case, survivor: Case, by: Context, rules: Rulebook) -> None:
    """Let *survivor* keep what *away*, which goes on in it, was promised by what was corrected there.

    A promise that should have begun earlier, or later, is due then at the survivor; later only
    where no promise that was set aside for it is earlier.  One that begins by the correction goes over.
    """
    at = by.recorded_at
    if survivor.survivor is None and survivor.awaits_answer:
        survivor.notice_misses(at, by, rules)
        for clock in tuple(away.clocks.values()):
            if clock.ended_by == MERGED and clock.ended_for == survivor.id:
                _move(clock, away, survivor, by, rules)
        become_one(away, survivor, by, rules, at=at)
        survivor.notice_misses(at, by, rules)
    for clock in _awaited(away):
        if clock.live:
            _cancel(away, clock, MERGED, survivor.id, by, at=at)


def _move(clock: Clock, away: Case, survivor: Case, by: Context, rules: Rulebook) -> None:
    """Let *survivor* keep the promise of *clock*, which *away* set aside, as it was corrected."""
    at, true = by.recorded_at, away.as_corrected(clock, by, rules)
    chain = survivor.chain(clock.regime, clock.milestone)
    held = next((each for each in chain if each.taken_clock == clock.id), None)
    if held is None:
        left = chain[-1] if chain else None
        if true != clock and left is not None and left.live and rank(true) < rank(left):
            _cancel(survivor, left, MERGED, away.id, by, at=at)
            take_over(survivor, true, away.id, by, rules, at=at)
        return
    aside = (each for each in chain if each.set_aside and each.id != held.id)
    if not held.live or any(each.due_before < true.due_before for each in aside):
        return
    facts = move(survivor.promise_of(held, by, rules), held, Target(started_at=true.started_at), at)
    if facts is not None:
        survivor.record(ClockRetargeted, by, cause=CORRECTED, **facts)


def _stand_on(other: Linked, survivor: Linked, by: Context, rules: Rulebook, *, at: datetime) -> None:
    """Let *survivor* keep what *other* was promised, where an earlier promise that stood for it is gone."""
    taken = {clock.taken_clock for clock in survivor.clocks.values()}
    for clock in other.clocks.values():
        if clock.ended_by != MERGED or clock.ended_for != survivor.id or clock.id in taken:
            continue
        left = survivor.newest(clock.regime, clock.milestone)
        if left is None or left.set_aside or (left.live and rank(clock) < rank(left)):
            if left is not None and left.live:
                _cancel(survivor, left, MERGED, other.id, by, at=at)
            take_over(survivor, clock, other.id, by, rules, at=at)
    survivor.notice_misses(at, by, rules)


def _revive(case: Linked, parted: UUID, by: Context, rules: Rulebook, *, at: datetime) -> None:
    """Let the clocks that *case* set aside for the case *parted* run again, and hear what happened since."""
    aside = (each for each in case.clocks.values() if each.ended_by == MERGED and each.ended_for == parted)
    # A promise of a regime that turned out not to bind the case stays where it is.
    back = [each for each in aside if each.taken_from is not None or case.owns(each.regime)]
    since = min((case.aside[clock.id] for clock in back), default=0)
    acts = [act for act in case.acts if act.version > since]
    others = case.clocks.keys() - {clock.id for clock in back}
    for clock in back:
        _run_again(case, clock, by, at=at)
        case.restart(case.clocks[clock.id], by, rules)
    for act in acts if back else ():
        case.notice_misses(act.at, by, rules)
        for promise in case.promises(by, rules):
            if promise.clocks and promise.clocks[-1].id not in others:
                promise.hear(act.word, act.at, act.parts)
    _yield_within(case, back, by, at=at)
    case.notice_misses(at, by, rules)


def _run_again(case: Linked, clock: Clock, by: Context, *, at: datetime) -> None:
    """Let *clock* run to the instant that it ran to, or stand still where it stood still."""
    due = {name: getattr(clock, name) for name in ("due_date", "due_before", "warnings")}
    pauses = closed(clock.pauses)
    case.record(ClockResumed, by, occurred_at=at, clock_id=clock.id, pauses=pauses, **due)
    for pause in clock.pauses[len(pauses) :]:
        case.record(ClockPaused, by, occurred_at=pause.from_, clock_id=clock.id)


def _yield_within(case: Linked, back: Iterable[Clock], by: Context, *, at: datetime) -> None:
    """Set those of *back* aside again whose promise a case that is still merged has made for earlier."""
    for clock in back:
        rivals = (
            each
            for each in case.chain(clock.regime, clock.milestone)
            if each.taken_from is not None and (each.live or each.outstanding) and rank(each) < rank(clock)
        )
        rival = next(rivals, None)
        if rival is not None and case.clocks[clock.id].live:
            _cancel(case, clock, MERGED, rival.taken_from, by, at=at)


def _cancel(case: Linked, clock: Clock, cause: str, to: UUID | None, by: Context, *, at: datetime) -> None:
    case.record(ClockCancelled, by, occurred_at=at, clock_id=clock.id, cause=cause, to=to)


def _awaited(case: Linked) -> list[Clock]:
    """Return the promises that *case* has still to keep, but for its acknowledgement."""
    newest = (case.newest(*promise) for promise in case.chains if promise[1] != ACKNOWLEDGEMENT)
    return [clock for clock in newest if clock is not None and (clock.live or clock.outstanding)]


CORRECTED = "corrected"
"""Why clocks move, begin or end because of a correction."""
_AS_IT_STANDS = (
    "milestone",
    "legal",
    "day_zero",
    "due_date",
    "due_before",
    "warnings",
    "started_at",
    "pauses",
    "extended_by",
)
