"""Cases of a team that assigns by itself go to whoever has least to do, as soon as somebody has room."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from domain.access import Guarded, Principal, Right, Sensitivity
from domain.assignable import WhyWaiting
from domain.complaint import Complaint
from domain.complaint import events as e
from domain.directory import Team, User
from domain.directory.events import TeamAdded, TeamChanged, UserAdded, UserChanged, UserReturned
from domain.errors import CaseEnded, DomainError
from domain.ids import EPOCH
from domain.kernel import Aggregate, Context, Event, Instant, Value
from domain.linking.events import ComplaintMerged, ComplaintUnmerged, TicketMerged, TicketUnmerged
from domain.policies import Rulebook
from domain.privacy import Code
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.ticket import events as t

COMES: tuple[type[Event], ...] = (
    e.Received,
    e.Reopened,
    ComplaintUnmerged,
    t.Opened,
    t.Reopened,
    TicketUnmerged,
)
"""After these a case may wait for somebody."""
FREES: tuple[type[Event], ...] = (
    e.DecisionSent,
    e.Closed,
    e.Withdrawn,
    e.Redirected,
    e.DeclaredInadmissible,
    ComplaintMerged,
    t.Solved,
    t.Closed,
    t.Promoted,
    TicketMerged,
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

    def of(self, team: str) -> Sequence[Colleague] | None:
        """Return who is on the staff of *team*; None where it does not assign by itself."""
        ...

    def teams_of(self, person: str) -> Iterable[str]:
        """Return the teams on whose staff *person* is."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Let nobody else give cases away meanwhile, so that nobody's last room is given twice."""
        ...

    def waiting(self, team: str) -> Iterable[Waiting]:
        """Return the undecided cases of *team* that nobody has, what falls due first before the rest."""
        ...


class AssignToOneOf(Value):
    """Give a case that waits in *team* to the first of *candidates* to whom it can be given."""

    team: Code
    candidates: tuple[Code, ...]

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it is no news where somebody has it, or another team.

        One that the case refuses, such as for a conflict of interest, falls to the next, and so
        does who was handed over from: they are away.  Where nobody is left the case goes on waiting
        for somebody to give it by hand, and says so.
        """
        if case.team != self.team or case.assignee is not None or _decided(case):
            return
        for candidate in self.candidates:
            if candidate in case.passed_from:
                continue
            try:
                self._assign(case, candidate, by, rules)
            except CaseEnded:
                raise
            except DomainError:
                continue
            else:
                return
        case.leave(self.team, "nobody_fits", by, rules)

    def _assign(self, case: Complaint | Ticket, to: str, by: Context, rules: Rulebook) -> None:
        if isinstance(case, Ticket):
            case.assign(self.team, to, by, rules)
        else:
            case.assign(by, rules, team=self.team, assignee=to)


class LeaveInTheQueue(Value):
    """Say why a case was left in the queue of *team* when it came there."""

    team: Code
    why: WhyWaiting

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it is no news where somebody has it meanwhile, or another team."""
        if not _decided(case):
            case.leave(self.team, self.why, by, rules)


def in_turn(colleagues: Iterable[Colleague], case: Waiting) -> tuple[str, ...]:
    """Return to whom *case* may be given, whose turn it is first.

    Only who works on cases, sees this one, and has room.  Who has its language comes first, then
    who knows its category, then who has fewer open cases, then who was given none for longest.
    """
    able = [each for each in colleagues if each.free and _may(each.principal, case)]
    return tuple(each.principal.id for each in sorted(able, key=lambda each: _turn(each, case)))


def left_because(colleagues: Iterable[Colleague], case: Guarded) -> WhyWaiting | None:
    """Return why none of *colleagues* can be given *case*; None where somebody can."""
    staff = [each for each in colleagues if each.principal.may(Right.WORK_CASES)]
    if not staff:
        return "nobody_on_staff"
    fit = [each for each in staff if each.principal.scope.admits(case)]
    if not fit:
        return "nobody_fits"
    return None if _room(fit) else "nobody_has_room"


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

    def decide(self, event: Event, case: Aggregate) -> Generator[Send]:
        """Give away what waits in the teams that *event* is about."""
        if event.actor == f"reaction:{self.NAME}":
            return
        for team in dict.fromkeys(self._teams(event, case)):
            colleagues = yield from self._give_away(team)
            if colleagues is not None and isinstance(event, (*COMES, *ASSIGNED)):
                yield from self._explain(team, colleagues, case)

    def _give_away(self, team: str) -> Generator[Send, None, Sequence[Colleague] | None]:
        """Yield an order for each case that waits, while anybody has room; return who is there.

        Who has room is looked up before each order, and no other process gives cases away until it
        is carried out.
        """
        colleagues = self._colleagues.of(team)
        if colleagues is None or not _room(colleagues):
            return colleagues
        for case in self._colleagues.waiting(team):
            if in_turn(colleagues, case):
                with self._colleagues.alone():
                    colleagues = self._colleagues.of(team) or ()
                    if candidates := in_turn(colleagues, case):
                        kind = Ticket if case.kind == "ticket" else Complaint
                        yield Send(case.id, kind, AssignToOneOf(team=team, candidates=candidates))
                if not _room(colleagues):
                    break
        return colleagues

    def _explain(self, team: str, colleagues: Iterable[Colleague], case: Aggregate) -> Iterator[Send]:
        """Have a case that has just come say why nobody was given it."""
        if isinstance(case, Complaint | Ticket) and (case.team, case.assignee) == (team, None):
            shape = _Shape(team=team, legal_entity=case.legal_entity or "", sensitivity=case.sensitivity)
            if why := left_because(colleagues, shape):
                yield Send(case.id, type(case), LeaveInTheQueue(team=team, why=why))

    def _teams(self, event: Event, case: Aggregate) -> Iterator[str]:
        """Yield the teams in which a case may have begun to wait, or somebody to have room."""
        match case:
            case Complaint() | Ticket():
                yield from filter(None, (case.team,))
                if isinstance(event, ASSIGNED):
                    yield from self._had(*case.had)
                elif isinstance(event, FREES):
                    yield from self._had(None, case.assignee)
            case User() if case.active:
                yield from case.details.get("teams", ())
            case Team() if case.open and case.name:
                yield case.name
            case _:
                return

    def _had(self, team: str | None, person: str | None) -> Iterator[str]:
        """Yield where there is room after *person*, or somebody of *team*, has a case no more."""
        yield from filter(None, (team,))
        if person is not None:
            yield from self._colleagues.teams_of(person)


class _Shape(Value):
    """What has to be known of a case to say for whom it exists."""

    team: str
    legal_entity: str
    sensitivity: Sensitivity


def _room(colleagues: Iterable[Colleague]) -> bool:
    return any(each.free for each in colleagues)


def _decided(case: Complaint | Ticket) -> bool:
    return not (case.unsolved if isinstance(case, Ticket) else case.undecided)
