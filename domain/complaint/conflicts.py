"""Who decided a complaint before, and so does not have it when it is taken up again.

Del. Reg. (EU) 2025/293, art. 1(2)(b).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from domain.complaint import events as e
from domain.complaint.state import State
from domain.four_eyes import people_of
from domain.kernel import upon

if TYPE_CHECKING:
    from domain.kernel import Event


class Conflicts(State):
    """A complaint that knows who took part in its decisions."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.deciders: frozenset[str] = frozenset()
        """Who took part in the decision that stands."""

    @upon(e.DecisionSent, e.Reopened)
    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case e.DecisionSent():
                people = filter(None, (event.actor, event.proposed_by, event.approved_by))
                self.deciders = frozenset().union(*map(people_of, people))
            case e.Reopened():
                self._former_deciders |= self.deciders
                self.deciders = frozenset()
            case _:
                pass
        super().evolve(event)
