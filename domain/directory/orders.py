"""What is asked of the directory: each order is the body of a request and the options of a verb."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, field_validator

from domain.access import Role, Sensitivity, TeamName
from domain.changing import asked_of, given
from domain.complaint import Complaint
from domain.directory.events import (
    Assignment,
    Capacity,
    EntityCode,
    Languages,
    LeaveReason,
    Login,
    Reach,
    Rungs,
    Skills,
    Title,
)
from domain.directory.firm import LegalEntity, Team
from domain.directory.user import User
from domain.kernel import Context, Value
from domain.policies import Rulebook
from domain.privacy import Code, PersonalLine
from domain.ticket import Ticket
from domain.written import InFull

MOST = 200
"""Teams or legal entities of one user or token."""


def _staff(role: Role) -> Role:
    if role is Role.COMPLAINANT:
        raise ValueError("A complainant reads one case by a link and is no user; give another role.")
    return role


StaffRole: TypeAlias = Annotated[Role, AfterValidator(_staff)]
Teams: TypeAlias = Annotated[tuple[TeamName, ...], Field(max_length=MOST)]
Entities: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=MOST)]


class Order(Value):
    """Something asked of one entry of the directory."""

    NAME: ClassVar[str] = ""


class AddUser(Order):
    """Add somebody to the staff."""

    login: Login
    name: PersonalLine
    email: PersonalLine | None = None
    role: StaffRole
    teams: Teams = ()
    legal_entities: Entities = ()
    clearance: Sensitivity = Sensitivity.NORMAL
    skills: Skills = ()
    languages: Languages = ()
    capacity: Capacity | None = None

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.add(by=by, **self.model_dump())


class ChangeUser(Order):
    """Change what is known of a user: what is left out stays, null takes e-mail or capacity away."""

    NAME = "change"

    name: PersonalLine | None = None
    email: PersonalLine | None = None
    role: StaffRole | None = None
    teams: Teams | None = None
    legal_entities: Entities | None = None
    clearance: Sensitivity | None = None
    skills: Skills | None = None
    languages: Languages | None = None
    capacity: Capacity | None = None

    _given = field_validator("name", "role", "teams", "legal_entities", "clearance", "skills", "languages")(
        given
    )

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.change(by, **asked_of(self, type(self).model_fields))


class Leave(Order):
    """Record that a user left: their tokens end at once, and their open cases are handed over."""

    NAME = "leave"

    reason: LeaveReason = "left"
    successor: Login | None = None

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.leave(by, reason_code=self.reason, successor=self.successor)


class Return(Order):
    """Record that a user who had left works here again; give them a new token."""

    NAME = "return"

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.return_(by)


class HandOverAll(Order):
    """Hand the open cases of a user who is away to somebody else, or back to the queues of their teams."""

    NAME = "hand-over"

    to: Login | None = None
    reason: Literal["absent", "workload", "conflict_of_interest", "other"] = "absent"

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.ask_hand_over(by, to=self.to, reason_code=self.reason)


class HandOverWithin(HandOverAll):
    """Hand over those of the open cases that exist for whoever asks."""

    within: Reach

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.ask_hand_over(by, to=self.to, reason_code=self.reason, within=self.within)


class FinishHandOver(Order):
    """Record that no open case is left to hand over, but for those that *failed*."""

    failed: int = 0

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.finish_hand_over(by, failed=self.failed)


class Impersonate(Order):
    """Record that the sender begins to act as the user."""

    reason: PersonalLine | None = None

    def carry_out(self, user: User, by: Context, rules: Rulebook) -> None:
        """Ask *user*; it records, refuses or ignores."""
        del rules
        user.impersonate(by, reason=self.reason)


class HandCaseOver(Value):
    """Hand one case of *holder* over: to *to* while it is with *team*, else to the queue of its team."""

    holder: Code
    team: Code
    to: Code | None = None
    reason_code: Code

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        to = self.to if case.team == self.team else None
        case.hand_over(self.holder, to, by, rules, reason_code=self.reason_code)


class CreateToken(Order):
    """A key to the API; of a *user*, it opens no more than they may, and ends when they leave."""

    name: Code | None = Field(None, description="A label, not a person's name.")
    role: StaffRole
    teams: Teams = Field((), description="Default: `complaints`, or all teams of the user.")
    legal_entities: Entities = Field((), description="Empty stands for every one.")
    clearance: Sensitivity = Sensitivity.NORMAL
    user: Login | None = None
    expires_at: InFull | None = None


class AddTeam(Order):
    """Make a team, or open a closed one again."""

    name: TeamName
    legal_entity: Code | None = None
    title: Title | None = None
    assignment: Assignment = "manual"
    escalates_to: Rungs | None = None

    def carry_out(self, team: Team, by: Context, rules: Rulebook) -> None:
        """Ask *team*; it records, refuses or ignores."""
        del rules
        team.add(by=by, **{name: getattr(self, name) for name in type(self).model_fields})


class ChangeTeam(Order):
    """Change what is known of a team: what is left out stays, null takes all but the assignment away."""

    NAME = "change"

    legal_entity: Code | None = None
    title: Title | None = None
    assignment: Assignment | None = None
    escalates_to: Rungs | None = None

    _given = field_validator("assignment")(given)

    def carry_out(self, team: Team, by: Context, rules: Rulebook) -> None:
        """Ask *team*; it records, refuses or ignores."""
        del rules
        team.change(by, **asked_of(self, type(self).model_fields))


class CloseTeam(Order):
    """Close a team that has no open case."""

    NAME = "close"


class ClosedWith(Order):
    """Close a team, of which was looked up whether it has *open_cases*."""

    open_cases: bool

    def carry_out(self, team: Team, by: Context, rules: Rulebook) -> None:
        """Ask *team*; it records, refuses or ignores."""
        del rules
        team.close(by, open_cases=self.open_cases)


class AddLegalEntity(Order):
    """Name a company of the group."""

    code: EntityCode
    title: Title | None = None

    def carry_out(self, entity: LegalEntity, by: Context, rules: Rulebook) -> None:
        """Ask *entity*; it records, refuses or ignores."""
        del rules
        entity.add(self.code, by, title=self.title)


class ChangeLegalEntity(Order):
    """Call a company of the group otherwise."""

    NAME = "change"

    title: Title

    def carry_out(self, entity: LegalEntity, by: Context, rules: Rulebook) -> None:
        """Ask *entity*; it records, refuses or ignores."""
        del rules
        entity.change(by, title=self.title)


ORDERS: tuple[type[Order], ...] = (
    AddUser,
    ChangeUser,
    Leave,
    Return,
    HandOverAll,
    AddTeam,
    ChangeTeam,
    CloseTeam,
    AddLegalEntity,
    ChangeLegalEntity,
    CreateToken,
)
"""What is sent as a body."""
