"""Who stands beside the complainant, and what care they need; learnt with the receipt or later."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from domain import errors
from domain.complaint import events as e
from domain.complaint.intake_events import (
    RepresentationEnded,
    Represented,
    VulnerabilityFlagged,
    VulnerabilityLifted,
)
from domain.complaint.state import State
from domain.kernel import upon

if TYPE_CHECKING:
    from domain.complaint.register import Mandate, Representative, Vulnerability
    from domain.kernel import Context, Event
    from domain.policies import Rulebook
    from domain.privacy import Erased, Sealed

    Named: TypeAlias = tuple[Representative | Sealed | Erased, bool | None]
    """A representative, and whether they are paid."""


class Parties(State):
    """The commands about representatives and vulnerability; an ended case has them too."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.represented = 0
        """Representatives that the case has had."""
        self.representatives: dict[int, Named] = {}
        self.vulnerability: VulnerabilityFlagged | None = None
        self.in_scope_regimes: tuple[str, ...] | None = None

    @upon(Represented, RepresentationEnded, VulnerabilityFlagged, VulnerabilityLifted, e.Triaged)
    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case Represented():
                self.represented = event.number
                self.representatives[event.number] = (event.representative, event.paid)
            case RepresentationEnded():
                self.representatives.pop(event.number, None)
            case VulnerabilityFlagged():
                self.vulnerability = event
            case VulnerabilityLifted():
                self.vulnerability = None
            case e.Triaged(in_scope_regimes=tuple() as regimes):
                self.in_scope_regimes = regimes
                super().evolve(event)
            case _:
                super().evolve(event)

    def represent(
        self, mandate: Mandate, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that somebody speaks for the complainant; whoever does so already is no news."""
        self._refuse_unless_received()
        named = (mandate.representative, mandate.paid)
        if named in self.representatives.values():
            return
        facts: dict[str, Any] = {"representative": named[0], "paid": named[1]}
        at = self._when(occurred_at, by)
        self._tell(Represented, by, rules, at, number=self.represented + 1, **facts)

    def end_representation(
        self,
        number: int,
        reason: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record that representative *number* speaks for the complainant no longer; once is enough."""
        self._refuse_unless_received()
        if not 0 < number <= self.represented:
            raise errors.NotRepresented
        if number not in self.representatives:
            return
        at = self._when(occurred_at, by)
        self._tell(RepresentationEnded, by, rules, at, number=number, reason=reason)

    def flag_vulnerability(
        self, found: Vulnerability, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that the complainant needs special care; the same finding again is no news."""
        self._refuse_unless_received()
        facts = dict(found)
        known = self.vulnerability
        if known is not None and all(getattr(known, name) == fact for name, fact in facts.items()):
            return
        self._tell(VulnerabilityFlagged, by, rules, self._when(occurred_at, by), **facts)

    def lift_vulnerability(
        self, reason: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that the complainant needs no special care; where none was needed that is no news."""
        self._refuse_unless_received()
        if self.vulnerability is None:
            return
        self._tell(VulnerabilityLifted, by, rules, self._when(occurred_at, by), reason=reason)
