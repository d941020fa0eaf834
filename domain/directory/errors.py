"""Every rule of the directory, by name."""

from __future__ import annotations

from domain.errors import DomainError


class NotThere(DomainError):
    """The directory does not have that name; add it, or see the list."""


class AlreadyThere(DomainError):
    """The directory has that name already; change what is there, or choose another name."""


class NotOnTheStaff(DomainError):
    """That user has left; record their return first, or name somebody else."""


class StillHandingOver(DomainError):
    """The cases of that user are still being handed over; record the return when that is done."""


class SuccessorIsSelf(DomainError):
    """Nobody hands over to themselves; name somebody else, or nobody for the queue of the team."""


class ImpersonatesAdmin(DomainError):
    """Nobody may act as an administrator; sign in as yourself."""


class TeamIsClosed(DomainError):
    """That team is closed; add it again, or name another."""


class TeamHasOpenCases(DomainError):
    """The team has open cases; assign them to another team first, then close it."""


class DefaultTeam(DomainError):
    """Every new complaint is given to this team; it cannot be closed."""


class Unknown(DomainError):
    """The directory does not have what is named at *place*, a JSON pointer."""

    def __init__(self, place: str) -> None:
        super().__init__(type(self).__doc__)
        self.place = place


class BeyondTheAdministrator(DomainError):
    """That reaches beyond your legal entities or clearance; keep within them, or ask who administers all."""


class UnknownTeam(Unknown):
    """There is no such team; add it with `plaint team add`, or name another."""


class UnknownEntity(Unknown):
    """There is no such legal entity; add it with POST /v1/legal-entities, or name another."""


class UnknownUser(Unknown):
    """No such user is on the staff; see GET /v1/users, or add them with `plaint user add`."""


class UnknownAssignee(DomainError):
    """Nobody of that name works on cases of this team; name a user as user:<login>, see GET /v1/users."""


class MoreThanTheUser(Unknown):
    """The token would open more than its user may; give it a role and teams within theirs."""
