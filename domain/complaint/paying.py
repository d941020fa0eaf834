"""What a decision grants is given: redress is paid, on a closed complaint too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain import errors
from domain.complaint import events as e
from domain.complaint.resolution_events import RedressPaid
from domain.complaint.state import State
from domain.kernel import upon

if TYPE_CHECKING:
    from uuid import UUID

    from domain.complaint.redress import NumberedRedress
    from domain.kernel import Context, Event
    from domain.policies import Rulebook


class Paying(State):
    """A complaint that knows what it owes."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.redress: dict[int, NumberedRedress] = {}
        """What decisions granted, also one that was taken up again, by its number."""
        self.paid: dict[int, datetime] = {}

    @property
    def owed(self) -> frozenset[int]:
        """The numbers of what was granted and is not paid."""
        return frozenset(self.redress.keys() - self.paid.keys())

    @upon(e.DecisionSent)
    def _owe(self, event: e.DecisionSent) -> None:
        self.redress |= {each.number: each for each in event.redress}

    @upon(RedressPaid)
    def _settle(self, event: RedressPaid) -> None:
        self.paid[event.redress] = event.occurred_at

    def word_of(self, event: Event) -> str | None:
        """Return what *event* means to policies: of redress, that nothing is left to pay."""
        if type(event) is RedressPaid and not event.settled:
            return None
        return super().word_of(event)

    def pay_redress(
        self,
        number: int,
        by: Context,
        rules: Rulebook,
        *,
        paid_at: datetime | None = None,
        reference: str | None = None,
    ) -> None:
        """Record that the redress of that *number* was paid; once.

        The word ``redress_paid`` is heard by the clocks when nothing is left to pay: a promise of
        redress is kept with its last part.
        """
        self._refuse_unless_received()
        if number not in self.redress:
            raise errors.UnknownRedress
        if number in self.paid:
            return
        at = self._when(paid_at, by)
        settled = self.owed == frozenset({number})
        facts: dict[str, Any] = {"redress": number, "reference": reference, "settled": settled}
        if settled:
            self._tell(RedressPaid, by, rules, at, **facts)
        else:
            self.notice_misses(at, by, rules)
            self.record(RedressPaid, by, occurred_at=at, **facts)
