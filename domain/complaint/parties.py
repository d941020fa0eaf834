"""What care the complainant needs, and which regimes are found to bind; learnt with the receipt or later."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.complaint import events as e
from domain.complaint.intake_events import VulnerabilityFlagged, VulnerabilityLifted
from domain.complaint.state import State
from domain.kernel import upon

if TYPE_CHECKING:
    from domain.complaint.register import Vulnerability
    from domain.kernel import Context, Event
    from domain.policies import Rulebook


class Parties(State):
    """The commands about vulnerability; an ended case has them too."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.vulnerability: VulnerabilityFlagged | None = None
        self.in_scope_regimes: tuple[str, ...] | None = None

    @upon(VulnerabilityFlagged, VulnerabilityLifted, e.Triaged)
    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case VulnerabilityFlagged():
                self.vulnerability = event
            case VulnerabilityLifted():
                self.vulnerability = None
            case e.Triaged(in_scope_regimes=tuple() as regimes):
                self.in_scope_regimes = regimes
                super().evolve(event)
            case _:
                super().evolve(event)

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
