"""Who stands beside the complainant or customer: representatives, of any kind of case."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID

from domain import errors
from domain.case import Case
from domain.complaint.intake_events import RepresentationEnded, Represented
from domain.complaint.register import Mandate, Representative
from domain.kernel import upon
from domain.linking.events import CaseUnmerged

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.privacy import Erased, Sealed


class Speaker(NamedTuple):
    """A representative, whether they are paid, and the case that goes on here which had them before."""

    representative: Representative | Sealed | Erased
    paid: bool | None = None
    taken_from: UUID | None = None


class Spoken(Case):
    """A case on which others may speak for whoever it is of; an ended one has them too."""

    REPRESENTED: ClassVar[type[Represented]]
    REPRESENTATION_ENDED: ClassVar[type[RepresentationEnded]]

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.represented = 0
        """Representatives that the case has had."""
        self.representatives: dict[int, Speaker] = {}

    @property
    def mandates(self) -> tuple[Mandate, ...]:
        """Who speaks here, as another case is told of it; what is sealed or erased is not said again."""
        clear = (each for each in self.representatives.values() if isinstance(each[0], Representative))
        return tuple(Mandate(**dict(each.representative), paid=each.paid) for each in clear)

    @upon(Represented)
    def _give_voice(self, event: Represented) -> None:
        self.represented = event.number
        self.representatives[event.number] = Speaker(event.representative, event.paid, event.taken_from)

    @upon(RepresentationEnded)
    def _take_voice(self, event: RepresentationEnded) -> None:
        self.representatives.pop(event.number, None)

    @upon(CaseUnmerged)
    def _part_speakers(self, event: CaseUnmerged) -> None:
        if event.was == "survivor":
            kept = {n: each for n, each in self.representatives.items() if each.taken_from != event.other}
            self.representatives = kept

    def represent(
        self,
        mandate: Mandate,
        by: Context,
        rules: Rulebook,
        *,
        taken_from: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record that somebody speaks for the complainant; whoever does so already is no news.

        One who was *taken_from* a case that goes on here goes with it when the two part.
        """
        self._refuse_unless_there()
        named = (mandate.representative, mandate.paid)
        if named in [(each.representative, each.paid) for each in self.representatives.values()]:
            return
        facts: dict[str, Any] = {"representative": named[0], "paid": named[1], "taken_from": taken_from}
        at = self._when(occurred_at, by)
        self._tell(self.REPRESENTED, by, rules, at, number=self.represented + 1, **facts)

    def hear_speakers(self, other: Case, by: Context, rules: Rulebook, *, at: datetime) -> None:
        """Let whoever speaks on *other*, which goes on here, speak here too."""
        for mandate in other.mandates if isinstance(other, Spoken) else ():
            self.represent(mandate, by, rules, taken_from=other.id, occurred_at=at)

    def end_representation(
        self,
        number: int,
        reason: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record that representative *number* speaks for the complainant no longer; once is enough."""
        self._refuse_unless_there()
        if not 0 < number <= self.represented:
            raise errors.NotRepresented
        if number not in self.representatives:
            return
        at = self._when(occurred_at, by)
        self._tell(self.REPRESENTATION_ENDED, by, rules, at, number=number, reason=reason)
