"""The engine that keeps read models up to date.

It loads the rows that a batch of one log's events touches, folds in memory, and saves
rows, counter changes and cursors in one transaction: after a crash a batch is there
whole or not at all, and whoever reads several read models at once sees them agree.
Several processes share the work by log: whoever locks a log's cursors works on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import TypeAlias

import structlog
from sqlalchemy import Connection, exc

from adapters.database import Database
from adapters.eventstore.news import Stretch
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import position, reached
from adapters.feed import Signal
from adapters.memory import without_cycles
from adapters.views import folding
from adapters.views.generations import Generation, Generations, Place, utc_now
from adapters.views.moving import Move, move
from adapters.views.planning import Plan, Planned, Planner
from adapters.views.rows import Rows, count
from adapters.views.tables import VIEWS, View

log = structlog.get_logger()

Batches: TypeAlias = Mapping[int, folding.Batch]
"""By log: events as they were read."""

BATCH = 500
"""Events a transaction while readers wait for them."""
FAR = 4_000
"""The same while that many or more are still to come, and in a build: rows that they share are saved once."""
LIVE = (
    "SELECT c.projection, g.version, c.log, c.number FROM cursors AS c "
    "JOIN generations AS g ON g.projection = c.projection AND g.slot = c.slot WHERE g.state = 'live'"
)
"""Whoever waits asks it again and again."""
FAULTS = (
    exc.DataError,
    exc.IntegrityError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
)
"""What is wrong with a row or an event; all else, such as a database that is away, passes by itself."""
LOOK_AGAIN = 0.05
"""Seconds between two looks at cursors that another process moves."""


class AheadOfTheLog(Exception):
    """A read model has seen events that the log does not have."""

    def __init__(self, projection: str, log: int, number: int, last: int) -> None:
        super().__init__(
            f"The read model {projection} is at {position(log, number)}, but the log ends at "
            f"{position(log, last)}: an older log was restored. Run `plaint rebuild`."
        )


def reaches(cursors: Mapping[int, int], wanted: Mapping[int, int]) -> bool:
    """Whether *cursors* are at least at *wanted*, in every log that it names."""
    return all(cursors.get(at, 0) >= number for at, number in wanted.items())


class Unsaved(Exception):
    """What events make of the rows of one slot cannot be saved, or what is there cannot be read."""

    def __init__(self, plans: Sequence[Plan], member: tuple[View, str], why: str) -> None:
        super().__init__(f"{member[0].name}: {why}")
        self.plans, self.member, self.why = plans, member, why


@dataclass(frozen=True)
class Look:
    """Where everything stands at the beginning of a round.

    *behind* says by log how much live slots have still to fold; *unfinished* whether any read
    model is being built, or has still to be.
    """

    ends: Mapping[int, int]
    places: Sequence[Place]
    behind: Mapping[int, int]
    unfinished: bool

    @property
    def left(self) -> int:
        """How many events live slots have still to fold, in all logs."""
        return sum(self.behind.values())


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
        self.planner = Planner(self.generations, views)
        self._one_at_a_time = Lock()
        self._by_name = {view.name: view for view in views}

    def prepare(self) -> None:
        """Give every read model its slot and cursors, where it lacks them."""
        self.generations.prepare(self.store.ends())

    def refuse_if_ahead(self) -> None:
        """Raise AheadOfTheLog when a cursor of a live slot points beyond the end of its log."""
        places, ends = self.generations.places(), self.store.ends()  # in this order: both move on
        for place in self.planner.live(places):
            last = ends.get(place.log, 0)
            if place.number > last:
                raise AheadOfTheLog(place.projection, place.log, place.number, last)

    def cursors(self, names: Sequence[str] = ()) -> dict[str, dict[int, int]]:
        """Return how far each read model that can be read has come in each log; with *names*, only those."""
        found: dict[str, dict[int, int]] = {}
        question = LIVE + (f" AND c.projection IN ({', '.join('?' * len(names))})" if names else "")
        for name, version, log_number, number in self.database.answers(question, names):
            view = self._by_name.get(name)
            if view is not None and view.projection.version == version:
                found.setdefault(name, {})[log_number] = number
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
            if place.stopped and counts and self.planner.readable(place):
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
                look = self._look()
                moved = self._round(look, stopping)
                seen += moved
                if not moved and not (look.unfinished and self._mend()):
                    break
                if progress is not None:
                    progress(seen)
                if moved == look.left and not look.unfinished:
                    break
        return seen

    def retry(self) -> bool:
        """Try events that stopped a read model once more; say whether any of them is past."""
        with self._one_at_a_time:
            stopped = [
                each for each in self.generations.places() if each.stopped and self.planner.readable(each)
            ]
            moved = [self._step(self.planner.alone(each)) for each in stopped]
            return any(moved)

    def wait_for(self, place: str | Mapping[int, int], seconds: float, names: Iterable[str]) -> bool:
        """Wait until the named read models have come to *place* in every log it names; say if they have.

        Another process may move the cursors: it tells so, and they are looked at again anyway.
        """
        wanted = reached(place) if isinstance(place, str) else place
        known, end = tuple(names), time.monotonic() + seconds
        while True:
            seen = self.moved.count
            cursors = self.cursors(known)
            if all(name in cursors and reaches(cursors[name], wanted) for name in known):
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.moved.wait(seen, min(left, LOOK_AGAIN))

    def step_builds(self) -> int:
        """Fold one batch, live slots first; return how many events it had."""
        with self._one_at_a_time:
            return self._round(self._look(), lambda: False)

    def behind(self, built: Generation, places: Sequence[Place], ends: Mapping[int, int]) -> bool:
        """Whether *built* has still to reach its live slot, or the end of a log where that does not lead."""
        mine = [each for each in places if (each.projection, each.slot) == (built.projection, built.slot)]
        return len(mine) < len(ends) or any(
            each.number < self.planner.bound(each, places, ends) for each in mine
        )

    def _look(self) -> Look:
        """Return where everything stands; slots that lack cursors of a log have them from now on."""
        ends = self.store.ends()
        places = self.generations.places()
        if self._lacks(places, ends) and self.generations.complete(places, ends):
            places = self.generations.places()
        unfinished = self._unreadable(places) or any(each.state == "building" for each in places)
        return Look(ends, places, self.planner.behind(places, ends), unfinished)

    def _unreadable(self, places: Sequence[Place]) -> bool:
        return len({each.projection for each in self.planner.live(places)}) < len(self.views)

    def _lacks(self, places: Sequence[Place], ends: Mapping[int, int]) -> bool:
        """Whether some slot may lack the cursor of some log."""
        slots = {(each.projection, each.slot) for each in places}
        return len(places) < len(slots) * len(ends) or self._unreadable(places)

    def _round(self, look: Look, stopping: Callable[[], bool]) -> int:
        """Fold a batch of every log into the live slots; where there is none, one into those being built."""
        moved = 0
        for logs in self._groups(look.behind):
            if stopping():
                return moved
            moved += self._step(self.planner.following(logs, look.ends))
        if moved >= self.batch or not look.unfinished:
            return moved
        # What readers wait for goes first, but a desk that is never idle must not keep a build waiting.
        buildable = (p.log for p in look.places if self.planner.can_build(p, look.places, look.ends))
        for each in sorted(set(buildable)):
            if built := self._step(self.planner.building(each, look.ends)):
                return moved + built
        return moved

    def _groups(self, behind: Mapping[int, int]) -> Iterator[list[int]]:
        """Yield the logs that one transaction is about: of several no more events than a batch has."""
        group, size = list[int](), 0
        for each, left in behind.items():
            if group and size + left > self.batch:
                yield group
                group, size = [], 0
            group.append(each)
            size += left
        if group:
            yield group

    def _step(self, planned: Planned) -> int:
        """Fold the batches that *planned* finds under its locks; return how many events they had."""
        with without_cycles():
            moved = self._tried(planned)
        if moved:
            self.moved.send()
        return moved

    def _tried(self, planned: Planned) -> int:
        """Do so; whoever cannot be saved goes on apart, and holds nobody else up."""
        try:
            return self._stepped(planned)
        except Unsaved as error:
            member = error.member
            moved = self._tried(lambda c: [p for each in planned(c) if (p := each.without(member))])
            apart = [self._apart(each, member) for each in error.plans if member in each.members]
            return max(moved, sum(apart))

    def _apart(self, plan: Plan, member: tuple[View, str]) -> int:
        """Fold into one slot alone, by halves down to the event that cannot be saved: it stops the slot."""
        try:
            return self._stepped(self.planner.apart(plan, member))
        except Unsaved as error:
            if plan.stop - plan.after == 1:
                self._stop(plan, member, error.why)
                return 0
        middle = (plan.after + plan.stop) // 2
        first = self._apart(replace(plan, stop=middle), member)
        return first + self._apart(replace(plan, after=middle), member)

    def _stop(self, plan: Plan, member: tuple[View, str], why: str) -> None:
        view, slot = member
        poison = folding.Poison(plan.stop, why)
        with self.database.write() as connection:
            if self.planner.apart(plan, member)(connection):
                self._move(connection, [Move(view.name, slot, plan.log, plan.after, plan.stop, why)])
                folding.tell(view.name, plan.log, poison)

    def _stepped(self, planned: Planned) -> int:
        """Fold in one transaction; SQLite has one writer: there events are read before it is held up."""
        ahead: tuple[Sequence[Plan], Batches] | None = None
        if self.database.is_sqlite:
            with self.database.read() as connection:
                plans = planned(connection)
            if not plans:
                return 0
            ahead = plans, self._read(plans)
        with self.database.write() as connection:
            plans = planned(connection)
            if not plans:
                return 0
            batches = ahead[1] if ahead and ahead[0] == plans else self._read(plans)
            return self._fold(connection, [each for each in plans if each.log in batches], batches)

    def _read(self, plans: Sequence[Plan]) -> Batches:
        wanted = {each.log: Stretch(each.after, each.stop, self._most(each)) for each in plans}
        found = self.store.news(wanted)
        return {
            each.log: folding.read(found[each.log], each.log, each.topics, self.store.read)
            for each in plans
            if each.log in found
        }

    def _most(self, plan: Plan) -> int:
        """Return how many events of *plan* one transaction takes."""
        far = plan.stop - plan.after >= FAR or not plan.awaited
        return FAR if far and self.batch == BATCH else self.batch

    def _fold(self, connection: Connection, plans: Sequence[Plan], batches: Batches) -> int:
        deltas: dict[tuple[str, str, str, str], int] = {}
        moves: list[Move] = []
        furthest = {each.log: each.after for each in plans}
        for member in dict.fromkeys(member for each in plans for member in each.members):
            view, slot = member
            mine = [batches[each.log] for each in plans if member in each.members]
            try:
                folded = folding.fold(self._rows(connection, view, slot), mine)
            except FAULTS as error:
                raise Unsaved(plans, member, type(error).__name__) from error
            for (metric, value), amount in folded.deltas.items():
                deltas[slot, view.name, metric, value] = amount
            for each, number in folded.reached.items():
                at, why = folded.poison.get(each, (None, None))
                moves.append(Move(view.name, slot, each, number, at, why))
                furthest[each] = max(furthest[each], number)
        count(connection, deltas)
        self._move(connection, moves)
        return sum(furthest[each.log] - each.after for each in plans)

    def _move(self, connection: Connection, moves: Sequence[Move]) -> None:
        move(connection, moves)

    def _mend(self) -> bool:
        """Begin to build what cannot be read, or have it read once it is built; say if anything was done."""
        places = self.generations.places()
        readable = {each.projection for each in self.planner.live(places)}
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
