"""Cases of a team that assigns by itself go to whoever has least to do, as soon as somebody has room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from domain.access import Guarded, Principal, Right
from domain.complaint import Complaint
from domain.complaint import events as e
from domain.directory import Team, User
from domain.directory.events import TeamAdded, TeamChanged, UserAdded, UserChanged, UserReturned
from domain.errors import CaseEnded, DomainError
from domain.ids import EPOCH
from domain.kernel import Aggregate, Context, Event, Instant, Value
from domain.policies import Rulebook
from domain.privacy import Code
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.ticket import events as t

COMES: tuple[type[Event], ...] = (e.Received, t.Opened)
FREES: tuple[type[Event], ...] = (
    e.DecisionSent,
    e.Closed,
    e.Withdrawn,
    e.Redirected,
    e.DeclaredInadmissible,
    t.Solved,
    t.Closed,
)
"""After these somebody has less to do."""
ASSIGNED: tuple[type[Event], ...] = (e.Assigned, t.Assigned)
STAFF: tuple[type[Event], ...] = (UserAdded, UserChanged, UserReturned, TeamAdded, TeamChanged)
"""After these somebody may have room who had none, or was not there."""


class Colleague(Value):
    """Somebody who works on cases of a team: what they can, and how much they have to do."""

    principal: Principal
    skills: frozenset[Code] = frozenset()
    languages: frozenset[Code] = frozenset()
    capacity: int | None = None
    """Open cases beyond which nothing is given to them by itself; None for no limit."""
    open_cases: int = 0
    last_at: Instant | None = None

    @property
    def free(self) -> bool:
        """Whether they have room for one more."""
        return self.capacity is None or self.open_cases < self.capacity


class Waiting(Guarded, Protocol):
    """A case without a person, as far as it matters to whom it is given."""

    @property
    def id(self) -> UUID: ...
    @property
    def category(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def kind(self) -> str: ...


class Colleagues(Protocol):
    """Where the reaction looks people and waiting cases up; what lags raises NotYet."""

    def of(self, team: str) -> Sequence[Colleague]:
        """Return who is on the staff of *team*; nobody where it does not assign by itself."""
        ...

    def waiting(self, team: str) -> Iterable[Waiting]:
        """Return some undecided cases of *team* that nobody has, what falls due first before the rest."""
        ...


class AssignToOneOf(Value):
    """Give a case that waits in *team* to the first of *candidates* to whom it can be given."""

    team: Code
    candidates: tuple[Code, ...]

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it is no news where somebody has it, or another team.

        One that the case refuses, such as for a conflict of interest, falls to the next.
        """
        if case.team != self.team or case.assignee is not None or _decided(case):
            return
        refused: DomainError | None = None
        for candidate in self.candidates:
            try:
                self._assign(case, candidate, by, rules)
            except CaseEnded:
                raise
            except DomainError as error:
                refused = refused or error
            else:
                return
        if refused is not None:
            raise refused

    def _assign(self, case: Complaint | Ticket, to: str, by: Context, rules: Rulebook) -> None:
        if isinstance(case, Ticket):
            case.assign(self.team, to, by, rules)
        else:
            case.assign(by, rules, team=self.team, assignee=to)


def in_turn(colleagues: Iterable[Colleague], case: Waiting) -> tuple[str, ...]:
    """Return to whom *case* may be given, whose turn it is first.

    Only who works on cases, sees this one, and has room.  Who has its language comes first, then
    who knows its category, then who has fewer open cases, then who was given none for longest.
    """
    able = [each for each in colleagues if each.free and _may(each.principal, case)]
    return tuple(each.principal.id for each in sorted(able, key=lambda each: _turn(each, case)))


def _may(principal: Principal, case: Waiting) -> bool:
    return principal.may(Right.WORK_CASES) and principal.scope.admits(case)


def _turn(each: Colleague, case: Waiting) -> tuple[bool, bool, int, datetime, str]:
    language = case.language.partition("-")[0].lower()
    return (
        language not in {known.partition("-")[0].lower() for known in each.languages},
        case.category not in each.skills,
        each.open_cases,
        each.last_at or EPOCH,
        each.principal.id,
    )


class AssignToTheLeastBusyOfTheTeam:
    """A case that nobody has is given to somebody, when it comes in or when somebody has room."""

    NAME: ClassVar[str] = "assign_to_the_least_busy_of_the_team"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (*COMES, *FREES, *ASSIGNED, *STAFF)
    OPENED: ClassVar[bool] = False

    def __init__(self, colleagues: Colleagues) -> None:
        self._colleagues = colleagues

    def decide(self, event: Event, case: Aggregate) -> Iterator[Send]:
        """Give away what waits in the teams that *event* is about."""
        if event.actor == f"reaction:{self.NAME}":
            return
        for team in _teams(event, case):
            yield from self._give_away(team)

    def _give_away(self, team: str) -> Iterator[Send]:
        """Yield an order for each case that waits: who has room is looked up anew after each."""
        if not self._colleagues.of(team):
            return
        for case in self._colleagues.waiting(team):
            if candidates := in_turn(self._colleagues.of(team), case):
                kind = Ticket if case.kind == "ticket" else Complaint
                yield Send(case.id, kind, AssignToOneOf(team=team, candidates=candidates))


def _teams(event: Event, case: Aggregate) -> tuple[str, ...]:
    """Return the teams in which a case may have begun to wait, or somebody to have room."""
    match case:
        case Complaint() | Ticket():
            return (case.team,) if case.team else ()
        case User() if case.active:
            return tuple(case.details.get("teams", ()))
        case Team() if case.open and case.name:
            return (case.name,)
        case _:
            del event
            return ()


def _decided(case: Complaint | Ticket) -> bool:
    return not (case.unsolved if isinstance(case, Ticket) else case.undecided)
