"""Who has a case: a team, and there a person or nobody; from whom it came, and where it goes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args
from uuid import UUID

from domain import errors
from domain.linking.linked import Linked

if TYPE_CHECKING:
    from datetime import datetime

    from domain.kernel import Context, Event
    from domain.policies import Rulebook

WhyHandedOver: TypeAlias = Literal["absent", "workload", "expertise", "conflict_of_interest", "other"]
"""Why somebody else is to have one case."""
WhyWaiting: TypeAlias = Literal["nobody_on_staff", "nobody_fits", "nobody_has_room"]
"""Why nobody of a team that assigns by itself was given a case."""
WAITS: frozenset[str] = frozenset(get_args(WhyWaiting))
RAISED, LOWERED = "escalation", "de_escalation"
"""Why a case is with the team of its level, and why it is back where it came from."""
BY_ITSELF: frozenset[str | None] = frozenset({None, RAISED, LOWERED})
"""The reasons for which nobody hands a case over."""


class Assignable(Linked):
    """A case that somebody has, or that waits in the queue of a team."""

    ASSIGNED: ClassVar[type[Event]]

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.team: str | None = None
        self.assignee: str | None = None
        self.passed_from: frozenset[str] = frozenset()
        """From whom the case was handed over, as long as nobody gives it back to them."""
        self.came_from: tuple[str, str | None] | None = None
        """The team, and whoever had it there, from which an escalation took the case."""
        self.had: tuple[str | None, str | None] = (None, None)
        """The team and the person that had the case before."""
        self.waits_because: str | None = None
        """Why the case was left in the queue when it came there, where that is known."""
        self.moved_at = 0
        """The version at which somebody last moved the case to another team, and off its ladder."""

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the case unless it is reopened."""
        raise NotImplementedError

    def conflicts_with(self, person: str) -> bool:
        """Whether the case is not for *person*, unless somebody answers for it."""
        del person
        return False

    def hand_over(
        self, holder: str, to: str | None, by: Context, rules: Rulebook, *, reason_code: str
    ) -> None:
        """Give the case of *holder* to somebody else of its team, or back to the queue.

        Whose it is no longer, and what has ended, is no news.  Somebody whom it concerns is passed
        over: it goes to the queue.
        """
        if self.assignee != holder or self._gone:
            return
        to = None if to is not None and self.conflicts_with(to) else to
        self._assign(self.team, to, by, rules, by.recorded_at, reason_code=reason_code)

    def hand_on(
        self,
        by: Context,
        rules: Rulebook,
        *,
        team: str | None,
        assignee: str | None,
        reason_code: WhyHandedOver,
        reason: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Give this one case to *assignee*, or to the queue of its team or another, and say why.

        Who has it already is no news; what the reason code does not tell, words do.
        """
        team = team or self.team
        if (team, assignee) == (self.team, self.assignee):
            return
        self._refuse_if_over()
        if reason_code == "other" and reason is None:
            raise errors.ReasonMissing
        if assignee is not None and self.conflicts_with(assignee):
            raise errors.ConflictOfInterest
        at = self._when(occurred_at, by)
        self._assign(team, assignee, by, rules, at, reason_code=reason_code, reason=reason)

    def follow_level(
        self, team: str, assignee: str | None, by: Context, rules: Rulebook, *, raised: bool, since: int
    ) -> None:
        """Go to the team of the level that was reached at version *since*, or back from there.

        Where somebody moved the case to another team since, it stays: they know better.
        """
        if self.team == team or self.moved_at > since or self._gone:
            return
        assignee = None if assignee is not None and self.conflicts_with(assignee) else assignee
        code = RAISED if raised else LOWERED
        self._assign(team, assignee, by, rules, by.recorded_at, reason_code=code)

    def leave(self, team: str, why: WhyWaiting, by: Context, rules: Rulebook) -> None:
        """Leave the case in the queue of *team* and say why; somebody's, or told before, is no news."""
        if (self.team, self.assignee) != (team, None) or self._gone or self.waits_because == why:
            return
        self._assign(team, None, by, rules, by.recorded_at, reason_code=why)

    def _give(self, team: str, assignee: str | None, reason_code: str | None) -> None:
        """Keep who has the case from this version on, and from whom it came."""
        if reason_code == RAISED and self.team is not None:
            self.came_from = self.came_from or (self.team, self.assignee)
        elif reason_code == LOWERED:
            self.came_from = None
        elif team != self.team:
            self.came_from, self.moved_at = None, self.version
        if reason_code not in BY_ITSELF and self.assignee is not None:
            self.passed_from |= {self.assignee}
        self.had = (self.team, self.assignee)
        self.waits_because = reason_code if assignee is None and reason_code in WAITS else None
        self.team, self.assignee = team, assignee
        if assignee in self.passed_from:
            self.passed_from -= {assignee}

    @property
    def _gone(self) -> bool:
        return self.ended or self.survivor is not None

    def _assign(
        self,
        team: str | None,
        assignee: str | None,
        by: Context,
        rules: Rulebook,
        at: datetime,
        **facts: Any,
    ) -> None:
        self._tell(self.ASSIGNED, by, rules, at, team=team, assignee=assignee, **facts)

    def _when(self, occurred_at: datetime | None, by: Context) -> datetime:
        raise NotImplementedError

    def _refuse_if_over(self) -> None:
        """Refuse what is asked of a case on which nothing more is done."""
        raise NotImplementedError

    def _tell(
        self,
        event: type[Event],
        by: Context,
        rules: Rulebook,
        at: datetime,
        *,
        known: bool = True,
        parts: tuple[str, ...] = (),
        **facts: object,
    ) -> None:
        raise NotImplementedError
