"""The engine that keeps read models up to date.

It loads the rows that a batch of events touches, folds in memory, and saves rows, counter
changes and cursors in one transaction, for every log that has something new: after a crash a
batch is there whole or not at all, and whoever reads several read models at once sees them
agree.  Several processes share the work by log: whoever locks a log's cursors works on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog
from sqlalchemy import Connection

from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import position, reached
from adapters.feed import Signal
from adapters.views.generations import Generation, Generations, Place, utc_now
from adapters.views.planning import Planner
from adapters.views.rows import Rows
from adapters.views.stepping import BATCH, Steps
from adapters.views.tables import VIEWS, View

log = structlog.get_logger()

LIVE = (
    "SELECT c.projection, g.version, c.log, c.number FROM cursors AS c "
    "JOIN generations AS g ON g.projection = c.projection AND g.slot = c.slot WHERE g.state = 'live'"
)
"""Whoever waits asks it again and again."""
LOOK_AGAIN = 0.05
"""Seconds between two looks at cursors that another process moves."""
MANY = 50_000
"""Events folded in one go after which PostgreSQL looks at once at what its tables hold by then."""


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


def beyond(places: Iterable[Place], ends: Mapping[int, int]) -> list[Place]:
    """Return those of *places* that are beyond the ends of their logs, or of what these were a moment ago."""
    return [each for each in places if each.number > ends.get(each.log, 0)]


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


class ViewEngine(Steps):
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
        self.views, self.generations = views, Generations(database, views, now)
        planner = Planner(self.generations, views)
        super().__init__(database, store, planner, batch=batch, moved=moved or Signal(), rows=rows)
        self._one_at_a_time = Lock()
        self._by_name = {view.name: view for view in views}

    def prepare(self) -> None:
        """Give every read model its slot and cursors, where it lacks them."""
        self.generations.prepare(self.store.ends())

    def refuse_if_ahead(self) -> None:
        """Raise AheadOfTheLog when a cursor of a live slot points beyond the end of its log."""
        places, ends = self.generations.places(), self.store.ends()  # in this order: both move on
        for place in beyond(self.planner.live(places), ends):
            raise AheadOfTheLog(place.projection, place.log, place.number, ends.get(place.log, 0))

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
        Raises AheadOfTheLog when an older log was restored: its next events have numbers that were seen.
        """
        with self._one_at_a_time:
            seen = 0
            while not stopping():
                look = self._look()
                if beyond(self.planner.live(look.places), look.ends):
                    self.refuse_if_ahead()  # another process may only have folded what came since
                moved = self._round(look, stopping)
                seen += moved
                # A desk that is never idle must not keep a build from being read once it is level.
                mended = look.unfinished and moved < self.batch and self._mend(look.ends)
                if not moved and not mended:
                    break
                if progress is not None:
                    progress(seen)
                if moved == look.left and not look.unfinished:
                    break
            if seen >= MANY and not self.database.is_sqlite:
                self._analyse()
        return seen

    def _analyse(self) -> None:
        """Have PostgreSQL look at its tables: by itself it does so a minute later.

        Until then it takes them for empty, and answers a question to a hundred thousand rows as one to none.
        """
        tables = {each for view in self.views for each in view.table.metadata.tables}
        with self.database.write() as connection:
            connection.exec_driver_sql(f"ANALYZE {', '.join(sorted(tables))}")

    def retry(self) -> bool:
        """Try events that stopped a read model once more; say whether any of them is past."""
        with self._one_at_a_time:
            stopped = [
                each for each in self.generations.places() if each.stopped and self.planner.readable(each)
            ]
            moved = [self.step(self.planner.alone(each)) for each in stopped]
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
            moved += self.step(self.planner.following(logs, look.ends))
        if moved >= self.batch or not look.unfinished:
            return moved
        # What readers wait for goes first, but a desk that is never idle must not keep a build waiting.
        buildable = (p.log for p in look.places if self.planner.can_build(p, look.places, look.ends))
        for each in sorted(set(buildable)):
            if built := self.step(self.planner.building(each, look.ends)):
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

    def _mend(self, ends: Mapping[int, int]) -> bool:
        """Begin to build what cannot be read, or have it read once at *ends*; say if anything was done."""
        places = self.generations.places()
        readable = {each.projection for each in self.planner.live(places)}
        lacking = [view for view in self.views if view.name not in readable]
        mended = [self._mend_one(view, places, ends) for view in lacking]
        return any(mended)

    def _mend_one(self, view: View, places: Sequence[Place], ends: Mapping[int, int]) -> bool:
        version = view.projection.version
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
