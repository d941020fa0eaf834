"""Who may do what: roles, the rights that each one holds, and which cases exist for whom.

This is the one policy.  It says yes or no of a single case (`Scope.admits`), and the same
`Scope` is turned into the condition of a query wherever rows are listed, counted, searched
or streamed, so that none of them can show what another hides.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Protocol, TypeAlias
from uuid import UUID

from pydantic import StringConstraints

from domain.kernel import Value
from domain.privacy import Code, Public


class Role(StrEnum):
    """What somebody is at the desk."""

    COMPLAINANT = "complainant"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing that a role may be allowed to do."""

    READ_OWN_CASE = "read_own_case"
    """The case that a link was made for, as its complainant may see it."""
    ANSWER_OWN_CASE = "answer_own_case"
    """Supply information, accept, withdraw and rate: on the case that a link was made for, as of now."""
    READ_CASES = "read_cases"
    READ_ALL_TEAMS = "read_all_teams"
    READ_PERSONAL = "read_personal"
    """What concerns a person, without saying why."""
    READ_PERSONAL_FOR_A_PURPOSE = "read_personal_for_a_purpose"
    READ_LOG = "read_log"
    """Every event in the order of the log, and who read which case."""
    ATTACH_FILES = "attach_files"
    """Add files to a case that one may work on, or that is one's own."""
    WORK_CASES = "work_cases"
    EXCUSE_MISSES = "excuse_misses"
    APPROVE_RESOLUTIONS = "approve_resolutions"
    """Approve or return what somebody else proposed."""
    OVERRIDE_CONFLICTS = "override_conflicts"
    """Give a case to somebody whom it concerns, by an act that is recorded."""
    PLACE_HOLDS = "place_holds"
    """Keep the record of a case for a dispute or an authority, and let it go again."""
    RESTRICT_CASES = "restrict_cases"
    INVITE_COMPLAINANTS = "invite_complainants"
    """Hand out a link by which a complainant reads one case."""
    BREAK_GLASS = "break_glass"
    """Open one case that is hidden from you, in an emergency, by an act that is recorded."""
    HAND_OVER = "hand_over"
    """Give the open cases of one person to another."""
    LEAD_ISSUES = "lead_issues"
    """Say what is the matter with many cases, which these are, and what everybody concerned is told."""
    CONFIGURE = "configure"
    MANAGE_STAFF = "manage_staff"
    """Users, teams, legal entities, tokens."""
    IMPERSONATE = "impersonate"


_ON_CASES = frozenset({Right.READ_CASES, Right.READ_PERSONAL})
_WORKS = _ON_CASES | {Right.WORK_CASES, Right.ATTACH_FILES, Right.BREAK_GLASS, Right.INVITE_COMPLAINANTS}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COMPLAINANT: frozenset({Right.READ_OWN_CASE, Right.ANSWER_OWN_CASE, Right.ATTACH_FILES}),
    Role.HANDLER: _WORKS,
    Role.SUPERVISOR: _WORKS
    | {Right.READ_ALL_TEAMS, Right.EXCUSE_MISSES, Right.RESTRICT_CASES, Right.HAND_OVER, Right.LEAD_ISSUES}
    | {Right.APPROVE_RESOLUTIONS, Right.OVERRIDE_CONFLICTS},
    Role.AUDITOR: frozenset(
        {Right.READ_CASES, Right.READ_ALL_TEAMS, Right.READ_LOG, Right.READ_PERSONAL_FOR_A_PURPOSE}
    ),
    Role.COMPLIANCE: _ON_CASES | {Right.READ_ALL_TEAMS, Right.PLACE_HOLDS},
    Role.ADMIN: frozenset({Right.CONFIGURE, Right.MANAGE_STAFF, Right.IMPERSONATE}),
}
"""A handler sees the cases of their teams, a supervisor all, an administrator no case content."""


class Sensitivity(StrEnum):
    """How closely a case is kept; who may see a level sees those before it."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


LEVELS: tuple[Sensitivity, ...] = tuple(Sensitivity)
CLEARANCES: dict[Role, Sensitivity] = {
    Role.SUPERVISOR: Sensitivity.RESTRICTED,
    Role.AUDITOR: Sensitivity.CONFIDENTIAL,
    Role.COMPLIANCE: Sensitivity.CONFIDENTIAL,
}
"""The sensitivity that a role sees by itself; every other sees what is normal."""


class Sight(StrEnum):
    """Who a field of a document is for."""

    PUBLIC = "public"
    """For whoever may read the case."""
    SHARED = "shared"
    """What concerns a person and was said by the complainant or to them: they see it as well."""
    WORK = "work"
    """How the desk works on the case: not for the complainant."""
    PERSONAL = "personal"
    """What concerns a person, and is the desk's alone."""


