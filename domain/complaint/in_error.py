"""What was recorded in error is marked: it stays in the history, and what it did is undone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.clocks.clock import Status
from domain.complaint.corrections import Corrections, Fact, Heard
from domain.complaint.life_events import Corrected
from domain.complaint.paying import Paying
from domain.complaint.resolution_events import RedressPaid
from domain.complaint.state import Stage
from domain.kernel import upon

if TYPE_CHECKING:
    from uuid import UUID

    from domain.kernel import Context, Event
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

    @upon(RedressPaid, Corrected)
    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case RedressPaid():
                self.payments[event.originator_version] = event.redress
            case Corrected(undone="acknowledged"):
                self.acknowledged = False
                if self.status is Stage.ACKNOWLEDGED:
                    self.status = Stage.RECEIVED
                elif self.before_merge is Stage.ACKNOWLEDGED:
                    self.before_merge = Stage.RECEIVED
            case Corrected(undone="accepted"):
                self.accepted = False
            case Corrected(undone="redress_paid", redress=int(number)):
                self.paid.pop(number, None)
            case _:
                pass
        super().evolve(event)

    def heard(self) -> list[Heard]:
        """Return what has happened, as policies hear it; nothing is paid as long as something is owed."""
        return [each for each in super().heard() if each.word != PAID or not self.owed]

    def mark_in_error(
        self, version: int, reason: str, by: Context, rules: Rulebook, *, other: UUID | None = None
    ) -> None:
        """Mark the event of *version* as recorded in error, perhaps since it is of the case *other*.

        It stays in the history, struck out.  A clock that was met by it runs again; one that was
        missed stays missed, however late it was stopped.
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
        if undone and self.survivor is None:
            self._run_again(undone["undone"], acts if undone["undone"] == PAID else {fact.at}, by, rules)

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
        """Let the clocks run again that *word* met at one of *acts*, unless another has followed."""
        for promise in self.promises(by, rules):
            clock = promise.clocks[-1] if promise.clocks else None
            met = clock is not None and clock.status is Status.MET and clock.stopped_at in acts
            if clock is not None and met and word in promise.of(clock).term.stop:
                self.run_again(promise, clock, clock.stopped_at or by.recorded_at)
