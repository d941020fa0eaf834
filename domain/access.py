"""Who may do what: roles, and the rights that each one holds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import StringConstraints

from domain.kernel import Value
from domain.privacy import Code, Public


class Role(StrEnum):
    """What somebody is at the desk."""

    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing that a role may be allowed to do."""

    READ_CASES = "read_cases"
    READ_ALL_TEAMS = "read_all_teams"
    WORK_CASES = "work_cases"
    EXCUSE_MISSES = "excuse_misses"
    CONFIGURE = "configure"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.HANDLER: frozenset({Right.READ_CASES, Right.WORK_CASES}),
    Role.SUPERVISOR: frozenset(
        {Right.READ_CASES, Right.WORK_CASES, Right.READ_ALL_TEAMS, Right.EXCUSE_MISSES}
    ),
    Role.ADMIN: frozenset({Right.CONFIGURE}),
}
"""A handler sees the cases of their teams, a supervisor all, an administrator no case content."""


TeamName: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""The name of a team: small letters, digits, - and _, since it is part of counters and addresses."""


class Principal(Value):
    """Somebody who has proved who they are."""

    id: Code
    role: Role
    teams: tuple[TeamName, ...] = ()

    def may(self, right: Right) -> bool:
        """Whether the role holds *right*."""
        return right in RIGHTS[self.role]

    def sees_team(self, team: str) -> bool:
        """Whether cases of *team* exist for this principal."""
        return self.may(Right.READ_ALL_TEAMS) or (self.may(Right.READ_CASES) and team in self.teams)
