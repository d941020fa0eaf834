"""How a ticket ends, and how it comes back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.ticket import events as e
from domain.ticket.state import Stage, State

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.ticket.state import Words


class Ending(State):
    """The commands of the answer and of what follows it."""

    def solve(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Record that the answer was given; a solved ticket is no news."""
        if self.status is Stage.SOLVED:
            return
        self._refuse_unless_unsolved()
        self._tell(e.Solved, by, rules, self._when(occurred_at, by), source=source)

    def close(
        self,
        by: Context,
        rules: Rulebook,
        *,
        code: str | None = None,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Close the ticket, solved or not; a closed one is no news."""
        if self.status is Stage.CLOSED:
            return
        self._refuse_unless_opened()
        self._tell(e.Closed, by, rules, self._when(occurred_at, by), code=code, source=source)

    def reopen(
        self,
        reason: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Take a solved or closed ticket up again; an unsolved one is no news."""
        if self.unsolved:
            return
        self._refuse_unless_opened()
        self._tell(e.Reopened, by, rules, self._when(occurred_at, by), reason=reason, source=source)
