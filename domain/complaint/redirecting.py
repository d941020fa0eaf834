"""How a complaint that is a general enquiry goes on as a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.complaint import events as e
from domain.complaint.state import Stage, State
from domain.ids import derived
from domain.kernel import upon
from domain.linking.events import OtherKind

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Redirecting(State):
    """The command that ends a case here and lets it go on elsewhere."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.receipt: e.Received | None = None
        self.redirections = 0
        self.redirected_to: UUID | None = None

    @upon(e.Received)
    def _keep_receipt(self, event: e.Received) -> None:
        self.receipt = event

    @upon(e.Redirected)
    def _point_on(self, event: e.Redirected) -> None:
        self.redirections += 1
        self.redirected_to = event.ticket

    @property
    def goes_on_as(self) -> tuple[UUID, OtherKind] | None:
        """The ticket that a redirected complaint goes on as, until it is reopened."""
        if self.status is not Stage.REDIRECTED or self.redirected_to is None:
            return None
        return self.redirected_to, "ticket"

    def redirect(
        self,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        form: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """End a case that is a general enquiry and no complaint; once is enough.

        It names the ticket that it goes on as, one for each time that it is redirected; *form* is
        the form that the sender should have used, where one would have fitted better.
        """
        if self.status is Stage.REDIRECTED:
            return
        self._refuse_unless_undecided()
        at = self._when(occurred_at, by)
        ticket = derived(self.id, f"redirected {self.redirections + 1}")
        self._tell(e.Redirected, by, rules, at, reason=reason, ticket=ticket, form=form)
