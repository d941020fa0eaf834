"""The directory at work: what may be asked of it, checked against what it holds, and its first entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.access import Right, Sensitivity
from domain.complaint.submission import DEFAULT_TEAM
from domain.directory import (
    LegalEntity,
    Team,
    User,
    entity_id,
    orders,
    principal_id,
    share_an_entity,
    team_id,
)
from domain.directory.errors import (
    AlreadyThere,
    UnknownAssignee,
    UnknownEntity,
    UnknownTeam,
    UnknownUser,
)
from domain.errors import LostTheRace
from projections.directory import UserRow
from projections.queue import QUEUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.bootstrap import Plaint
    from adapters.desk import Answer, Request
    from adapters.eventstore.store import CaseStore
    from domain.access import Principal
    from domain.kernel import Aggregate, Context

PATIENCE = 2.0
"""Seconds for which whoever closes a team waits for the cases that it has."""
USER = principal_id("")
"""What stands before the login of somebody who is named in a case."""


def begin(store: CaseStore, by: Context, legal_entity: str) -> None:
    """Record the default team and the firm's own *legal_entity* where a store lacks them."""
    if store.position_of(entity_id(legal_entity)) is None:
        entity = LegalEntity(entity_id(legal_entity))
        entity.add(legal_entity, by)
        _append(store, entity)
    if store.position_of(team_id(DEFAULT_TEAM)) is None:
        team = Team(team_id(DEFAULT_TEAM))
        team.add(DEFAULT_TEAM, by, legal_entity=legal_entity)
        _append(store, team)


def _append(store: CaseStore, entry: Aggregate) -> None:
    try:
        store.append(entry)
    except LostTheRace:
        return  # another process has just recorded the same


def ask(
    plaint: Plaint,
    kind: type[User | Team | LegalEntity],
    id: UUID,
    order: Any,
    actor: str,
    *,
    expected: int | None = None,
    request: Request | None = None,
) -> Answer:
    """Carry out *order* on one entry; what adds an entry needs nothing there.

    Raises Unknown, with the place in the body, for a team, entity or user that the directory lacks.
    """
    _refuse_unknown(plaint, order)
    if isinstance(order, orders.CloseTeam):
        order = _closing(plaint, id)
    begins = isinstance(order, orders.AddUser | orders.AddTeam | orders.AddLegalEntity)
    answer = plaint.desk.command(
        id, order, actor, kind=kind, begins=begins, expected=expected, request=request
    )
    plaint.admission.forget()
    plaint.wake()
    return answer


def _closing(plaint: Plaint, id: UUID) -> orders.ClosedWith:
    team = plaint.store.load(Team, id)
    name = team.name if team and team.name else ""
    # A case that was just given to the team keeps it open.
    plaint.views.wait_for(plaint.store.ends(), PATIENCE, [QUEUE.name])
    return orders.ClosedWith(open_cases=plaint.staff.has_open_cases(name))


def _refuse_unknown(plaint: Plaint, order: object) -> None:
    match order:
        case orders.AddUser() | orders.ChangeUser():
            refuse_unknown_teams(plaint, order.teams or ())
            refuse_unknown_entities(plaint, order.legal_entities or ())
        case orders.AddTeam() | orders.ChangeTeam():
            if order.legal_entity is not None:
                refuse_unknown_entities(plaint, (order.legal_entity,), "/legal_entity")
            refuse_unknown_teams(plaint, [each.team for each in order.escalates_to or ()], "/escalates_to")
        case orders.Leave() if order.successor is not None:
            active_user(plaint, order.successor, "/successor")
        case orders.HandOverAll() if order.to is not None:
            active_user(plaint, order.to, "/to")
        case _:
            pass


def active_user(plaint: Plaint, login: str, place: str, who: Principal | None = None) -> UserRow:
    """Return the user of that *login*; raise UnknownUser unless they are on the staff, as *who* knows it."""
    row = plaint.standing.user(login)
    if row is None or not row.active or (who is not None and not share_an_entity(who, row.legal_entities)):
        raise UnknownUser(place)
    return row


def refuse_unknown_teams(plaint: Plaint, names: Iterable[str], place: str = "/teams") -> None:
    """Raise UnknownTeam unless a case may be given to each of the teams."""
    if not all(takes_cases(plaint, name) for name in set(names)):
        raise UnknownTeam(place)


def refuse_unknown_entities(plaint: Plaint, codes: Iterable[str], place: str = "/legal_entities") -> None:
    """Raise UnknownEntity unless the directory has each of the legal entities."""
    if any(plaint.store.position_of(entity_id(code)) is None for code in codes):
        raise UnknownEntity(place)


def knows_team(plaint: Plaint, name: str) -> bool:
    """Whether there is a team of that *name*: in the directory, closed ones too, or by its cases.

    A register that is imported brings teams of its own, by the hundred; they are known by their
    cases, and need no entry until somebody is of one of them.
    """
    return _open(plaint, name) is not None or _undirected(plaint, name)


def takes_cases(plaint: Plaint, name: str) -> bool:
    """Whether a case may be given to the team of that *name*."""
    found = _open(plaint, name)
    return _undirected(plaint, name) if found is None else found


def _open(plaint: Plaint, name: str) -> bool | None:
    """Return whether the team is open, None when the directory lacks it.

    The log says so: who has just added a team, or closed one, need not wait for a read model.
    """
    row = plaint.standing.team(name)
    return None if row is None else row.open


def _undirected(plaint: Plaint, name: str) -> bool:
    return name == DEFAULT_TEAM or name in _with_cases(plaint)


def _with_cases(plaint: Plaint) -> frozenset[str]:
    counters = plaint.queries.counters("queue", ("received_by_all", "ticket_received_by_all"))
    return frozenset(value.partition("|")[0] for values in counters.values() for value in values)


def ensure_teams(plaint: Plaint, names: Iterable[str], actor: str) -> list[str]:
    """Add the teams that the directory lacks; return their names."""
    added: list[str] = []
    for name in sorted(set(names)):
        try:
            ask(plaint, Team, team_id(name), orders.AddTeam(name=name), actor)
        except AlreadyThere:
            continue
        added.append(name)
    return added


def colleague(plaint: Plaint, named: str, who: Principal) -> str:
    """Return whom *who* names, ``user:<login>`` also where the login alone was given; they may have left.

    Until the directory has users, any name is taken as it is given; from then on raise UnknownUser.
    """
    row = plaint.standing.user(named.removeprefix(USER))
    if row is None and not plaint.staff.has_users():
        return named
    if row is None or not share_an_entity(who, row.legal_entities):
        raise UnknownUser("/user")
    return row.principal.id


def assignee(
    plaint: Plaint,
    named: str,
    who: Principal,
    *,
    team: str,
    legal_entity: str,
    sensitivity: Sensitivity,
) -> str:
    """Return who is named as an assignee, ``user:<login>`` also where the login alone was given.

    Everybody may take a case for themselves.  Until the directory has users, any name is taken as
    it is given; from then on it must be a user who works on cases and sees this one in that *team*,
    else UnknownAssignee.
    """
    if named == who.id:
        return named
    row = plaint.standing.user(named.removeprefix(USER))
    if row is None and not plaint.staff.has_users():
        return named
    if row is None or not row.active or not row.principal.may(Right.WORK_CASES):
        raise UnknownAssignee
    if not row.principal.scope.covers(team, legal_entity, sensitivity):
        raise UnknownAssignee
    return row.principal.id
