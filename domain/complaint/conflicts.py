"""Who may not have a complaint: the person complained of, and who decided it before.

Del. Reg. (EU) 2025/293, art. 1(2)(b).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain import errors
from domain.complaint import events as e
from domain.complaint.life_events import PersonComplainedOfNamed
from domain.complaint.state import State
from domain.four_eyes import people_of

if TYPE_CHECKING:
    from uuid import UUID

    from domain.kernel import Context, Event
    from domain.policies import Rulebook

CONFLICT = "conflict"
"""Why a case goes back to the queue whose holder turns out to be complained of."""


class Conflicts(State):
    """A complaint that knows for whom it is not."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.complained_of: frozenset[str] = frozenset()
        self.deciders: frozenset[str] = frozenset()
        """Who took part in the decision that stands."""
        self.former_deciders: frozenset[str] = frozenset()
        """Who took part in decisions that were taken up again."""

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case PersonComplainedOfNamed():
                self.complained_of |= {event.user}
            case e.DecisionSent():
                people = filter(None, (event.actor, event.proposed_by, event.approved_by))
                self.deciders = frozenset().union(*map(people_of, people))
                super().evolve(event)
            case e.Reopened():
                self.former_deciders |= self.deciders
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

    def _refuse_if_complained_of(self, by: Context) -> None:
        """Nobody decides on a complaint about themselves."""
        if not people_of(by.actor).isdisjoint(self.complained_of):
            raise errors.NotYoursToDecide
