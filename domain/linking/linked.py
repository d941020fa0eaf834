"""A case with links to others: which, into which it was merged, and which were merged into it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from domain.attachments import Attached
from domain.clocks import MERGED, Clock, ClockCancelled, ClockResumed, ClockTakenOver
from domain.kernel import parts_of, upon
from domain.linking import events as e

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.kernel import Context, Event
    from domain.policies import Rulebook


class Link(NamedTuple):
    """A link as the case remembers it."""

    other: UUID
    kind: e.LinkKind
    inverse: bool


class Act(NamedTuple):
    """Something that happened on the case, as its promises hear it."""

    version: int
    word: str
    at: datetime
    parts: frozenset[str]


class Linked(Attached):
    """A case with links to others."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.survivor: UUID | None = None
        """The case into which this one was merged, while it is."""
        self.survivor_kind: e.OtherKind = "complaint"
        self.merged_at: datetime | None = None
        self.lent: frozenset[str] = frozenset()
        """The regimes that bind the case only by promises of cases that were merged into it."""
        self.links: frozenset[Link] = frozenset()
        self.absorbed: Mapping[UUID, e.OtherKind] = {}
        """The cases that go on in this one, in the order in which they were merged into it."""
        self.split_off: Mapping[tuple[int, ...], UUID] = {}
        """What was split off, by the versions of what was said, each with the case that it became."""
        self.aside: dict[UUID, int] = {}
        """The clocks that a merge set aside, each with the version at which it did."""
        self.acts: list[Act] = []
        """What happened while clocks were set aside: they hear of it when they come back."""

    @upon(ClockCancelled)
    def _set_aside(self, event: ClockCancelled) -> None:
        if event.cause == MERGED:
            self.aside[event.clock_id] = event.originator_version

    @upon(ClockResumed)
    def _take_back(self, event: ClockResumed) -> None:
        if self.aside.pop(event.clock_id, None) and not self.aside:
            self.acts = []

    @upon(ClockTakenOver)
    def _borrow(self, event: ClockTakenOver) -> None:
        if self.pin(event.regime) is None:
            self.lent |= {event.regime}

    @upon(e.CaseLinked)
    def _keep_link(self, event: e.CaseLinked) -> None:
        self.links |= {Link(event.other, event.kind, event.inverse)}

    @upon(e.CaseUnlinked)
    def _drop_link(self, event: e.CaseUnlinked) -> None:
        self.links -= {Link(event.other, event.kind, event.inverse)}

    @upon(e.CaseMerged)
    def _go_on_in(self, event: e.CaseMerged) -> None:
        self.survivor, self.survivor_kind = event.survivor, event.survivor_kind
        self.merged_at = event.occurred_at

    @upon(e.CaseAbsorbed)
    def _absorb(self, event: e.CaseAbsorbed) -> None:
        self.absorbed = {**self.absorbed, event.other: event.other_kind}

    @upon(e.CaseUnmerged)
    def _part(self, event: e.CaseUnmerged) -> None:
        if event.was == "merged":
            self.survivor = self.merged_at = None
        else:
            self.absorbed = {id: kind for id, kind in self.absorbed.items() if id != event.other}
            self._loosen(event.other)

    @upon(e.CaseSplit)
    def _split_off(self, event: e.CaseSplit) -> None:
        self.split_off = {**self.split_off, event.versions: event.into}

    def owns(self, regime: str) -> bool:
        """Whether *regime* binds the case by itself."""
        return regime not in self.lent and self.pin(regime) is not None

    def restart(self, clock: Clock, by: Context, rules: Rulebook) -> None:
        """Let *clock*, which runs again, start when it should have, by what was corrected meanwhile."""

    def as_corrected(self, clock: Clock, by: Context, rules: Rulebook) -> Clock:
        """Return *clock*, which was set aside, as it should have run by what was corrected meanwhile."""
        del by, rules
        return clock

    def mend(self, by: Context, rules: Rulebook) -> None:
        """Undo, on a case that is merged no longer, what acts did that were marked in error meanwhile."""

    def begin_own(self, parted: UUID, by: Context, rules: Rulebook) -> None:
        """Begin what a correction bound the case to while the promise of *parted* stood for its own."""

    def remember(self, word: str, event: Event) -> None:
        """Keep that *word* happened while a clock was set aside, which will have to know of it."""
        self.acts.append(Act(event.originator_version, word, event.occurred_at, parts_of(event)))

    def _loosen(self, other: UUID) -> None:
        """Let go of the regimes that bound only the case that parts."""
        kept = {
            clock.regime
            for clock in self.clocks.values()
            if (clock.live if clock.taken_from is None else clock.taken_from != other)
        }
        gone = self.lent - kept
        self.lent -= gone
        self.pins = tuple(pin for pin in self.pins if pin.regime not in gone)
