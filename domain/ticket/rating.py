"""How content the customer is with the solution."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain import errors
from domain.kernel import upon
from domain.privacy import ERASED
from domain.ticket import events as e
from domain.ticket import talk_events as talk
from domain.ticket.state import State

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Rating(State):
    """The command that rates a solution, once."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.rating: talk.Rated | None = None

    @upon(talk.Rated)
    def _keep_rating(self, event: talk.Rated) -> None:
        self.rating = event

    @upon(e.Solved, e.Reopened)
    def _forget_rating(self, event: e.Solved | e.Reopened) -> None:
        del event
        self.rating = None

    def rate(
        self,
        score: int,
        by: Context,
        rules: Rulebook,
        *,
        comment: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record how the solution was rated; the same rating again is no news, another is refused."""
        self._refuse_unless_opened()
        if self.unsolved:
            raise errors.NotRateable
        if self.rating is not None:
            if self.rating.score == score and self.rating.comment in (comment, ERASED):
                return
            raise errors.AlreadyRated
        self._tell(talk.Rated, by, rules, self._when(occurred_at, by), score=score, comment=comment)
