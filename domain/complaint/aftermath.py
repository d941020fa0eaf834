"""What happens outside the desk and after the end: other bodies, the complainant's rating, holds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.complaint import events as e
from domain.complaint import life_events as life
from domain.complaint.state import State
from domain.kernel import upon
from domain.linking.events import ComplaintAbsorbed, ComplaintBegunBySplit, ComplaintUnmerged
from domain.privacy import ERASED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from domain.case import Text
    from domain.complaint.codes import HoldKind
    from domain.kernel import Context, Event
    from domain.policies import Rulebook


class Aftermath(State):
    """The commands that an ended complaint has too; none of them stops another."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.referred: dict[str, str | None] = {}
        """By body: the outcome, None while it is awaited."""
        self.rating: tuple[int, Text] | None = None
        self.own_holds: frozenset[str] = frozenset()
        self.held_for: Mapping[UUID, frozenset[str]] = {}
        """The holds that complaints brought which go on in this one."""

    @property
    def holds(self) -> frozenset[str]:
        """The holds of this complaint and of those that go on in it."""
        return self.own_holds.union(*self.held_for.values())

    @upon(
        life.ReferredExternally,
        life.ExternalOutcomeRecorded,
        life.Rated,
        life.HoldPlaced,
        life.HoldLifted,
        ComplaintAbsorbed,
        ComplaintUnmerged,
        ComplaintBegunBySplit,
        e.Reopened,
    )
    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case life.ReferredExternally():
                self.referred[event.body] = None
            case life.ExternalOutcomeRecorded():
                self.referred[event.body] = event.outcome
            case life.Rated():
                self.rating = (event.score, event.comment)
            case life.HoldPlaced():
                self.own_holds |= {event.kind}
            case life.HoldLifted():
                self.own_holds -= {event.kind}
                self.held_for = {id: held - {event.kind} for id, held in self.held_for.items()}
            case ComplaintAbsorbed(other=other):
                self.held_for = {**self.held_for, other: frozenset(event.holds)}
                super().evolve(event)
            case ComplaintUnmerged(was="survivor", other=other):
                self.held_for = {id: held for id, held in self.held_for.items() if id != other}
                super().evolve(event)
            case ComplaintBegunBySplit():
                self.own_holds |= frozenset(event.holds)
                super().evolve(event)
            case e.Reopened():
                self.rating = None
                super().evolve(event)
            case _:
                super().evolve(event)

    @property
    def on_hold(self) -> bool:
        """Whether the record of the case has to be kept, whatever else would let it go."""
        return bool(self.holds)

    def passed_on(self) -> Mapping[str, Any]:
        """Return the holds besides, as the event of another complaint says it in which this one goes on."""
        return {**super().passed_on(), "holds": tuple(sorted(self.holds))}

    def refer_externally(
        self,
        body: str,
        by: Context,
        rules: Rulebook,
        *,
        reference: str | None = None,
        deadline: datetime | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record that the complaint went to *body*; while its outcome is awaited, once is enough."""
        self._refuse_unless_received()
        if body in self.referred and self.referred[body] is None:
            return
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"body": body, "reference": reference, "deadline": deadline}
        self._tell(life.ReferredExternally, by, rules, at, **facts)

    def record_external_outcome(
        self,
        body: str,
        outcome: str,
        by: Context,
        rules: Rulebook,
        *,
        reasons: str | None = None,
        binding: bool | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record what *body* answered; the same outcome again is no news, another one is."""
        self._refuse_unless_received()
        if body not in self.referred:
            raise errors.NothingReferred
        if self.referred[body] == outcome:
            return
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"body": body, "outcome": outcome, "reasons": reasons, "binding": binding}
        self._tell(life.ExternalOutcomeRecorded, by, rules, at, **facts)

    def rate(
        self,
        score: int,
        by: Context,
        rules: Rulebook,
        *,
        comment: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record how the complainant rates an ended complaint: once for each ending."""
        if self.rating in ((score, comment), (score, ERASED)):
            return
        self._refuse_unless_received()
        if not self.ended:
            raise errors.NotRateable
        if self.rating is not None:
            raise errors.AlreadyRated
        self._tell(life.Rated, by, rules, self._when(occurred_at, by), score=score, comment=comment)

    def place_hold(
        self,
        kind: HoldKind,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Keep the record of the case whatever else would let it go; one hold of a kind is enough."""
        if kind in self.own_holds:
            return
        self._refuse_unless_received()
        self._tell(life.HoldPlaced, by, rules, self._when(occurred_at, by), kind=kind, reason=reason)

    def lift_hold(
        self,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        kind: HoldKind | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Lift the hold of *kind*, or every hold; where there is none that is no news."""
        self._refuse_unless_received()
        lifted = sorted(self.holds if kind is None else self.holds & {kind})
        at = self._when(occurred_at, by)
        for each in lifted:
            self._tell(life.HoldLifted, by, rules, at, kind=each, reason=reason)
