"""How whoever a case is of is let in to read it: links, and taking them back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from domain.access import LEVELS, Sensitivity
from domain.case import Case
from domain.kernel import Event, Instant, upon

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class LinkIssued(Event):
    """A link was made by which a case is read, whatever its kind; what it opens by is nowhere kept."""

    generation: int
    expires_at: Instant


class LinksRevoked(Event):
    """Every link of the case was taken back; the next ones are of *generation*."""

    generation: int


class Invited(Case):
    """A case with links; an ended one has them too, since its answer stays to be read."""

    LINK_ISSUED: ClassVar[type[LinkIssued]]
    LINKS_REVOKED: ClassVar[type[LinksRevoked]]

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.link_generation = 0
        self.last_link: datetime | None = None

    @upon(LinkIssued)
    def _keep_link_end(self, event: LinkIssued) -> None:
        self.last_link = event.expires_at

    @upon(LinksRevoked)
    def _drop_links(self, event: LinksRevoked) -> None:
        self.link_generation, self.last_link = event.generation, None

    def issue_link(self, expires_at: datetime, by: Context, rules: Rulebook) -> None:
        """Record that a link was made that opens until *expires_at*; the same one again is no news."""
        self._refuse_unless_there()
        if self.last_link == expires_at:
            return
        facts: dict[str, Any] = {"generation": self.link_generation, "expires_at": expires_at}
        self._tell(self.LINK_ISSUED, by, rules, by.recorded_at, **facts)

    def revoke_links(self, by: Context, rules: Rulebook) -> None:
        """Take back every link there is; where none was made since the last time that is no news."""
        self._refuse_unless_there()
        if self.last_link is not None:
            generation = self.link_generation + 1
            self._tell(self.LINKS_REVOKED, by, rules, by.recorded_at, generation=generation)

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
