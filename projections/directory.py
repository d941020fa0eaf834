"""The directory: users, teams and legal entities as they are now."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from domain.access import Principal, Role, Sensitivity, TeamName
from domain.changing import after
from domain.directory import Grant, principal_id
from domain.directory import events as e
from domain.directory.firm import DETAILS as TEAM_DETAILS
from domain.directory.user import DETAILS
from domain.kernel import Event, Instant, Value
from domain.privacy import Code, Kept, PersonalLine, PublicText
from projections.projection import Projection, by_case, changed, first, topics


class HandingOver(Value):
    """Open cases that are to go to somebody else, or back to the queues of their teams."""

    to: e.Login | None = None
    reason_code: Code
    by: Code
    """Who ordered it: the actor of every assignment that follows."""
    since: Instant
    within: e.Reach | None = None
    """The cases that are to go; None for all."""


class UserRow(Value):
    """One user; ``left_at`` is when they left last, and stays when they return."""

    id: UUID
    version: int
    login: e.Login
    name: Kept[PersonalLine]
    email: Kept[PersonalLine] | None = None
    role: Role
    teams: tuple[TeamName, ...] = ()
    legal_entities: tuple[Code, ...] = ()
    clearance: Sensitivity = Sensitivity.NORMAL
    skills: e.Skills = ()
    languages: e.Languages = ()
    capacity: e.Capacity | None = None
    status: Literal["active", "left"] = "active"
    added_at: Instant
    left_at: Instant | None = None
    successor: e.Login | None = None
    handing_over: HandingOver | None = None
    not_handed_over: int = 0
    """Cases that the last hand-over had to leave where they were."""

    @property
    def active(self) -> bool:
        """Whether the user works here."""
        return self.status == "active"

    @property
    def grant(self) -> Grant:
        """What the user may, at most."""
        return Grant(
            role=self.role,
            teams=self.teams,
            legal_entities=self.legal_entities,
            clearance=self.clearance,
        )

    @property
    def principal(self) -> Principal:
        """The user with all that they may."""
        return Principal(id=principal_id(self.login), **self.grant.model_dump())


class TeamRow(Value):
    """One team."""

    id: UUID
    version: int
    name: TeamName
    legal_entity: Code | None = None
    title: PublicText | None = None
    assignment: e.Assignment = "manual"
    escalates_to: e.Rungs | None = None
    open: bool = True
    added_at: Instant


class EntityRow(Value):
    """One company of the group."""

    id: UUID
    version: int
    code: Code
    title: PublicText | None = None
    added_at: Instant


def evolve_user(row: UserRow | None, event: Event, number: int) -> UserRow | None:
    """Return the row after *event*."""
    del number
    if isinstance(event, e.UserAdded):
        facts = {name: getattr(event, name) for name in DETAILS}
        return UserRow(
            id=event.originator_id,
            version=event.originator_version,
            login=event.login,
            added_at=event.recorded_at,
            **facts,
        )
    if row is None:
        return None
    return changed(row, {"version": event.originator_version, **_of_user(event)})


def _of_user(event: Event) -> dict[str, object]:
    match event:
        case e.UserChanged():
            return after(event, DETAILS)
        case e.UserLeft():
            return {
                "status": "left",
                "left_at": event.recorded_at,
                "successor": event.successor,
                "handing_over": _handing_over(event, event.successor, event.reason_code),
                "not_handed_over": 0,
            }
        case e.UserHandOverAsked():
            handing = _handing_over(event, event.to, event.reason_code, event.within)
            return {"handing_over": handing, "not_handed_over": 0}
        case e.UserHandedOver():
            return {"handing_over": None, "not_handed_over": event.failed}
        case e.UserReturned():
            return {"status": "active", "successor": None}
        case _:
            return {}


def _handing_over(
    event: Event, to: str | None, reason_code: str, within: e.Reach | None = None
) -> HandingOver:
    since = event.recorded_at
    return HandingOver(to=to, reason_code=reason_code, by=event.actor, since=since, within=within)


def evolve_team(row: TeamRow | None, event: Event, number: int) -> TeamRow | None:
    """Return the row after *event*."""
    del number
    match event:
        case e.TeamAdded():
            facts = {name: getattr(event, name) for name in ("name", *TEAM_DETAILS)}
            added_at = row.added_at if row else event.recorded_at
            return TeamRow(
                id=event.originator_id, version=event.originator_version, added_at=added_at, **facts
            )
        case _ if row is None:
            return None
        case e.TeamChanged():
            said = after(event, TEAM_DETAILS)
        case e.TeamClosed():
            said = {"open": False}
        case _:
            said = dict[str, object]()
    return changed(row, {"version": event.originator_version, **said})


def evolve_entity(row: EntityRow | None, event: Event, number: int) -> EntityRow | None:
    """Return the row after *event*."""
    del number
    match event:
        case e.LegalEntityAdded():
            return EntityRow(
                id=event.originator_id,
                version=event.originator_version,
                code=event.code,
                title=event.title,
                added_at=event.recorded_at,
            )
        case e.LegalEntityChanged() if row is not None:
            return changed(row, {"version": event.originator_version, "title": event.title})
        case _:
            return row


USERS: Projection[UserRow] = Projection(
    name="users",
    version=4,
    row=UserRow,
    topics=topics(
        e.UserAdded,
        e.UserChanged,
        e.UserLeft,
        e.UserReturned,
        e.UserHandOverAsked,
        e.UserHandedOver,
        e.UserImpersonated,
    ),
    key=by_case,
    begins=first,
    evolve=evolve_user,
)
TEAMS: Projection[TeamRow] = Projection(
    name="teams",
    version=4,
    row=TeamRow,
    topics=topics(e.TeamAdded, e.TeamChanged, e.TeamClosed),
    key=by_case,
    begins=first,
    evolve=evolve_team,
)
ENTITIES: Projection[EntityRow] = Projection(
    name="legal_entities",
    version=2,
    row=EntityRow,
    topics=topics(e.LegalEntityAdded, e.LegalEntityChanged),
    key=by_case,
    begins=first,
    evolve=evolve_entity,
)
