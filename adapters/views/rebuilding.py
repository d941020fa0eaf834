"""Read models built anew beside those that are read, held against them, and read in their place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from sqlalchemy import Connection

from adapters.views.comparing import Comparison, Slot, compare, rows
from adapters.views.engine import ViewEngine
from adapters.views.generations import Generation, Place, leads
from adapters.views.tables import View

log = structlog.get_logger()

PAUSE = 0.05
"""Seconds to wait while another process has the logs in hand."""


class BuildStopped(Exception):
    """An event that cannot be folded stands in the way of a read model that is built anew."""

    def __init__(self, projection: str, trouble: str) -> None:
        super().__init__(
            f"The read model {projection} cannot be built beyond {trouble}. What is read stays as it is; "
            "once the cause is mended, the same command goes on where it stood."
        )


@dataclass(frozen=True)
class Rebuilt:
    """What became of one read model.

    *events* were gone through; *differences* is None where there was nothing to compare
    with.  It is *live* unless it was of the same version and differed.
    """

    rows: int
    events: int
    seconds: float
    differences: int | None
    first: tuple[UUID, ...] = ()
    live: bool = True


def rebuild(
    engine: ViewEngine,
    names: Iterable[str] = (),
    progress: Callable[[int], object] | None = None,
    *,
    back: bool = False,
) -> dict[str, Rebuilt]:
    """Build the named read models (default: all) anew, compare, and have them read; they are read throughout.

    A build that was broken off, or that another process is at, is gone on with.  With
    *back* the generation that was kept is brought up to date and read again, whatever
    the two say.  Raises BuildStopped, and NoWayBack.
    """
    wanted = set(names) or {view.name for view in engine.views}
    began, ends = time.monotonic(), engine.store.ends()
    begin = engine.generations.back if back else engine.generations.begin
    pending = {view: begin(view, ends) for view in engine.views if view.name in wanted}
    engine.retry()
    done: dict[str, Rebuilt] = {}
    while pending:
        moved = engine.step_builds()
        for view, built in list(pending.items()):
            job = _Build(engine, view, built, back=back)
            if outcome := job.settled(time.monotonic() - began):
                done[view.name] = outcome
                del pending[view]
        if progress is not None:
            progress(_reached(engine, pending.values()))
        if pending and not moved:
            time.sleep(PAUSE)
    return done


def _reached(engine: ViewEngine, pending: Iterable[Generation]) -> int:
    """Return how many events the slowest build has behind it."""
    building = {(each.projection, each.slot): 0 for each in pending}
    for place in engine.generations.places():
        if (place.projection, place.slot) in building:
            building[place.projection, place.slot] += place.number
    return min(building.values(), default=engine.store.count())


class _Build:
    """One generation on its way to be read."""

    def __init__(self, engine: ViewEngine, view: View, built: Generation, *, back: bool) -> None:
        self.engine, self.view, self.slot, self.back = engine, view, built.slot, back
        self._started_at = built.started_at

    def settled(self, seconds: float) -> Rebuilt | None:
        """Return what became of the build; None while it is under way."""
        ends = self.engine.store.ends()
        with self.engine.database.read() as connection:
            now = next(filter(self._is_it, self.engine.generations.read(connection)), None)
            places = [p for p in self.engine.generations.places(connection) if p.projection == self.view.name]
            mine = [place for place in places if place.slot == self.slot]
            events = sum(place.number for place in mine)
            if now is None or now.state in {"live", "kept"}:
                number = rows(connection, *self._at("kept" if now is None else now.state))
                return _by_another(now, Rebuilt(number, events, seconds, None))
            self._refuse_stopped(mine)
            live = [place for place in places if place.state == "live"]
            if self.engine.behind(now, places, ends) or not self._may_compare(live, mine, ends):
                return None
            found = self._comparison(connection, live, mine)
            number = found.rows if found else rows(connection, *self._at(now.state))
        return self._taken(live, found, Rebuilt(number, events, seconds, None), ends)

    def _is_it(self, each: Generation) -> bool:
        known = (self.view.name, self.slot, self._started_at)
        return (each.projection, each.slot, each.started_at) == known

    def _refuse_stopped(self, mine: Sequence[Place]) -> None:
        for place in mine:
            if place.stopped:
                raise BuildStopped(self.view.name, place.trouble)

    def _may_compare(self, live: Sequence[Place], mine: Sequence[Place], ends: Mapping[int, int]) -> bool:
        """Whether both are at the same place, or the live one leads nowhere so that none can be awaited."""
        leading = bool(live) and all(leads(place, self.view, ends) for place in live)
        return self.back or not leading or _numbers(live) == _numbers(mine)

    def _comparison(
        self, connection: Connection, live: Sequence[Place], mine: Sequence[Place]
    ) -> Comparison | None:
        if self.back or not live or _numbers(live) != _numbers(mine):
            return None
        return compare(connection, (self.view, live[0].slot), self._at("building"))

    def _at(self, state: str) -> Slot:
        """Return the slot that is built with the table it is in while it is of that *state*."""
        return self.engine.generations.beside.of(self.view, state), self.slot

    def _taken(
        self, live: Sequence[Place], found: Comparison | None, outcome: Rebuilt, ends: Mapping[int, int]
    ) -> Rebuilt | None:
        """Have the build read, unless it says something else under the same version."""
        generations = self.engine.generations
        if found is not None:
            outcome = replace(outcome, differences=found.differences, first=found.first)
            same = live[0].version == self.view.projection.version
            if found.differences and same:
                log.error("read_model_differs", projection=self.view.name, rows=found.differences)
                generations.compared(self.view, self.slot, found.differences, keep=True)
                return replace(outcome, live=False)
            generations.compared(self.view, self.slot, found.differences)
        while not generations.switch(self.view, self.slot, ends):
            if not self.engine.step_builds():
                return None
        log.info("read_model_switched", projection=self.view.name, version=self.view.projection.version)
        return outcome


def _by_another(now: Generation | None, outcome: Rebuilt) -> Rebuilt:
    """Return what another process made of the same build."""
    if now is None:
        return outcome
    return replace(outcome, differences=now.differences, live=now.state == "live")


def _numbers(places: Iterable[Place]) -> dict[int, int]:
    return {place.log: place.number for place in places}
