"""A case that is escalated goes to the team of its level, and comes back when it is not any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from domain.complaint import Complaint
from domain.complaint import events as e
from domain.directory.events import Rung
from domain.kernel import Aggregate, Context, Event, Value
from domain.policies import Rulebook
from domain.privacy import Code
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.ticket import events as t


class Ladders(Protocol):
    """Where the reaction looks teams and people up; what lags raises NotYet."""

    def of(self, team: str) -> Iterable[Rung]:
        """Return where cases of *team* go that are escalated, but for teams that are closed."""
        ...

    def takes(self, team: str) -> bool:
        """Whether cases may be given to *team*."""
        ...

    def works(self, person: str, team: str, case: Complaint | Ticket) -> bool:
        """Whether *person* is on the staff, and works on cases like *case* in *team*."""
        ...


class HandToTheTeamOfItsLevel(Value):
    """Give a case to *team* because of the level that it reached at version *since*, or left."""

    team: Code
    assignee: Code | None = None
    raised: bool
    since: int

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records or ignores."""
        case.follow_level(self.team, self.assignee, by, rules, raised=self.raised, since=self.since)


class HandEscalatedCasesToTheTeamOfTheirLevel:
    """A team says who has its cases of each level; one without a team stays with that of the level below.

    On the way back a case goes to whoever had it, where they still work there, else to the queue.
    """

    NAME: ClassVar[str] = "hand_escalated_cases_to_the_team_of_their_level"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (e.Escalated, e.DeEscalated, t.Escalated, t.DeEscalated)
    OPENED: ClassVar[bool] = False

    def __init__(self, ladders: Ladders) -> None:
        self._ladders = ladders

    def decide(self, event: Event, case: Aggregate) -> Iterator[Send]:
        """Return where *case* goes because of *event*; where its team has no ladder it stays."""
        if not isinstance(case, Complaint | Ticket) or case.team is None:
            return
        home, since = case.came_from, event.originator_version
        level = event.level if isinstance(event, e.Escalated | t.Escalated | t.DeEscalated) else 0
        rungs = [each for each in self._ladders.of(home[0] if home else case.team) if each.level <= level]
        if rungs:
            team = max(rungs, key=lambda each: each.level).team
            yield Send(case.id, type(case), HandToTheTeamOfItsLevel(team=team, raised=True, since=since))
        elif home is not None and self._ladders.takes(home[0]):
            team, holder = home
            back = holder if holder is not None and self._ladders.works(holder, team, case) else None
            order = HandToTheTeamOfItsLevel(team=team, assignee=back, raised=False, since=since)
            yield Send(case.id, type(case), order)
