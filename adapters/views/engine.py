"""The engine that keeps read models up to date.

It loads the rows that a batch of one log's events touches, folds in memory, and saves
rows, counter changes and cursors in one transaction: after a crash a batch is there
whole or not at all, and whoever reads several read models at once sees them agree.
Several processes share the work by log: whoever locks a log's cursors works on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog
from sqlalchemy import Connection, bindparam, false, or_, select, true, update

from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import position, reached
from adapters.feed import Signal
from adapters.memory import without_cycles
from adapters.views import folding, tables
from adapters.views.generations import Generation, Generations, Place, leads, utc_now
from adapters.views.rows import Rows, count
from adapters.views.tables import VIEWS, View

log = structlog.get_logger()

BATCH = 500
"""Events a transaction while readers wait for them."""
FAR = 4_000
"""The same while that many or more are still to come, and in a build: rows that they share are saved once."""
LOOK_AGAIN = 0.05
"""Seconds between two looks at cursors that another process moves."""


class AheadOfTheLog(Exception):
    """A read model has seen events that the log does not have."""

    def __init__(self, projection: str, log: int, number: int, last: int) -> None:
        super().__init__(
            f"The read model {projection} is at {position(log, number)}, but the log ends at "
            f"{position(log, last)}: an older log was restored. Run `plaint rebuild`."
        )


@dataclass(frozen=True)
class Plan:
    """The next batch of one log: events beyond *after*, up to *stop*, for the slots in *members*."""

    log: int
    after: int
    stop: int
    members: tuple[tuple[View, str], ...]
    awaited: bool
    """Whether readers wait for these events; nobody reads what is still being built."""

    @property
    def topics(self) -> frozenset[str]:
        """The topics that some member needs."""
        return frozenset[str]().union(*(view.projection.topics for view, _ in self.members))


def reaches(cursors: Mapping[int, int], wanted: Mapping[int, int]) -> bool:
    """Whether *cursors* are at least at *wanted*, in every log that it names."""
    return all(cursors.get(at, 0) >= number for at, number in wanted.items())


def _place(folded: folding.Folded) -> dict[str, object]:
    poison = folded.poison
    return {
        "number": folded.reached,
        "stopped_at": poison.number if poison else None,
        "stopped_because": poison.why if poison else None,
    }


class ViewEngine:
    """Follows the logs; every slot of every read model has a cursor of its own in each."""

    def __init__(
        self,
        database: Database,
        store: CaseStore,
        views: Sequence[View] = VIEWS,
        *,
        batch: int = BATCH,
        now: Callable[[], datetime] = utc_now,
        moved: Signal | None = None,
        rows: Callable[[Connection, View, str], Rows] = Rows,
    ) -> None:
        self.database, self.store, self.views, self.batch = database, store, views, batch
        self.generations = Generations(database, views, now)
        self.moved, self._rows = moved or Signal(), rows
        self._one_at_a_time = Lock()
        self._by_name = {view.name: view for view in views}

    def prepare(self) -> None:
        """Give every read model its slot and cursors, where it lacks them."""
        self.generations.prepare(self.store.ends())

    def refuse_if_ahead(self) -> None:
        """Raise AheadOfTheLog when a cursor of a live slot points beyond the end of its log."""
        places, ends = self.generations.places(), self.store.ends()  # in this order: both move on
        for place in self._live(places):
            last = ends.get(place.log, 0)
            if place.number > last:
                raise AheadOfTheLog(place.projection, place.log, place.number, last)

    def cursors(self) -> dict[str, dict[int, int]]:
        """Return how far each read model that can be read has come in each log."""
        found: dict[str, dict[int, int]] = {}
        for place in self._live(self.generations.places()):
            found.setdefault(place.projection, {})[place.log] = place.number
        return found

    def lag(self) -> int:
        """Return how many events the slowest read model has still to fold; one to be built, all of them."""
        ends, cursors = self.store.ends(), self.cursors()
        reached = (cursors.get(view.name, {}) for view in self.views)
        return max(sum(max(0, end - each.get(log, 0)) for log, end in ends.items()) for each in reached)

    def stopped(self) -> dict[str, str]:
        """Return the read models that events have stopped, with the positions and what is wrong.

        One that is built anew and stopped on its way counts as long as no other can be read.
        """
        places, readable = self.generations.places(), self.cursors()
        found: dict[str, list[str]] = {}
        for place in places:
            counts = place.state == "live" or (place.state == "building" and place.projection not in readable)
            if place.stopped and counts and self._readable(place):
                found.setdefault(place.projection, []).append(place.trouble)
        return {name: "; ".join(said) for name, said in found.items()}

    def unbuilt(self) -> dict[str, str]:
        """Return the read models that cannot be read, with what becomes of them."""
        readable, found = self.cursors(), dict[str, str]()
        for view in self.views:
            if view.name not in readable:
                found[view.name] = "it has still to be built; run a worker or `plaint rebuild`"
        for each in self.generations.all():
            if each.projection in found:
                ours = self._by_name[each.projection].projection.version
                if each.version == ours and each.state != "kept":
                    found[each.projection] = "it is being built"
                elif each.version > ours and each.state == "live":
                    found[each.projection] = "a newer version of Plaint has built it; see `plaint rebuild`"
        return found

    def catch_up(
        self,
        progress: Callable[[int], object] | None = None,
        *,
        stopping: Callable[[], bool] = lambda: False,
    ) -> int:
        """Fold every event that is stored by now; return how many were new to some read model.

        Read models that cannot be read yet are built, and read from then on.  *progress* is
        told after each batch how many there were so far; *stopping* is asked before each.
        """
        with self._one_at_a_time:
            seen = 0
            while not stopping():
                moved = self._round(stopping)
                seen += moved
                if not moved and not self._mend():
                    break
                if progress is not None:
                    progress(seen)
        return seen

    def retry(self) -> bool:
        """Try events that stopped a read model once more; say whether any of them is past."""
        with self._one_at_a_time:
            stopped = [each for each in self.generations.places() if each.stopped and self._readable(each)]
            moved = [self._step(self._again(each)) for each in stopped]
            return any(moved)

    def wait_for(self, place: str | Mapping[int, int], seconds: float, names: Iterable[str]) -> bool:
        """Wait until the named read models have come to *place* in every log it names; say if they have.

        Another process may move the cursors: it tells so, and they are looked at again anyway.
        """
        wanted = reached(place) if isinstance(place, str) else place
        known, end = tuple(names), time.monotonic() + seconds
        while True:
            seen = self.moved.count
            cursors = self.cursors()
            if all(name in cursors and reaches(cursors[name], wanted) for name in known):
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.moved.wait(seen, min(left, LOOK_AGAIN))

    def step_builds(self) -> int:
        """Fold one batch, live slots first; return how many events it had."""
        with self._one_at_a_time:
            return self._round(lambda: False)

    def behind(self, built: Generation, places: Sequence[Place], ends: Mapping[int, int]) -> bool:
        """Whether *built* has still to reach its live slot, or the end of a log where that does not lead."""
        view = self._by_name[built.projection]
        mine = [each for each in places if (each.projection, each.slot) == (built.projection, built.slot)]
        return len(mine) < len(ends) or any(
            each.number < self._bound(each, view, places, ends) for each in mine
        )

    def _round(self, stopping: Callable[[], bool]) -> int:
        """Fold a batch of every log into the live slots; where there is none, one into those being built."""
        ends = self.store.ends()
        places = self.generations.places()
        if self.generations.complete(places, ends):
            places = self.generations.places()
        moved = 0
        following = [each for each in self._live(places) if not each.stopped]
        for each in sorted({p.log for p in following if p.number < ends.get(p.log, 0)}):
            if stopping():
                return moved
            moved += self._step(lambda c, at=each: self._live_plan(c, at, ends))
        if moved >= self.batch:
            return moved
        # What readers wait for goes first, but a desk that is never idle must not keep a build waiting.
        for each in sorted({p.log for p in places if self._can_build(p, places, ends)}):
            if built := self._step(lambda c, at=each: self._building_plan(c, at, ends)):
                return moved + built
        return moved

    def _step(self, planned: Callable[[Connection], Plan | None]) -> int:
        """Fold the batch that *planned* finds under its locks; return how many events it had."""
        with without_cycles():
            moved = self._stepped(planned)
        if moved:
            self.moved.send()
        return moved

    def _stepped(self, planned: Callable[[Connection], Plan | None]) -> int:
        """Do so, and let the batch go; SQLite has one writer: there events are read before it is held up."""
        ahead: tuple[Plan, folding.Batch] | None = None
        if self.database.is_sqlite:
            with self.database.read() as connection:
                plan = planned(connection)
            if plan is None or (batch := self._read(plan)) is None:
                return 0
            ahead = plan, batch
        with self.database.write() as connection:
            plan = planned(connection)
            if plan is None:
                return 0
            batch = ahead[1] if ahead and ahead[0] == plan else self._read(plan)
            if batch is None:
                return 0
            return self._fold(connection, plan, batch)

    def _read(self, plan: Plan) -> folding.Batch | None:
        left = plan.stop - plan.after
        many = (left >= FAR or not plan.awaited) and self.batch == BATCH
        limit = FAR if many else self.batch
        found = self.store.entries(plan.log, plan.after, min(limit, left), stop=plan.stop)
        return folding.read(found, plan.log, plan.topics, self.store.read) if found else None

    def _fold(self, connection: Connection, plan: Plan, batch: folding.Batch) -> int:
        deltas: dict[tuple[str, str, str, str], int] = {}
        furthest = plan.after
        moves: list[dict[str, object]] = []
        for view, slot in plan.members:
            folded = folding.fold(self._rows(connection, view, slot), batch)
            for (metric, value), amount in folded.deltas.items():
                deltas[slot, view.name, metric, value] = amount
            moves.append({"its_name": view.name, "its_slot": slot, "its_log": plan.log} | _place(folded))
            furthest = max(furthest, folded.reached)
        count(connection, deltas)
        self._move(connection, moves)
        return furthest - plan.after

    def _move(self, connection: Connection, moves: Sequence[Mapping[str, object]]) -> None:
        c = tables.cursors.c
        its = (
            c.projection == bindparam("its_name"),
            c.slot == bindparam("its_slot"),
            c.log == bindparam("its_log"),
        )
        connection.execute(update(tables.cursors).where(*its), moves)

    def _live_plan(self, connection: Connection, at: int, ends: Mapping[int, int]) -> Plan | None:
        """Claim the live slots at the lowest cursor of log *at*, and what is built and is there too.

        None when another process works on the log.
        """
        claimed = self._claimed(connection, at, ("live", "building"))
        places = self.generations.places(connection, at)
        live = [each for each in self._live(places) if not each.stopped]
        if not live or any((each.projection, each.slot) not in claimed for each in live):
            return None
        lowest = min(each.number for each in live)
        names = {each.projection for each in live if each.number == lowest}
        members = [
            each
            for each in places
            if each.number == lowest
            and each.projection in names
            and (each.projection, each.slot) in claimed
            and self._moves(each, ("live", "building"))
        ]
        return self._plan(members, min((p.number for p in live if p.number > lowest), default=ends[at]))

    def _building_plan(self, connection: Connection, at: int, ends: Mapping[int, int]) -> Plan | None:
        """Claim the slots being built at the lowest cursor of log *at* that may still move."""
        claimed = self._claimed(connection, at, ("building",))
        places = self.generations.places(connection, at)
        found = [
            each
            for each in places
            if (each.projection, each.slot) in claimed and self._can_build(each, places, ends)
        ]
        if not found:
            return None
        lowest = min(each.number for each in found)
        members = [each for each in found if each.number == lowest]
        bounds = [self._bound(each, self._by_name[each.projection], places, ends) for each in members]
        return self._plan(members, min([*bounds, *(p.number for p in found if p.number > lowest)]))

    def _again(self, stopped: Place) -> Callable[[Connection], Plan | None]:
        """Return a plan for one slot that an event has stopped: to try that event alone."""

        def plan(connection: Connection) -> Plan | None:
            claimed = self._claimed(connection, stopped.log, (stopped.state,), stopped=True)
            places = self.generations.places(connection, stopped.log)
            same = stopped in places and (stopped.projection, stopped.slot) in claimed
            return self._plan([stopped], stopped.number + 1) if same else None

        return plan

    def _plan(self, members: Sequence[Place], stop: int) -> Plan | None:
        first = members[0]
        if stop <= first.number:
            return None
        slots = tuple((self._by_name[each.projection], each.slot) for each in members)
        return Plan(first.log, first.number, stop, slots, any(each.state == "live" for each in members))

    def _claimed(
        self, connection: Connection, at: int, states: Iterable[str], *, stopped: bool = False
    ) -> set[tuple[str, str]]:
        """Lock the cursors of log *at* that nobody else has locked; return whose they are."""
        c, g = tables.cursors.c, tables.generations.c
        states = list(states)
        of_state = select(g.projection).where(
            g.projection == c.projection, g.slot == c.slot, g.state.in_(states)
        )
        moving = or_(c.stopped_at.is_(None), true() if stopped else false())
        query = select(c.projection, c.slot).where(c.log == at, moving, of_state.exists())
        query = query.order_by(c.projection, c.slot).with_for_update(skip_locked=True)
        return {(row.projection, row.slot) for row in connection.execute(query)}

    def _live(self, places: Iterable[Place]) -> list[Place]:
        return [each for each in places if each.state == "live" and self._readable(each)]

    def _readable(self, place: Place) -> bool:
        return place.version == self._by_name[place.projection].projection.version

    def _moves(self, place: Place, states: Iterable[str]) -> bool:
        return place.state in states and self._readable(place) and not place.stopped

    def _can_build(self, place: Place, places: Sequence[Place], ends: Mapping[int, int]) -> bool:
        view = self._by_name[place.projection]
        return self._moves(place, ("building",)) and place.number < self._bound(place, view, places, ends)

    def _bound(self, built: Place, view: View, places: Sequence[Place], ends: Mapping[int, int]) -> int:
        """Return how far *built* may go: to its live slot, or where none leads, to the end."""
        for each in places:
            if each.state == "live" and (each.projection, each.log) == (view.name, built.log):
                return each.number if leads(each, view, ends) else ends.get(built.log, 0)
        return ends.get(built.log, 0)

    def _mend(self) -> bool:
        """Begin to build what cannot be read, or have it read once it is built; say if anything was done."""
        places = self.generations.places()
        readable = {each.projection for each in self._live(places)}
        lacking = [view for view in self.views if view.name not in readable]
        mended = [self._mend_one(view, places) for view in lacking]
        return any(mended)

    def _mend_one(self, view: View, places: Sequence[Place]) -> bool:
        ends, version = self.store.ends(), view.projection.version
        found = [each for each in self.generations.all() if each.projection == view.name]
        if any(each.version > version and each.state != "kept" for each in found):
            # A newer version of Plaint is at work: two that take turns would build for ever.
            return False
        built = next((e for e in found if e.state == "building" and e.version == version), None)
        if built is None:
            self.generations.begin(view, ends, kept=True)
            return True
        if self.behind(built, places, ends) or not self.generations.switch(view, built.slot, ends):
            return False
        log.info("read_model_switched", projection=view.name, version=version)
        return True
