"""How a complaint ends, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from domain import errors
from domain.complaint import events as e
from domain.complaint.approval import Answer, Approving
from domain.complaint.state import Stage
from domain.privacy import ERASED

if TYPE_CHECKING:
    from domain.complaint.codes import ResponseType
    from domain.kernel import Context
    from domain.policies import Rulebook


class Resolution(Approving):
    """The commands of the decision and of what follows it."""

    def resolve(
        self,
        answer: Answer,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        known: bool = True,
        parts: tuple[str, ...] = (),
        source: Mapping[str, str] | None = None,
        response_type: ResponseType | None = None,
        remedies_named: tuple[str, ...] = (),
        waiver: str | None = None,
    ) -> None:
        """Record that the decision was sent; the same outcome for the same reasons again is no news.

        What was approved is sent as it was approved.  *known* is false, and *source* filled, when
        the decision comes from a register that gives no date for it.
        """
        said = (answer.outcome, answer.reasons)
        if self.status is Stage.RESOLVED and self.decision in (said, (answer.outcome, ERASED)):
            return
        self._refuse_unless_undecided()
        at = self._when(occurred_at, by)
        facts = self._decided(answer, by, rules) | {
            "source": dict(source or {}),
            "response_type": response_type,
            "remedies_named": remedies_named,
            "waiver": waiver,
        }
        self._tell(e.DecisionSent, by, rules, at, known=known, parts=parts, **facts)

    def accept(self, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None) -> None:
        """Record that the complainant accepted the answer; until a reopening, once is enough.

        It may come before any decision is sent: an informal answer can settle a complaint.
        """
        if self.accepted:
            return
        self._refuse_if_ended()
        self._tell(e.Accepted, by, rules, self._when(occurred_at, by))

    def close(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        known: bool = True,
    ) -> None:
        """Close a resolved complaint; a closed one is no news."""
        if self.status is Stage.CLOSED:
            return
        self._refuse_if_ended()
        if self.status is not Stage.RESOLVED:
            raise errors.DecisionNotSent
        self._tell(e.Closed, by, rules, self._when(occurred_at, by), known=known)

    def reopen(
        self, reason: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Take a decided or ended complaint up again; an open one is no news."""
        if self.undecided:
            return
        self._refuse_unless_received()
        self._tell(e.Reopened, by, rules, self._when(occurred_at, by), reason=reason)

    def withdraw(
        self, reason: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that the complainant does not pursue the complaint; once is enough."""
        if self.status is Stage.WITHDRAWN:
            return
        self._refuse_if_ended()
        self._tell(e.Withdrawn, by, rules, self._when(occurred_at, by), reason=reason)
