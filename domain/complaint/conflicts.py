"""Who decided a complaint before, and so does not have it when it is taken up again.

Del. Reg. (EU) 2025/293, art. 1(2)(b).
"""

from __future__ import annotations

from uuid import UUID

from domain.complaint import events as e
from domain.complaint.state import State
from domain.four_eyes import people_of
from domain.kernel import upon


class Conflicts(State):
    """A complaint that knows who took part in its decisions."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.deciders: frozenset[str] = frozenset()
        """Who took part in the decision that stands."""

    @upon(e.DecisionSent)
    def _keep_deciders(self, event: e.DecisionSent) -> None:
        people = filter(None, (event.actor, event.proposed_by, event.approved_by))
        self.deciders = frozenset().union(*map(people_of, people))

    @upon(e.Reopened)
    def _let_deciders_go(self, event: e.Reopened) -> None:
        del event
        self._former_deciders |= self.deciders
        self.deciders = frozenset()
