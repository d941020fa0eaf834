"""How long the record of a case is kept whatever else would let it go: holds, of any kind of case."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from domain.case import Case
from domain.complaint.life_events import HoldLifted, HoldPlaced
from domain.kernel import upon
from domain.linking.events import Carried, CaseUnmerged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.complaint.codes import HoldKind
    from domain.kernel import Context
    from domain.policies import Rulebook


class Held(Case):
    """A case with holds; an ended one has them too, and one that goes on elsewhere."""

    HOLD_PLACED: ClassVar[type[HoldPlaced]]
    HOLD_LIFTED: ClassVar[type[HoldLifted]]

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.own_holds: frozenset[str] = frozenset()
        self.held_for: Mapping[UUID, frozenset[str]] = {}
        """The holds that other cases brought which go on in this one."""

    @property
    def holds(self) -> frozenset[str]:
        """The holds of this case and of those that go on in it."""
        return self.own_holds.union(*self.held_for.values())

    @property
    def on_hold(self) -> bool:
        """Whether the record of the case has to be kept, whatever else would let it go."""
        return bool(self.holds)

    @upon(HoldPlaced)
    def _hold(self, event: HoldPlaced) -> None:
        self.own_holds |= {event.kind}

    @upon(HoldLifted)
    def _let_go(self, event: HoldLifted) -> None:
        self.own_holds -= {event.kind}
        self.held_for = {id: held - {event.kind} for id, held in self.held_for.items()}

    @upon(Carried)
    def _take_holds_over(self, event: Carried) -> None:
        if event.brought_by is None:
            self.own_holds |= frozenset(event.holds)
        else:
            self.held_for = {**self.held_for, event.brought_by: frozenset(event.holds)}

    @upon(CaseUnmerged)
    def _part_holds(self, event: CaseUnmerged) -> None:
        if event.was == "survivor":
            self.held_for = {id: held for id, held in self.held_for.items() if id != event.other}

    def passed_on(self) -> Mapping[str, tuple[str, ...]]:
        """Return the holds besides, as the event of another case says it in which this one goes on."""
        return {**super().passed_on(), "holds": tuple(sorted(self.holds))}

    def brought_by(self, other: UUID) -> Mapping[str, tuple[str, ...]]:
        """Return the holds besides that *other* brought."""
        return {**super().brought_by(other), "holds": tuple(sorted(self.held_for.get(other, ())))}

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
        self._refuse_unless_there()
        self._tell(self.HOLD_PLACED, by, rules, self._when(occurred_at, by), kind=kind, reason=reason)

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
        self._refuse_unless_there()
        lifted = sorted(self.holds if kind is None else self.holds & {kind})
        at = self._when(occurred_at, by)
        for each in lifted:
            self._tell(self.HOLD_LIFTED, by, rules, at, kind=each, reason=reason)
