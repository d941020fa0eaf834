"""What a token of a user opens: never more than the token says, and never more than the user may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.access import CLEARANCES, LEVELS, RIGHTS, Principal, Right, Role, Sensitivity, TeamName
from domain.directory.errors import BeyondTheAdministrator
from domain.kernel import Value
from domain.privacy import Code


class Grant(Value):
    """A role, and how far it reaches."""

    role: Role
    teams: tuple[TeamName, ...] = ()
    legal_entities: tuple[Code, ...] = ()
    """Empty stands for every one."""
    clearance: Sensitivity = Sensitivity.NORMAL

    @property
    def level(self) -> Sensitivity:
        """Up to which sensitivity cases are seen: what is granted, or what the role sees by itself."""
        return _higher(self.clearance, _by_role(self.role))

    def covers(self, role: Role) -> bool:
        """Whether *role* can do and see nothing that this grant cannot."""
        return RIGHTS[role] <= RIGHTS[self.role] and _lower(_by_role(role), self.level) is _by_role(role)


def within(login: str, user: Grant, token: Grant) -> Principal | None:
    """Return who comes in with a token of the user of that *login*; None when it opens nothing.

    A token without teams is of all teams of its user.
    """
    role = token.role if user.covers(token.role) else user.role
    entities = _shared(user.legal_entities, token.legal_entities)
    if not token.covers(role) or entities is None:
        return None
    return Principal(
        id=f"user:{login}",
        role=role,
        teams=_teams(user, token),
        legal_entities=entities,
        clearance=_lower(user.level, token.level),
    )


def opened_by(user: Grant | None, token: Grant) -> Grant:
    """Return what *token* grants to whoever holds it: of a user, nothing beyond the user's legal entities."""
    if user is None:
        return token
    entities = _shared(user.legal_entities, token.legal_entities) or user.legal_entities
    return token.model_copy(update={"legal_entities": entities})


def refuse_beyond(who: Principal, grant: Grant) -> None:
    """Refuse a *grant* that an administrator of some legal entities may not give or hold sway over."""
    refuse_other_entities(who, grant.legal_entities or (None,))
    if who.legal_entities and _higher(grant.clearance, who.clearance) is not who.clearance:
        raise BeyondTheAdministrator


def refuse_other_entities(who: Principal, codes: Iterable[str | None]) -> None:
    """Refuse legal entities that *who* does not administer; None stands for every one."""
    if who.legal_entities and not set(codes) <= set(who.legal_entities):
        raise BeyondTheAdministrator


def share_an_entity(who: Principal, held: Sequence[str]) -> bool:
    """Whether who is of the entities *held* gets at cases of one of *who*; none stands for every one."""
    return _shared(who.legal_entities, tuple(held)) is not None


def _teams(user: Grant, token: Grant) -> tuple[str, ...]:
    if not token.teams:
        return user.teams
    if Right.READ_ALL_TEAMS in RIGHTS[user.role]:
        return token.teams
    return tuple(team for team in token.teams if team in user.teams)


def _shared(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what both name, where none stands for all; None when they have nothing in common."""
    if not some or not others:
        return some or others
    return tuple(each for each in some if each in others) or None


def _by_role(role: Role) -> Sensitivity:
    return CLEARANCES.get(role, Sensitivity.NORMAL)


def _higher(one: Sensitivity, other: Sensitivity) -> Sensitivity:
    return max(one, other, key=LEVELS.index)


def _lower(one: Sensitivity, other: Sensitivity) -> Sensitivity:
    return min(one, other, key=LEVELS.index)
