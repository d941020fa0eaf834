"""What happens to the directory: users, teams and legal entities, each a stream of its own in log 0."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from domain.access import LEVELS, Role, Scope, Sensitivity, TeamName
from domain.complaint.codes import Level
from domain.kernel import Event, Value
from domain.privacy import Code, Kept, PersonalLine, Public, PublicText

Login: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""The name under which the firm knows somebody: an identifier that it chose, never an e-mail address."""
EntityCode: TypeAlias = Annotated[
    str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
]
"""The code of a legal entity as a new one is named; it is part of addresses."""
Title: TypeAlias = Annotated[PublicText, StringConstraints(min_length=1, max_length=200)]
"""What a team or an entity is called; it names no person."""
Skills: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=100)]
"""What somebody knows about: categories of cases."""
Languages: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=50)]
"""The languages in which somebody answers, as BCP 47 tags; what stands before the hyphen counts."""
Capacity: TypeAlias = Annotated[int, Field(ge=0, le=10_000)]
"""Undecided cases beyond which nothing is given to somebody by itself; by hand it may be."""
Assignment: TypeAlias = Literal["manual", "round_robin"]
"""How the cases of a team find somebody: by hand, or whoever has least to do is given them."""
UserMayLack: TypeAlias = Literal["email", "capacity"]
TeamMayLack: TypeAlias = Literal["legal_entity", "title", "escalates_to"]
"""What a change may take away."""
LeaveReason: TypeAlias = Literal["left", "moved", "duplicate", "other"]
"""Why a user no longer works here, in words that say nothing else about them."""


class Reach(Value):
    """The cases that existed for somebody when they asked for something; None stands for every one."""

    teams: tuple[TeamName, ...] | None = None
    legal_entities: tuple[Code, ...] | None = None
    levels: tuple[Sensitivity, ...] = LEVELS

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """Return the reach of *scope*, in an order that is always the same."""
        return cls(
            teams=None if scope.teams is None else tuple(sorted(scope.teams)),
            legal_entities=None if scope.legal_entities is None else tuple(sorted(scope.legal_entities)),
            levels=tuple(level for level in LEVELS if level in scope.levels),
        )

    @property
    def scope(self) -> Scope:
        """The same as it is asked of a query."""
        return Scope(
            teams=None if self.teams is None else frozenset(self.teams),
            legal_entities=None if self.legal_entities is None else frozenset(self.legal_entities),
            levels=frozenset(self.levels),
        )

    def exists_for(self, scope: Scope) -> bool:
        """Whether what was said of these cases exists in *scope*.

        It does not for whoever lacks one of their legal entities, which know nothing of one another;
        of their teams and their sensitivities it is enough to see some.
        """
        reach = self.scope
        return (
            _holds(scope.legal_entities, reach.legal_entities)
            and _meet(scope.teams, reach.teams)
            and bool(scope.levels & reach.levels)
        )


def _meet(some: frozenset[str] | None, others: frozenset[str] | None) -> bool:
    """Whether any is among both, where None stands for every one that there is."""
    return bool(some & others) if some is not None and others is not None else some != frozenset()


def _holds(all: frozenset[str] | None, some: frozenset[str] | None) -> bool:
    """Whether *some* are among *all*, where None stands for every one that there is."""
    return all is None or (some is not None and some <= all)


class Rung(Value):
    """Which team has the cases that are raised to a level."""

    level: Level
    team: TeamName


def _ladder(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    if len({each.level for each in rungs}) < len(rungs):
        raise ValueError("Name one team for each level.")
    return tuple(sorted(rungs, key=lambda each: each.level))


Rungs: TypeAlias = Annotated[tuple[Rung, ...], Field(min_length=1, max_length=3), AfterValidator(_ladder)]
"""The ladder of a team: where its cases go that are escalated, from the lowest level to the highest."""


class UserAdded(Event):
    """Somebody joined the staff."""

    TOPIC: ClassVar[str] = "user.added"

    login: Login
    name: Kept[PersonalLine]
    email: Kept[PersonalLine] | None = None
    role: Role
    teams: tuple[TeamName, ...] = ()
    legal_entities: tuple[Code, ...] = ()
    clearance: Sensitivity = Sensitivity.NORMAL
    skills: Skills = ()
    languages: Languages = ()
    capacity: Capacity | None = None


class UserChanged(Event):
    """What is known of a user was changed; what is None stayed as it was, unless it was *unset*."""

    TOPIC: ClassVar[str] = "user.changed"

    name: Kept[PersonalLine] | None = None
    email: Kept[PersonalLine] | None = None
    role: Role | None = None
    teams: tuple[TeamName, ...] | None = None
    legal_entities: tuple[Code, ...] | None = None
    clearance: Sensitivity | None = None
    skills: Skills | None = None
    languages: Languages | None = None
    capacity: Capacity | None = None
    unset: tuple[UserMayLack, ...] = ()


class UserLeft(Event):
    """Somebody left the staff; their open cases go to *successor*, or back to the queues of their teams."""

    TOPIC: ClassVar[str] = "user.left"

    reason_code: LeaveReason = "left"
    successor: Login | None = None


class UserReturned(Event):
    """Somebody who had left works here again; the tokens of before stay revoked."""

    TOPIC: ClassVar[str] = "user.returned"


class UserHandOverAsked(Event):
    """The open cases of somebody who is away are to go to *to*, or back to the queues of their teams."""

    TOPIC: ClassVar[str] = "user.hand_over_asked"

    to: Login | None = None
    reason_code: Literal["absent", "workload", "conflict_of_interest", "other"] = "absent"
    within: Reach | None = None
    """The cases that exist for whoever asked: no other is handed over."""


class UserHandedOver(Event):
    """Every open case of the user has been handed over, but for those that *failed* again and again."""

    TOPIC: ClassVar[str] = "user.handed_over"

    failed: int = 0


class UserImpersonated(Event):
    """Somebody began to act as the user: once for each sitting."""

    TOPIC: ClassVar[str] = "user.impersonated"

    by: Code
    reason: Kept[PersonalLine] | None = None


class TeamAdded(Event):
    """A team was made, or a closed one opened again."""

    TOPIC: ClassVar[str] = "team.added"

    name: TeamName
    legal_entity: Code | None = None
    title: Title | None = None
    assignment: Assignment = "manual"
    escalates_to: Rungs | None = None


class TeamChanged(Event):
    """What is known of a team was changed; what is None stayed as it was, unless it was *unset*."""

    TOPIC: ClassVar[str] = "team.changed"

    legal_entity: Code | None = None
    title: Title | None = None
    assignment: Assignment | None = None
    escalates_to: Rungs | None = None
    unset: tuple[TeamMayLack, ...] = ()


class TeamClosed(Event):
    """Nothing more is given to the team."""

    TOPIC: ClassVar[str] = "team.closed"


class LegalEntityAdded(Event):
    """A company of the group was named, so that cases and staff can be of it."""

    TOPIC: ClassVar[str] = "legal_entity.added"

    code: Code
    title: Title | None = None


class LegalEntityChanged(Event):
    """A company of the group is called otherwise."""

    TOPIC: ClassVar[str] = "legal_entity.changed"

    title: Title


DIRECTORY_EVENTS: tuple[type[Event], ...] = (
    UserAdded,
    UserChanged,
    UserLeft,
    UserReturned,
    UserHandOverAsked,
    UserHandedOver,
    UserImpersonated,
    TeamAdded,
    TeamChanged,
    TeamClosed,
    LegalEntityAdded,
    LegalEntityChanged,
)