OF_THEIR_OWN = frozenset({Sight.PUBLIC, Sight.SHARED})
IMPERSONAL = frozenset({Sight.PUBLIC, Sight.WORK})

TeamName: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""The name of a team: small letters, digits, - and _, since it is part of counters and addresses."""


class Guarded(Protocol):
    """What has to be known of a case to say for whom it exists."""

    @property
    def team(self) -> str: ...
    @property
    def legal_entity(self) -> str: ...
    @property
    def sensitivity(self) -> Sensitivity: ...


class Scope(Value):
    """Which cases exist for somebody: those of these teams and entities, up to a sensitivity.

    None stands for all.  It has no exception for single cases: what a person may open by name
    (`Principal.cases`) is in no list, count, search or stream.
    """

    teams: frozenset[str] | None = frozenset()
    legal_entities: frozenset[str] | None = None
    levels: frozenset[Sensitivity] = frozenset({Sensitivity.NORMAL})

    def admits(self, case: Guarded) -> bool:
        """Whether *case* exists here."""
        return self.covers(case.team, case.legal_entity, case.sensitivity)

    def covers(self, team: str, legal_entity: str, sensitivity: Sensitivity) -> bool:
        """Whether cases of that team, entity and sensitivity exist here."""
        return (
            (self.teams is None or team in self.teams)
            and (self.legal_entities is None or legal_entity in self.legal_entities)
            and sensitivity in self.levels
        )


NOTHING = Scope(levels=frozenset())


class Principal(Value):
    """Somebody who has proved who they are."""

    id: Code
    role: Role
    teams: tuple[TeamName, ...] = ()
    legal_entities: tuple[Code, ...] = ()
    """The legal entities whose cases they see; empty stands for every one."""
    clearance: Sensitivity = Sensitivity.NORMAL
    """The sensitivity up to which they see cases, where that is more than their role sees by itself."""
    cases: frozenset[UUID] = frozenset()
    """Single cases that are opened by name: a complainant's own, or one opened in an emergency."""
    behind: Code | None = None
    """Who really acts, where somebody impersonates this principal."""
    credential: Code | None = None
    """With what they came in, where they may come in with others that open more or less."""

    @property
    def sender(self) -> str:
        """Under what name requests are known again, and emergency grants count: one for each credential."""
        return self.id if self.credential is None else f"{self.id} with {self.credential}"

    @property
    def actor(self) -> str:
        """Who is recorded as the author of an act: both, where somebody acts as another."""
        return self.id if self.behind is None else f"{self.id} by {self.behind}"

    def may(self, right: Right) -> bool:
        """Whether the role holds *right*."""
        return right in RIGHTS[self.role]

    def sights(self, purpose: str | None) -> frozenset[Sight]:
        """Return which fields of a case this principal sees who reads it for *purpose*."""
        if not self.may(Right.READ_CASES):
            return OF_THEIR_OWN if self.may(Right.READ_OWN_CASE) else frozenset()
        for_a_purpose = purpose is not None and self.may(Right.READ_PERSONAL_FOR_A_PURPOSE)
        return frozenset(Sight) if for_a_purpose or self.may(Right.READ_PERSONAL) else IMPERSONAL

    def owes_a_purpose(self, case: Guarded) -> bool:
        """Whether this principal reads *case* only when they say why; its complainant never has to."""
        return case.sensitivity is not Sensitivity.NORMAL and self.may(Right.READ_CASES)

    @property
    def scope(self) -> Scope:
        """Which cases exist for this principal in every list, count, search and stream."""
        return _scope(self.role, self.teams, self.legal_entities, self.clearance)

    def opening(self, id: UUID) -> Principal:
        """Return this principal with the case *id* open to them by name."""
        return self.model_copy(update={"cases": self.cases | {id}})

    def sees(self, id: UUID, case: Guarded) -> bool:
        """Whether the case *id* exists for this principal when it is asked for by name."""
        return id in self.cases or self.scope.admits(case)

    def sees_team(self, team: str) -> bool:
        """Whether cases of *team* exist for this principal."""
        teams = self.scope.teams
        return teams is None or team in teams


@lru_cache(maxsize=1024)
def _scope(
    role: Role, teams: tuple[str, ...], legal_entities: tuple[str, ...], clearance: Sensitivity
) -> Scope:
    """Return which cases exist for whoever is that; it is asked several times a request."""
    if Right.READ_CASES not in RIGHTS[role]:
        return NOTHING
    by_role = CLEARANCES.get(role, Sensitivity.NORMAL)
    most = max(map(LEVELS.index, (clearance, by_role)))
    return Scope(
        teams=None if Right.READ_ALL_TEAMS in RIGHTS[role] else frozenset(teams),
        legal_entities=frozenset(legal_entities) or None,
        levels=frozenset(LEVELS[: most + 1]),
    )
