"""Which slot of a read model is read, which one is being built, and which one is kept for a way back.

A slot is ``live`` (read), ``building`` (on its way to the live one's place), ``kept``
(the one before), or ``emptying`` (to be built in).  Every change of a read model's
generations is made under one lock, and each is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Database
from adapters.eventstore.tables import position
from adapters.views import tables
from adapters.views.beside import Beside
from adapters.views.tables import View

SLOTS = ("a", "b")
ROWS_AT_ONCE = 2_000
"""Rows that one transaction takes out of a slot: others write in between."""

_C, _G = tables.cursors.c, tables.generations.c
PLACES = (
    select(_C.projection, _C.slot, _G.version, _G.state, _C.log, _C.number, _C.stopped_at, _C.stopped_because)
    .join(tables.generations, (_G.projection == _C.projection) & (_G.slot == _C.slot))
    .order_by(_C.projection, _C.slot, _C.log)
)
"""Asked in every round of a worker, so it is written once."""
PLACES_IN = PLACES.where(_C.log.in_(bindparam("logs", expanding=True)))


class NoWayBack(Exception):
    """There is no other generation of a read model to go back to."""


@dataclass(frozen=True)
class Generation:
    """One slot of one read model."""

    projection: str
    slot: str
    version: int
    state: str
    started_at: datetime
    compared_at: datetime | None
    switched_at: datetime | None
    differences: int | None


class Place(NamedTuple):
    """How far one slot has come in one log, and what stopped it there."""

    projection: str
    slot: str
    version: int
    state: str
    log: int
    number: int
    stopped_at: int | None
    stopped_because: str | None

    @property
    def stopped(self) -> bool:
        """Whether an event stopped it."""
        return self.stopped_at is not None

    @property
    def trouble(self) -> str:
        """Where it was stopped, and why."""
        return f"{position(self.log, self.stopped_at or 0)}: {self.stopped_because}"


class Generations:
    """The generations of *views*; *now* is told to whoever asks when one began."""

    def __init__(self, database: Database, views: Sequence[View], now: Callable[[], datetime]) -> None:
        self.database, self.views, self.now = database, views, now
        self.beside = Beside(database)
        self._insert = (sqlite if database.is_sqlite else postgresql).insert

    def prepare(self, ends: Mapping[int, int]) -> None:
        """Give every read model of an empty log its live slot; every slot gets a cursor for each log.

        Where the log has events, what lacks a live slot is built before it is read; so is what
        has one in which nothing of many events has been folded, where that is quicker.
        """
        known = {each.projection for each in self.all()}
        for view in self.views:
            if view.name not in known and not any(ends.values()):
                with self._changing(view) as connection:
                    if not self._of(connection, view):
                        self._put(connection, view, "a", "live", switched_at=self.now())
        places = self.places()
        for view in self.views:
            if self.beside.worth_while(view, ends):
                self._build_first(view, places, ends)
        self.complete(places, ends)

    def _build_first(self, view: View, places: Sequence[Place], ends: Mapping[int, int]) -> None:
        """Have what is still empty, though it should not be, built before it is read."""
        mine = [each for each in places if each.projection == view.name]
        if _is_empty(mine, view):
            with self._changing(view) as connection:
                if _is_empty(self._locked(connection, view), view):
                    self.beside.clear(connection, view, ends)
                    self._mark(connection, view, mine[0].slot, state="building", switched_at=None)

    def complete(self, places: Iterable[Place], ends: Mapping[int, int]) -> bool:
        """Give slots their cursors for logs that came later; say whether any was missing."""
        has = {(each.projection, each.slot, each.log) for each in places}
        lacking = [
            {"projection": each.projection, "slot": each.slot, "log": log, "number": 0}
            for each in self.all()
            for log in ends
            if each.state != "emptying" and (each.projection, each.slot, log) not in has
        ]
        if lacking:
            with self.database.write() as connection:
                connection.execute(self._insert(tables.cursors).on_conflict_do_nothing(), lacking)
        return bool(lacking)

    def all(self) -> list[Generation]:
        """Return every generation of the read models that this code knows."""
        with self.database.read() as connection:
            return self.read(connection)

    def read(self, connection: Connection) -> list[Generation]:
        """Return every generation as *connection* sees them."""
        table = tables.generations
        query = select(table).order_by(table.c.projection, table.c.slot)
        names = {view.name for view in self.views}
        return [
            Generation(**row) for row in connection.execute(query).mappings() if row["projection"] in names
        ]

    def places(self, connection: Connection | None = None, logs: Iterable[int] | None = None) -> list[Place]:
        """Return how far every slot has come: in every log, or in some."""
        if connection is None:
            with self.database.ask() as asking:
                return self.places(asking, logs)
        query, values = (PLACES, {}) if logs is None else (PLACES_IN, {"logs": list(logs)})
        names = {view.name for view in self.views}
        return [Place(*row) for row in connection.execute(query, values) if row[0] in names]

    def begin(self, view: View, ends: Mapping[int, int], *, kept: bool = False) -> Generation:
        """Return the generation of *view* that is being built: the one begun before, or a new one.

        A build of another version, or ahead of the log, is thrown away; the one that is
        kept too, unless *kept* says that it may be gone on with.
        """
        while True:
            with self._changing(view) as connection:
                if found := self._begun(connection, view, ends, kept=kept):
                    return found

    def _begun(
        self, connection: Connection, view: View, ends: Mapping[int, int], *, kept: bool
    ) -> Generation | None:
        found = self._of(connection, view)
        live = next((each.slot for each in found.values() if each.state == "live"), "b")
        slot = SLOTS[live == "a"]
        there = found.get(slot)
        if there is None or there.state != "emptying":
            if there and self._resumable(connection, view, there, ends, kept=kept):
                self._mark(connection, view, slot, state="building")
                return self._of(connection, view)[slot]
            self._forget(connection, view, slot)
            self._put(connection, view, slot, "emptying")
            self.beside.clear(connection, view, ends)
        elif not self._emptied(connection, view, slot):
            self._forget(connection, view, slot)
            self._put(connection, view, slot, "building")
            start = [{"projection": view.name, "slot": slot, "log": log, "number": 0} for log in ends]
            connection.execute(self._insert(tables.cursors).on_conflict_do_nothing(), start)
            return self._of(connection, view)[slot]
        return None

    def _resumable(
        self, connection: Connection, view: View, there: Generation, ends: Mapping[int, int], *, kept: bool
    ) -> bool:
        states = {"building", "kept"} if kept else {"building"}
        places = [each for each in self.places(connection) if _of_slot(each, view, there.slot)]
        ahead = any(each.number > ends.get(each.log, 0) for each in places)
        return there.state in states and there.version == view.projection.version and not ahead

    def back(self, view: View, ends: Mapping[int, int]) -> Generation:
        """Return the generation that was kept, to be brought up to date and read again.

        Raise NoWayBack when there is none, or none that this code can read.
        """
        with self._changing(view) as connection:
            found = self._of(connection, view).values()
            there = next((each for each in found if each.state in {"kept", "building"}), None)
            if there is None or there.version != view.projection.version:
                which = "" if there is None else f" but one of version {there.version}"
                message = f"There is no other generation of {view.name} to go back to{which}; its rows stay."
                raise NoWayBack(message)
            if not self._resumable(connection, view, there, ends, kept=True):
                message = (
                    f"The generation of {view.name} that was kept is ahead of the log; run `plaint rebuild`."
                )
                raise NoWayBack(message)
            self._mark(connection, view, there.slot, state="building")
            return there

    def switch(self, view: View, slot: str, ends: Mapping[int, int]) -> bool:
        """Have *slot* read from now on, and keep the other; say False when it is not so far yet."""
        self.beside.complete(view)
        with self._changing(view) as connection:
            places = self._locked(connection, view)
            found = self._of(connection, view)
            if found[slot].state == "live":
                return True
            live = {p.log: p for p in places if p.state == "live" and leads(p, view, ends)}
            mine = {p.log: p.number for p in places if p.slot == slot}
            if self.beside.lacks(connection, view):
                return False
            if found[slot].state != "building" or any(mine.get(n, 0) < p.number for n, p in live.items()):
                return False
            for each in found.values():
                if each.state == "live":
                    self._mark(connection, view, each.slot, state="kept")
            self._mark(connection, view, slot, state="live", switched_at=self.now())
            self.beside.exchange(connection, view)
            return True

    def compared(self, view: View, slot: str, differences: int | None, *, keep: bool = False) -> None:
        """Note how many rows differ; with *keep*, leave the build where it is for somebody to decide on."""
        with self._changing(view) as connection:
            state = {"state": "kept"} if keep else {}
            found = self._of(connection, view)
            if found[slot].state == "building":
                noted = {"compared_at": self.now(), "differences": differences}
                self._mark(connection, view, slot, **noted, **state)

    @contextmanager
    def _changing(self, view: View) -> Generator[Connection]:
        """Open a transaction; one process at a time changes the generations of *view*."""
        with self.database.write() as connection:
            if not self.database.is_sqlite:
                digest = sha256(f"plaint/generations/{view.name}".encode()).digest()
                key = int.from_bytes(digest[:8], "big", signed=True)
                connection.execute(select(func.pg_advisory_xact_lock(key)))
            yield connection

    def _of(self, connection: Connection, view: View) -> dict[str, Generation]:
        return {each.slot: each for each in self.read(connection) if each.projection == view.name}

    def _locked(self, connection: Connection, view: View) -> list[Place]:
        """Wait until no batch is under way in *view*, and keep others from beginning one."""
        c = tables.cursors.c
        query = select(c.number).where(c.projection == view.name).order_by(c.slot, c.log)
        connection.execute(query.with_for_update()).all()
        return [each for each in self.places(connection) if each.projection == view.name]

    def _put(
        self, connection: Connection, view: View, slot: str, state: str, switched_at: datetime | None = None
    ) -> None:
        table = tables.generations
        c = table.c
        connection.execute(delete(table).where(c.projection == view.name, c.slot == slot))
        row = {"projection": view.name, "slot": slot, "version": view.projection.version, "state": state}
        row |= {"started_at": self.now(), "switched_at": switched_at}
        connection.execute(self._insert(table).values(row))

    def _mark(self, connection: Connection, view: View, slot: str, **values: object) -> None:
        c = tables.generations.c
        where = (c.projection == view.name, c.slot == slot)
        connection.execute(update(tables.generations).where(*where).values(**values))

    def _forget(self, connection: Connection, view: View, slot: str) -> None:
        """Drop cursors and counters: nobody folds into the slot any more."""
        for table in (tables.cursors, tables.counters):
            c = table.c
            connection.execute(delete(table).where(c.projection == view.name, c.slot == slot))

    def _emptied(self, connection: Connection, view: View, slot: str) -> int:
        """Take some rows out of *slot*; return how many there were."""
        table = self.beside.of(view, "emptying").table
        some = select(table.c.id).where(table.c.slot == slot).limit(ROWS_AT_ONCE)
        return connection.execute(delete(table).where(table.c.slot == slot, table.c.id.in_(some))).rowcount


def leads(place: Place, view: View, ends: Mapping[int, int]) -> bool:
    """Whether a live slot says how far another may go: this code can read it, and it does not stand still."""
    usable = place.version == view.projection.version and not place.stopped
    return usable and place.number <= ends.get(place.log, 0)


def _is_read(each: Generation | Place, view: View) -> bool:
    """Whether *each* is the slot that this code reads *view* from."""
    return each.state == "live" and each.version == view.projection.version


def _is_empty(places: Sequence[Place], view: View) -> bool:
    """Whether *view* has one slot, which is read and in which nothing was ever folded."""
    slots = {each.slot for each in places}
    return len(slots) == 1 and all(_is_read(each, view) and not each.number for each in places)


def _of_slot(place: Place, view: View, slot: str) -> bool:
    return place.projection == view.name and place.slot == slot


def utc_now() -> datetime:
    """Return the instant that it is."""
    return datetime.now(UTC)
