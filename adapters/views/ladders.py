"""Where the cases of a team go that are escalated, and who has them when they come back."""

from __future__ import annotations

from adapters.views.engine import ViewEngine
from adapters.views.staff import Staff
from domain.access import Right
from domain.complaint import Complaint
from domain.directory import principal_id
from domain.directory.events import Rung
from domain.reactions import NotYet
from domain.ticket import Ticket
from projections.directory import TEAMS, USERS

PATIENCE = 2.0
"""Seconds for which a look waits until the read models show all that was recorded."""


class LaddersNow:
    """Teams and people, with everything that was recorded before it is asked."""

    def __init__(self, staff: Staff, views: ViewEngine) -> None:
        self._staff, self._views = staff, views

    def of(self, team: str) -> list[Rung]:
        """Return where cases of *team* go that are escalated, but for teams that are closed."""
        self._wait(TEAMS.name)
        row = self._staff.team(team)
        rungs = () if row is None else row.escalates_to or ()
        return [each for each in rungs if self.takes(each.team)]

    def takes(self, team: str) -> bool:
        """Whether cases may be given to *team*; one that the directory lacks is known by its cases."""
        row = self._staff.team(team)
        return row is None or row.open

    def works(self, person: str, team: str, case: Complaint | Ticket) -> bool:
        """Whether *person* works on cases like *case* in *team*; anybody does while there are no users."""
        self._wait(USERS.name)
        if not self._staff.has_users():
            return True
        row = self._staff.user(person.removeprefix(principal_id("")))
        if row is None or not row.active or not row.principal.may(Right.WORK_CASES):
            return False
        return row.principal.scope.covers(team, case.legal_entity or "", case.sensitivity)

    def _wait(self, name: str) -> None:
        if not self._views.wait_for(self._views.store.ends(), PATIENCE, (name,)):
            raise NotYet
