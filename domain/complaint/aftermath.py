"""What happens outside the desk and after the end: other bodies, the complainant's rating."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.complaint import events as e
from domain.complaint import life_events as life
from domain.complaint.state import State
from domain.kernel import upon
from domain.privacy import ERASED

if TYPE_CHECKING:
    from uuid import UUID

    from domain.case import Text
    from domain.kernel import Context
    from domain.policies import Rulebook


class Aftermath(State):
    """The commands that an ended complaint has too; none of them stops another."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.referred: dict[str, str | None] = {}
        """By body: the outcome, None while it is awaited."""
        self.rating: tuple[int, Text] | None = None

    @upon(life.ReferredExternally)
    def _refer(self, event: life.ReferredExternally) -> None:
        self.referred[event.body] = None

    @upon(life.ExternalOutcomeRecorded)
    def _learn_outcome(self, event: life.ExternalOutcomeRecorded) -> None:
        self.referred[event.body] = event.outcome

    @upon(life.Rated)
    def _keep_rating(self, event: life.Rated) -> None:
        self.rating = (event.score, event.comment)

    @upon(e.Reopened)
    def _forget_rating(self, event: e.Reopened) -> None:
        del event
        self.rating = None

    def refer_externally(
        self,
        body: str,
        by: Context,
        rules: Rulebook,
        *,
        reference: str | None = None,
        deadline: datetime | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record that the complaint went to *body*; while its outcome is awaited, once is enough."""
        self._refuse_unless_received()
        if body in self.referred and self.referred[body] is None:
            return
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"body": body, "reference": reference, "deadline": deadline}
        self._tell(life.ReferredExternally, by, rules, at, **facts)

    def record_external_outcome(
        self,
        body: str,
        outcome: str,
        by: Context,
        rules: Rulebook,
        *,
        reasons: str | None = None,
        binding: bool | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record what *body* answered; the same outcome again is no news, another one is."""
        self._refuse_unless_received()
        if body not in self.referred:
            raise errors.NothingReferred
        if self.referred[body] == outcome:
            return
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"body": body, "outcome": outcome, "reasons": reasons, "binding": binding}
        self._tell(life.ExternalOutcomeRecorded, by, rules, at, **facts)

    def rate(
        self,
        score: int,
        by: Context,
        rules: Rulebook,
        *,
        comment: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record how the complainant rates an ended complaint: once for each ending."""
        if self.rating in ((score, comment), (score, ERASED)):
            return
        self._refuse_unless_received()
        if not self.ended:
            raise errors.NotRateable
        if self.rating is not None:
            raise errors.AlreadyRated
        self._tell(life.Rated, by, rules, self._when(occurred_at, by), score=score, comment=comment)
