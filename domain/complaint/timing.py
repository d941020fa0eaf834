"""What people decide about the clocks of a complaint, and answer for by name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain import errors
from domain.clocks import Clock, Status
from domain.clocks import events as e
from domain.clocks.moving import Target, move
from domain.clocks.promise import finished
from domain.complaint.state import State
from domain.four_eyes import same_hand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.kernel import Context
    from domain.policies import Rulebook


class Timing(State):
    """The commands that change a promise after it was made, each with its author."""

    def pause_clock(
        self, id: UUID, reason: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Let a clock of a pausable term stand still; one that does is no news."""
        clock = self._clock(id)
        if not self.promise_of(clock, by, rules).term.pausable:
            raise errors.NotPausable
        if clock.status is Status.PAUSED:
            return
        at = self._when(occurred_at, by)
        _refuse_unless_live(clock, at)
        self.notice_misses(at, by, rules)
        self.record(e.ClockPaused, by, occurred_at=at, clock_id=id, reason=reason)

    def resume_clock(
        self, id: UUID, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Let a clock that stands still run again; one that runs is no news."""
        clock = self._clock(id)
        promise = self.promise_of(clock, by, rules)
        if not promise.term.pausable:
            raise errors.NotPausable
        if clock.status is Status.RUNNING:
            return
        at = self._when(occurred_at, by)
        _refuse_unless_live(clock, at)
        if at < clock.pauses[-1].from_:
            raise errors.ResumedTooEarly
        self.notice_misses(at, by, rules)
        promise.resume(clock, at, finished(clock.pauses, at))
        self.notice_misses(at, by, rules)

    def retarget(
        self,
        cause: str,
        by: Context,
        rules: Rulebook,
        *,
        id: UUID | None = None,
        reason: str | None = None,
        version: str | None = None,
        calendar_version: str | None = None,
        started_at: datetime | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Move one open clock, or all of them, to other versions or a corrected start.

        Without a version or a start they move to what is current now.  A clock that has
        fallen due by now stays where it is, noticed or not.  What changes nothing is no news.
        """
        self._refuse_unless_received()
        if started_at is not None and id is None:
            raise errors.ClockUnnamed
        if started_at is not None and started_at > by.recorded_at:
            raise errors.StartInTheFuture
        at, now = self._when(occurred_at, by), by.recorded_at
        target = Target(version=version, calendar_version=calendar_version, started_at=started_at)
        clocks = self._open(now) if id is None else [self._clock(id)]
        for clock in clocks:
            _refuse_unless_live(clock, now)
        moves = [move(self.promise_of(clock, by, rules), clock, target, now) for clock in clocks]
        for facts in filter(None, moves):
            self.record(e.ClockRetargeted, by, occurred_at=at, cause=cause, reason=reason, **facts)
        if any(moves):
            self.notice_misses(now, by, rules)

    def extend(
        self,
        id: UUID,
        parts: Iterable[str],
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Extend a clock by the notice of its term, where that notice is recorded elsewhere; once."""
        clock, said = self._clock(id), frozenset(parts)
        promise = self.promise_of(clock, by, rules)
        longer = promise.term.extension
        if longer is None:
            raise errors.NotExtendable
        if not said.issuperset(longer.required_parts):
            raise errors.PartsMissing
        if clock.extended_by is not None:
            return
        at = self._when(occurred_at, by)
        _refuse_unless_live(clock, at)
        self.notice_misses(at, by, rules)
        promise.extend(clock, at, said)

    def excuse_miss(
        self,
        id: UUID,
        reason_code: str,
        by: Context,
        *,
        reason: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Propose to excuse a miss, or agree with what somebody else proposed for the same reason.

        Another reason than the proposed one is a new proposal.  The miss stays a miss.
        """
        clock = self._clock(id)
        if clock.status is not Status.MISSED:
            raise errors.NotMissed
        same = clock.excusal_reason == reason_code
        proposed_by = clock.excusal_proposed_by
        if clock.excused or (same and proposed_by is not None and same_hand(proposed_by, by.actor)):
            return
        at = self._when(occurred_at, by)
        said: dict[str, Any] = {"clock_id": id, "reason_code": reason_code, "reason": reason}
        if same:
            self.record(e.ClockMissExcused, by, occurred_at=at, proposed_by=clock.excusal_proposed_by, **said)
        else:
            self.record(e.ClockExcusalProposed, by, occurred_at=at, **said)

    def _clock(self, id: UUID) -> Clock:
        self._refuse_unless_received()
        clock = self.clocks.get(id)
        if clock is None:
            raise errors.UnknownClock
        return clock

    def _open(self, now: datetime) -> list[Clock]:
        return [clock for clock in self.clocks.values() if clock.keeps(now)]


def _refuse_unless_live(clock: Clock, at: datetime) -> None:
    if not clock.keeps(at):
        raise errors.ClockNotLive
