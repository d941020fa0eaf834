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
    from domain.kernel import Context
    from domain.policies import Rulebook


class Parties(State):
    """The commands about vulnerability; an ended case has them too."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.vulnerability: VulnerabilityFlagged | None = None
        self.in_scope_regimes: tuple[str, ...] | None = None

    @upon(VulnerabilityFlagged)
    def _take_care(self, event: VulnerabilityFlagged) -> None:
        self.vulnerability = event

    @upon(VulnerabilityLifted)
    def _need_no_care(self, event: VulnerabilityLifted) -> None:
        del event
        self.vulnerability = None

    @upon(e.Triaged)
    def _keep_scope(self, event: e.Triaged) -> None:
        if event.in_scope_regimes is not None:
            self.in_scope_regimes = event.in_scope_regimes

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
