"""How a complainant is let in to read the case: links, and taking them back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.access import LEVELS, Sensitivity
from domain.complaint import events as e
from domain.complaint.state import State

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Invitation(State):
    """The commands about links; an ended case has them too, since its answer stays to be read."""

    def issue_link(self, expires_at: datetime, by: Context, rules: Rulebook) -> None:
        """Record that a link was made that opens until *expires_at*; the same one again is no news."""
        self._refuse_unless_received()
        if self.last_link == expires_at:
            return
        facts: dict[str, Any] = {"generation": self.link_generation, "expires_at": expires_at}
        self._tell(e.LinkIssued, by, rules, by.recorded_at, **facts)

    def set_sensitivity(
        self,
        sensitivity: Sensitivity,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Keep the case at *sensitivity*; where that is closer than before, every link is taken back."""
        closer = LEVELS.index(sensitivity) > LEVELS.index(self.sensitivity)
        super().set_sensitivity(sensitivity, reason, by, rules, occurred_at=occurred_at)
        if closer:
            self.revoke_links(by, rules)

    def revoke_links(self, by: Context, rules: Rulebook) -> None:
        """Take back every link there is; where none was made since the last time that is no news."""
        self._refuse_unless_received()
        if self.last_link is None:
            return
        self._tell(e.LinksRevoked, by, rules, by.recorded_at, generation=self.link_generation + 1)
