"""For whom a case is not: the person complained of, and who decided it before; of any kind of case.

Del. Reg. (EU) 2025/293, art. 1(2)(b).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID

from domain import errors
from domain.case import Case
from domain.complaint.life_events import PersonComplainedOfNamed
from domain.four_eyes import people_of
from domain.kernel import upon
from domain.linking.events import Carried, CaseUnmerged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.kernel import Context, Event
    from domain.policies import Rulebook

CONFLICT = "conflict"
"""Why a case goes back to the queue whose holder turns out to be complained of."""


class Conflict(NamedTuple):
    """For whom a case is not."""

    complained_of: frozenset[str] = frozenset()
    former_deciders: frozenset[str] = frozenset()


class Concerned(Case):
    """A case that knows for whom it is not."""

    PERSON_COMPLAINED_OF_NAMED: ClassVar[type[PersonComplainedOfNamed]]
    NOT_BY_THEM: ClassVar[tuple[type[Event], ...]] = ()
    """What ends a case or lets it go on elsewhere: nobody does that to one about themselves."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self._complained_of: frozenset[str] = frozenset()
        self._former_deciders: frozenset[str] = frozenset()
        self.brought: Mapping[UUID, Conflict] = {}
        """For whom the cases are not that go on in this one."""

    @property
    def complained_of(self) -> frozenset[str]:
        """Who is complained of, here or in a case that goes on here."""
        if not self.brought:
            return self._complained_of
        return self._complained_of.union(*(each.complained_of for each in self.brought.values()))

    @property
    def former_deciders(self) -> frozenset[str]:
        """Who took part in decisions that were taken up again, here or in a case that goes on here."""
        if not self.brought:
            return self._former_deciders
        return self._former_deciders.union(*(each.former_deciders for each in self.brought.values()))

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the case unless it is reopened."""
        raise NotImplementedError

    @upon(PersonComplainedOfNamed)
    def _name_person(self, event: PersonComplainedOfNamed) -> None:
        self._complained_of |= {event.user}

    @upon(Carried)
    def _take_conflicts_over(self, event: Carried) -> None:
        if event.brought_by is None:
            self._complained_of |= frozenset(event.complained_of)
            self._former_deciders |= frozenset(event.former_deciders)
        else:
            self.brought = {**self.brought, event.brought_by: _conflict(event)}

    @upon(CaseUnmerged)
    def _part_conflicts(self, event: CaseUnmerged) -> None:
        if event.was == "survivor":
            self.brought = {id: each for id, each in self.brought.items() if id != event.other}

    def name_person_complained_of(
        self, user: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that *user* is complained of; a case that they have goes back to the queue."""
        if user in self.complained_of:
            return
        self._refuse_unless_there()
        at = self._when(occurred_at, by)
        self._tell(self.PERSON_COMPLAINED_OF_NAMED, by, rules, at, user=user)
        self.give_back(by, rules, at=at)

    def give_back(self, by: Context, rules: Rulebook, *, at: datetime) -> None:
        """Let a case go back to the queue whose holder turns out to be complained of; else it is no news."""
        if self.assignee is None or self.ended or self.survivor is not None:
            return
        if self.concerns(self.assignee):
            facts: dict[str, Any] = {"team": self.team, "assignee": None, "reason_code": CONFLICT}
            self._tell(self.ASSIGNED, by, rules, at, **facts)

    def hear_of(
        self, other: UUID, passed: Mapping[str, tuple[str, ...]], by: Context, rules: Rulebook
    ) -> bool:
        """Take what was *passed* on, and go back to the queue where that concerns who has the case."""
        news = super().hear_of(other, passed, by, rules)
        if news:
            self.give_back(by, rules, at=by.recorded_at)
        return news

    def conflicts_with(self, person: str) -> bool:
        """Whether the case is not for *person*, unless somebody answers for it."""
        return not people_of(person).isdisjoint(self.complained_of | self.former_deciders)

    def concerns(self, person: str) -> bool:
        """Whether the case is about *person*, who then decides nothing about it."""
        return not people_of(person).isdisjoint(self.complained_of)

    def overridden(self, assignee: str | None, reason: str | None) -> dict[str, Any]:
        """Return what an assignment says besides that is made despite a conflict, for a *reason*.

        Without one it is refused with `ConflictOfInterest`; a reason without a conflict is not kept.
        """
        if assignee is None or not self.conflicts_with(assignee):
            return {}
        if reason is None:
            raise errors.ConflictOfInterest
        return {"conflict_overridden": True, "override_reason": reason}

    def passed_on(self) -> Mapping[str, tuple[str, ...]]:
        """Return for whom the case is not, as the event of another says it in which it goes on."""
        return {**super().passed_on(), **_told(Conflict(self.complained_of, self.former_deciders))}

    def brought_by(self, other: UUID) -> Mapping[str, tuple[str, ...]]:
        """Return for whom the case is not because of *other*."""
        return {**super().brought_by(other), **_told(self.brought.get(other, Conflict()))}

    def remove_file(self, id: UUID, reason: str, by: Context) -> None:
        """Record that the file is taken off the case, not by whom that is about."""
        self._refuse_if_complained_of(by)
        super().remove_file(id, reason, by)

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
        """Record *event* as every case does; what ends the case, not by whom that is about."""
        # Asked of a model whether it is one of many kinds, Python takes longer than for anything else here.
        if self.complained_of and issubclass(event, self.NOT_BY_THEM):
            self._refuse_if_complained_of(by)
        super()._tell(event, by, rules, at, known=known, parts=parts, **facts)

    def _refuse_if_complained_of(self, by: Context) -> None:
        """Nobody decides on a case about themselves."""
        if self.complained_of and self.concerns(by.actor):
            raise errors.NotYoursToDecide


def _conflict(event: Carried) -> Conflict:
    return Conflict(frozenset(event.complained_of), frozenset(event.former_deciders))


def _told(conflict: Conflict) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(people)) for name, people in conflict._asdict().items()}
