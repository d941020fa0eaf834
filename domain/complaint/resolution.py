"""How a complaint ends, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.complaint import events as e
from domain.complaint.state import Stage, State
from domain.privacy import ERASED

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Resolution(State):
    """The commands of the decision and of what follows it."""

    def resolve(
        self,
        outcome: e.Outcome,
        reasons: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        known: bool = True,
        parts: tuple[str, ...] = (),
        source: Mapping[str, str] | None = None,
    ) -> None:
        """Record that the decision was sent; the same decision again is no news.

        *known* is false, and *source* filled, when the decision comes from a register
        that gives no date for it.
        """
        if self.status is Stage.RESOLVED and self.decision in ((outcome, reasons), (outcome, ERASED)):
            return
        self._refuse_unless_undecided()
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"outcome": outcome, "reasons": reasons, "source": dict(source or {})}
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
