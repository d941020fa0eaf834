"""Who folds what next: the cursors of a log are claimed, and what stands together goes on together.

Several processes share the work by log.  Whoever locks the cursors of a log's live slots works on
it; the others pass it over and wait for nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, select

from adapters.views import tables
from adapters.views.generations import Generations, Place, leads
from adapters.views.tables import View

Member: TypeAlias = tuple[View, str]
"""A read model, with the table that a slot of it is in now, and that slot."""
Slots: TypeAlias = set[tuple[str, str, int]]
"""Read model, slot and log of each cursor that is claimed."""

_C, _G = tables.cursors.c, tables.generations.c
ANY = (
    select(_C.projection, _C.slot, _C.log)
    .where(
        _C.log.in_(bindparam("logs", expanding=True)),
        select(_G.projection)
        .where(
            _G.projection == _C.projection,
            _G.slot == _C.slot,
            _G.state.in_(bindparam("states", expanding=True)),
        )
        .exists(),
    )
    .order_by(_C.log, _C.projection, _C.slot)
    .with_for_update(skip_locked=True)
)
"""Locks cursors that nobody else has locked; asked in every round of a worker, so it is written once."""
MOVING = ANY.where(_C.stopped_at.is_(None))


@dataclass(frozen=True)
class Plan:
    """The next batch of one log: events beyond *after*, up to *stop*, for the slots in *members*."""

    log: int
    after: int
    stop: int
    members: tuple[Member, ...]
    awaited: bool
    """Whether readers wait for these events; nobody reads what is still being built."""

    @property
    def topics(self) -> frozenset[str]:
        """The topics that some member needs."""
        return frozenset[str]().union(*(view.projection.topics for view, _ in self.members))

    def without(self, member: Member) -> Plan | None:
        """Return the same for everybody else, if there is anybody."""
        others = tuple(each for each in self.members if each != member)
        return replace(self, members=others) if others else None


Planned: TypeAlias = Callable[[Connection], Sequence[Plan]]
"""Finds what to fold, and claims it for as long as the transaction lasts."""


class Planner:
    """Finds the next batches of *views*."""

    def __init__(self, generations: Generations, views: Sequence[View]) -> None:
        self.generations = generations
        self._by_name = {view.name: view for view in views}

    def live(self, places: Iterable[Place]) -> list[Place]:
        """Return those of *places* whose slots are read by this code."""
        return [each for each in places if each.state == "live" and self.readable(each)]

    def readable(self, place: Place) -> bool:
        """Whether the rows in the slot of *place* are of this code's version."""
        return place.version == self._by_name[place.projection].projection.version

    def behind(self, places: Iterable[Place], ends: Mapping[int, int]) -> dict[int, int]:
        """Return how many events the slowest live slot that moves has still to fold, by log, where any."""
        found: dict[int, int] = {}
        for each in self.live(places):
            left = ends.get(each.log, 0) - each.number
            if left > 0 and not each.stopped:
                found[each.log] = max(left, found.get(each.log, 0))
        return dict(sorted(found.items()))

    def can_build(self, place: Place, places: Sequence[Place], ends: Mapping[int, int]) -> bool:
        """Whether *place* is of a build that may go on in its log."""
        return self._moves(place, ("building",)) and place.number < self.bound(place, places, ends)

    def bound(self, built: Place, places: Sequence[Place], ends: Mapping[int, int]) -> int:
        """Return how far *built* may go: to its live slot, or where none leads, to the end."""
        view, end = self._by_name[built.projection], ends.get(built.log, 0)
        for each in places:
            if each.state == "live" and (each.projection, each.log) == (view.name, built.log):
                return each.number if leads(each, view, ends) else end
        return end

    def following(self, logs: Iterable[int], ends: Mapping[int, int]) -> Planned:
        """Return how to claim, in each of *logs*, the live slots at the lowest cursor.

        What is built and is there too goes along.  A log that another process works on is left out.
        """

        def plan(connection: Connection) -> Sequence[Plan]:
            claimed = self._claimed(connection, logs, ("live", "building"))
            found = (
                self._live_plan(places, claimed, ends[log])
                for log, places in self._by_log(connection, {log for *_, log in claimed})
            )
            return [each for each in found if each is not None]

        return plan

    def building(self, log: int, ends: Mapping[int, int]) -> Planned:
        """Return how to claim the slots being built at the lowest cursor of *log* that may still move."""

        def plan(connection: Connection) -> Sequence[Plan]:
            claimed = self._claimed(connection, [log], ("building",))
            places = self.generations.places(connection, [log])
            found = [p for p in places if _slot(p) in claimed and self.can_build(p, places, ends)]
            if not found:
                return []
            lowest = min(each.number for each in found)
            members = [each for each in found if each.number == lowest]
            bounds = [self.bound(each, places, ends) for each in members]
            made = self._plan(members, min([*bounds, *(p.number for p in found if p.number > lowest)]))
            return [] if made is None else [made]

        return plan

    def alone(self, stopped: Place) -> Planned:
        """Return how to claim one slot that an event has stopped: to try that event alone."""

        def plan(connection: Connection) -> Sequence[Plan]:
            claimed = self._claimed(connection, [stopped.log], (stopped.state,), stopped=True)
            same = stopped in self.generations.places(connection, [stopped.log])
            made = self._plan([stopped], stopped.number + 1) if same and _slot(stopped) in claimed else None
            return [] if made is None else [made]

        return plan

    def apart(self, plan: Plan, member: Member) -> Planned:
        """Return how to claim one *member* of *plan*, if it is still where the plan begins."""
        view, slot = member

        def planned(connection: Connection) -> Sequence[Plan]:
            claimed = self._claimed(connection, [plan.log], ("live", "building"), stopped=True)
            same = [
                each
                for each in self.generations.places(connection, [plan.log])
                if each.number == plan.after and (each.projection, each.slot) == (view.name, slot)
            ]
            if not same or (view.name, slot, plan.log) not in claimed:
                return []
            return [replace(plan, members=tuple(map(self._member, same)))]

        return planned

    def _live_plan(self, places: Sequence[Place], claimed: Slots, end: int) -> Plan | None:
        live = [each for each in self.live(places) if not each.stopped]
        if not live or any(_slot(each) not in claimed for each in live):
            return None
        lowest = min(each.number for each in live)
        names = {each.projection for each in live if each.number == lowest}
        members = [
            each
            for each in places
            if each.number == lowest
            and each.projection in names
            and _slot(each) in claimed
            and self._moves(each, ("live", "building"))
        ]
        return self._plan(members, min((p.number for p in live if p.number > lowest), default=end))

    def _plan(self, members: Sequence[Place], stop: int) -> Plan | None:
        first = members[0]
        if stop <= first.number:
            return None
        slots = tuple(map(self._member, members))
        return Plan(first.log, first.number, stop, slots, any(each.state == "live" for each in members))

    def _member(self, place: Place) -> Member:
        return self.generations.beside.of(self._by_name[place.projection], place.state), place.slot

    def _by_log(self, connection: Connection, logs: Iterable[int]) -> Iterable[tuple[int, list[Place]]]:
        """Return the places in *logs*, read after their cursors were claimed: no switch is under way."""
        found: dict[int, list[Place]] = defaultdict(list)
        for each in self.generations.places(connection, logs):
            found[each.log].append(each)
        return sorted(found.items())

    def _claimed(
        self, connection: Connection, logs: Iterable[int], states: Iterable[str], *, stopped: bool = False
    ) -> Slots:
        """Lock the cursors of *logs* that nobody else has locked; return whose they are."""
        query = ANY if stopped else MOVING
        values = {"logs": list(logs), "states": list(states)}
        return {(name, slot, log) for name, slot, log in connection.execute(query, values)}

    def _moves(self, place: Place, states: Iterable[str]) -> bool:
        return place.state in states and self.readable(place) and not place.stopped


def _slot(place: Place) -> tuple[str, str, int]:
    return place.projection, place.slot, place.log
