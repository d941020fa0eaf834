"""How a ticket ends, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.linking.errors import PromotedBefore
from domain.ticket import events as e
from domain.ticket.state import Stage, State
from domain.ticket.terms import closes_at, reopen_before

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.ticket.state import Words

AUTO = "auto"
"""The code of a ticket that closed by itself."""


class Ending(State):
    """The commands of the answer and of what follows it."""

    def solve(
        self,
        by: Context,
        rules: Rulebook,
        *,
        text: str | None = None,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Record that the answer was given; a solved ticket is no news.

        An answer with a *text* is one that the customer has: it acknowledges the request as well.
        """
        if self.status is Stage.SOLVED:
            return
        self._refuse_unless_unsolved()
        at = self._when(occurred_at, by)
        ends = closes_at(self._promised, rules, at)
        self._tell(e.Solved, by, rules, at, text=text, closes_at=ends, source=source)
        if text is not None:
            self.hear("acknowledged", by, rules, at=at)

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
        at = self._when(occurred_at, by)
        until = reopen_before(self._promised, rules, at)
        self._tell(e.Closed, by, rules, at, code=code, reopen_before=until, source=source)

    def reopen(
        self,
        reason: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Take a solved or closed ticket up again; an unsolved one is no news.

        A promoted one goes on as a complaint, and never beside it.
        """
        if self.unsolved:
            return
        self._refuse_unless_opened()
        if self.promoted_to is not None:
            raise PromotedBefore(self.promoted_to)
        at = self._when(occurred_at, by)
        if self.reopen_before is not None and at >= self.reopen_before:
            raise errors.ReopenedTooLate
        self._tell(e.Reopened, by, rules, at, reason=reason, source=source)

    def comes_back(self) -> Mapping[str, Any]:
        """Return when a solved ticket closes by itself that is merged no longer."""
        return {**super().comes_back(), "closes_at": self.closes_at}

    def notice_timers(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Close a solved ticket whose time for an objection was over by *now*, when that is noticed."""
        super().notice_timers(now, by, rules)
        if self.status is Stage.SOLVED and self.closes_at is not None and self.closes_at <= now:
            self.close(by, rules, code=AUTO)
