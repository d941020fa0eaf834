"""Who may not have a complaint: the person complained of, and who decided it before.

Del. Reg. (EU) 2025/293, art. 1(2)(b).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from domain import errors
from domain.complaint import events as e
from domain.complaint.life_events import PersonComplainedOfNamed
from domain.complaint.state import State
from domain.four_eyes import people_of
from domain.kernel import upon
from domain.linking.events import (
    CaseAbsorbed,
    CaseMerged,
    CaseSplit,
    CaseUnmerged,
    ComplaintAbsorbed,
    ComplaintBegunBySplit,
    ComplaintUnmerged,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.kernel import Context, Event
    from domain.policies import Rulebook

NOT_BY_THEM = (
    e.DeclaredInadmissible,
    e.Redirected,
    e.Withdrawn,
    e.Closed,
    CaseMerged,
    CaseAbsorbed,
    CaseUnmerged,
    CaseSplit,
)
"""What ends a complaint or lets it go on elsewhere: nobody does that to a complaint about themselves."""
CONFLICT = "conflict"
"""Why a case goes back to the queue whose holder turns out to be complained of."""


class Conflict(NamedTuple):
    """For whom a complaint is not."""

    complained_of: frozenset[str]
    former_deciders: frozenset[str]


class Conflicts(State):
    """A complaint that knows for whom it is not."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self._complained_of: frozenset[str] = frozenset()
        self._former_deciders: frozenset[str] = frozenset()
        self.brought: Mapping[UUID, Conflict] = {}
        """For whom the complaints are not that go on in this one."""
        self.deciders: frozenset[str] = frozenset()
        """Who took part in the decision that stands."""

    @property
    def complained_of(self) -> frozenset[str]:
        """Who is complained of, here or in a complaint that goes on here."""
        return self._complained_of.union(*(each.complained_of for each in self.brought.values()))

    @property
    def former_deciders(self) -> frozenset[str]:
        """Who took part in decisions that were taken up again, here or in a complaint that goes on here."""
        return self._former_deciders.union(*(each.former_deciders for each in self.brought.values()))

    @upon(
        PersonComplainedOfNamed,
        ComplaintAbsorbed,
        ComplaintUnmerged,
        ComplaintBegunBySplit,
        e.DecisionSent,
        e.Reopened,
    )
    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case PersonComplainedOfNamed():
                self._complained_of |= {event.user}
            case ComplaintAbsorbed(other=other):
                self.brought = {**self.brought, other: _conflict(event)}
                super().evolve(event)
            case ComplaintUnmerged(was="survivor", other=other):
                self.brought = {id: each for id, each in self.brought.items() if id != other}
                super().evolve(event)
            case ComplaintBegunBySplit():
                self._complained_of |= frozenset(event.complained_of)
                self._former_deciders |= frozenset(event.former_deciders)
                super().evolve(event)
            case e.DecisionSent():
                people = filter(None, (event.actor, event.proposed_by, event.approved_by))
                self.deciders = frozenset().union(*map(people_of, people))
                super().evolve(event)
            case e.Reopened():
                self._former_deciders |= self.deciders
                self.deciders = frozenset()
                super().evolve(event)
            case _:
                super().evolve(event)

    def name_person_complained_of(
        self, user: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that *user* is complained of; a case that they have goes back to the queue."""
        if user in self.complained_of:
            return
        self._refuse_unless_received()
        at = self._when(occurred_at, by)
        self._tell(PersonComplainedOfNamed, by, rules, at, user=user)
        if self.assignee is not None and user in people_of(self.assignee) and not self.ended:
            self._tell(e.Assigned, by, rules, at, team=self.team, assignee=None, reason_code=CONFLICT)

    def conflicts_with(self, person: str) -> bool:
        """Whether the case is not for *person*, unless somebody answers for it."""
        return not people_of(person).isdisjoint(self.complained_of | self.former_deciders)

    def concerns(self, person: str) -> bool:
        """Whether the complaint is about *person*, who then decides nothing about it."""
        return not people_of(person).isdisjoint(self.complained_of)

    def passed_on(self) -> Mapping[str, Any]:
        """Return for whom the complaint is not, as the event of another says it in which it goes on."""
        people = {"complained_of": self.complained_of, "former_deciders": self.former_deciders}
        return {**super().passed_on(), **{name: tuple(sorted(each)) for name, each in people.items()}}

    def remove_file(self, id: UUID, reason: str, by: Context) -> None:
        """Record that the file is taken off the complaint, not by whom that is about."""
        self._refuse_if_complained_of(by)
        super().remove_file(id, reason, by)

    def _tell(
        self,
        event: type[Event],
        by: Context,
        rules: Rulebook,
        at: datetime,
        *,
        known: bool = True,
        parts: tuple[str, ...] = (),
        **facts: object,
    ) -> None:
        """Record *event* as every case does; what ends the complaint, not by whom that is about."""
        if issubclass(event, NOT_BY_THEM):
            self._refuse_if_complained_of(by)
        super()._tell(event, by, rules, at, known=known, parts=parts, **facts)

    def _refuse_if_complained_of(self, by: Context) -> None:
        """Nobody decides on a complaint about themselves."""
        if self.concerns(by.actor):
            raise errors.NotYoursToDecide


def _conflict(event: ComplaintAbsorbed) -> Conflict:
    return Conflict(frozenset(event.complained_of), frozenset(event.former_deciders))
