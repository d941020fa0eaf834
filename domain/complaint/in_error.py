"""What was recorded in error is marked: it stays in the history, and what it did is undone."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.clocks import ClockCancelled
from domain.clocks.clock import Status
from domain.clocks.promise import finished
from domain.clocks.promises import ACKNOWLEDGEMENT
from domain.complaint.corrected import Fact, Heard
from domain.complaint.corrections import Corrections
from domain.complaint.life_events import Corrected
from domain.complaint.paying import Paying
from domain.complaint.resolution_events import RedressPaid
from domain.complaint.state import Stage
from domain.kernel import upon

if TYPE_CHECKING:
    from uuid import UUID

    from domain.clocks import Clock
    from domain.clocks.promise import Promise
    from domain.kernel import Context
    from domain.policies import Rulebook

DECISION = "decision_sent"
ACKNOWLEDGED, ACCEPTED, REOPENED, PAID = "acknowledged", "accepted", "reopened", "redress_paid"


class InError(Corrections, Paying):
    """A complaint on which an event may have been recorded in error.

    An acknowledgement, an acceptance and a payment bar the true one from being recorded: marking
    one takes that back, and the clocks that it met run again.
    """

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.payments: dict[int, int] = {}
        """By the version of a payment, the number of the redress."""

    @upon(RedressPaid)
    def _keep_payment(self, event: RedressPaid) -> None:
        self.payments[event.originator_version] = event.redress

    @upon(Corrected)
    def _undo(self, event: Corrected) -> None:
        match event.undone:
            case "acknowledged":
                self.acknowledged = False
                if self.status is Stage.ACKNOWLEDGED:
                    self.status = Stage.RECEIVED
                elif self.before_merge is Stage.ACKNOWLEDGED:
                    self.before_merge = Stage.RECEIVED
            case "accepted":
                self.accepted = False
            case "redress_paid" if event.redress is not None:
                self.paid.pop(event.redress, None)
            case _:
                pass

    def heard(self) -> list[Heard]:
        """Return what has happened, as policies hear it; nothing is paid as long as something is owed."""
        return [each for each in super().heard() if each.word != PAID or not self.owed]

    def mark_in_error(
        self, version: int, reason: str, by: Context, rules: Rulebook, *, other: UUID | None = None
    ) -> None:
        """Mark the event of *version* as recorded in error, perhaps since it is of the case *other*.

        It stays in the history, struck out.  A clock that was stopped by it runs again; one that was
        missed is missed still, and waits for the act again.  While the case is merged into another, that
        is so of its own acknowledgement alone; the rest follows when the two part.
        """
        self._refuse_unless_received()
        self._refuse_if_complained_of(by)
        if version in self.in_error:
            return
        fact = next((each for each in self.facts if each.version == version), None)
        if fact is None:
            raise errors.UnknownEvent
        if fact.word == DECISION:
            raise errors.ReopenInstead
        undone = self._undone(fact)
        acts = {each.at for each in self.facts if each.word == undone.get("undone")}
        self.notice_misses(by.recorded_at, by, rules)
        facts: dict[str, Any] = {"event_version": version, "other": other, **undone}
        self.record(Corrected, by, what="event", reason=reason, **facts)
        if undone:
            self._run_again(undone["undone"], acts if undone["undone"] == PAID else {fact.at}, by, rules)

    def mend(self, by: Context, rules: Rulebook) -> None:
        """Undo, on a case that is merged no longer, what acts did that were marked in error meanwhile."""
        true = {(fact.word, fact.at) for fact in self.facts if fact.version not in self.in_error}
        for fact in [each for each in self.facts if each.version in self.in_error]:
            if fact.word is not None and (fact.word, fact.at) not in true:
                self._run_again(fact.word, {fact.at}, by, rules)

    def _undone(self, fact: Fact) -> dict[str, Any]:
        """Return what marking *fact* takes back, as the event says it; nothing where it has no effect."""
        if fact.version in self.payments:
            return {"undone": PAID, "redress": self.payments[fact.version]}
        later = {each.word for each in self.facts if each.version > fact.version}
        undoes = fact.word in {ACKNOWLEDGED, ACCEPTED} and fact.word not in later
        if not undoes or (fact.word == ACCEPTED and REOPENED in later):
            return {}
        return {"undone": fact.word}

    def _run_again(self, word: str, acts: set[datetime], by: Context, rules: Rulebook) -> None:
        """Let the clocks run again that *word* stopped at one of *acts*."""
        for promise in self.promises(by, rules):
            if self.survivor is not None and promise.term.milestone != ACKNOWLEDGEMENT:
                continue
            clocks = promise.clocks
            for clock, following in zip_longest(clocks, clocks[1:]):
                stopped = clock.status in {Status.MET, Status.MISSED} and clock.stopped_at in acts
                if not stopped or word not in promise.of(clock).term.stop:
                    continue
                if following is None:
                    self.run_again(promise, clock, clock.stopped_at or by.recorded_at)
                else:
                    self._run_until(promise, clock, following.started_at)

    def _run_until(self, promise: Promise, clock: Clock, ended_at: datetime) -> None:
        """Let *clock* run again until *ended_at*, when the next one of its promise took its place."""
        by, stopped_at = promise.by, clock.stopped_at or ended_at
        promise.resume(clock, by.recorded_at, finished(clock.pauses, stopped_at))
        self.notice_misses(ended_at, by, promise.rules)
        if self.clocks[clock.id].live:
            self.record(ClockCancelled, by, occurred_at=ended_at, clock_id=clock.id, cause=REOPENED)
