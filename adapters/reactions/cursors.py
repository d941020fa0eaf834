"""How far each reaction has come in each log, and which process is at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Database
from adapters.reactions.tables import reactions

LASTS = timedelta(seconds=10)
"""How long a process may be silent before another takes its reactions over.

That two are at one for a moment does no harm: each order leaves a receipt.
"""


class Overtaken(Exception):
    """Another process has taken the reaction over meanwhile."""


@dataclass(frozen=True)
class Place:
    """How far a reaction has come in a log; *mine* where this process is at it, *free* where it may be."""

    reaction: str
    log: int
    number: int
    mine: bool
    free: bool


class Cursors:
    """The places of the reactions *names*, as *holder* moves them."""

    def __init__(
        self,
        database: Database,
        names: Iterable[str],
        *,
        holder: str,
        now: Callable[[], datetime],
        lasts: timedelta = LASTS,
    ) -> None:
        self.database, self.names, self.holder, self.now = database, tuple(names), holder, now
        self.lasts = lasts

    def prepare(self, ends: Mapping[int, int]) -> None:
        """Begin each reaction that is new here at *ends*: it never answers what was before it.

        A log that is new here is followed from its beginning.
        """
        c = reactions.c
        with self.database.read() as connection:
            found = connection.execute(select(c.reaction, c.log)).all()
        there = {(row.reaction, row.log) for row in found}
        begun = {name for name, _ in there}
        rows = [
            {"reaction": name, "log": log, "number": 0 if name in begun else end}
            for name in self.names
            for log, end in ends.items()
            if (name, log) not in there
        ]
        if rows:
            dialect = sqlite if self.database.is_sqlite else postgresql
            with self.database.write() as connection:
                connection.execute(dialect.insert(reactions).on_conflict_do_nothing(), rows)

    def places(self) -> list[Place]:
        """Return how far each reaction has come in each log."""
        c, now = reactions.c, self.now()
        with self.database.read() as connection:
            found = connection.execute(select(reactions).where(c.reaction.in_(self.names))).all()
        return [self._place(row, now) for row in found]

    def claim(self, log: int) -> dict[str, int]:
        """Take every reaction in *log* that nobody else is at; return how far each has come."""
        c, now = reactions.c, self.now()
        mine = (c.log == log, c.reaction.in_(self.names))
        taken = update(reactions).where(*mine, self._open(now))
        with self.database.write() as connection:
            connection.execute(taken.values(holder=self.holder, leased_until=now + self.lasts))
            question = select(c.reaction, c.number).where(*mine, c.holder == self.holder)
            return {row.reaction: row.number for row in connection.execute(question)}

    def move(self, log: int, moves: Mapping[str, tuple[int, int]]) -> None:
        """Move reactions in *log* from one number to another; raise Overtaken where one is not ours."""
        c = reactions.c
        with self.database.write() as connection:
            for name, (after, reached) in moves.items():
                ours = (c.log == log, c.reaction == name, c.number == after, c.holder == self.holder)
                if connection.execute(update(reactions).where(*ours).values(number=reached)).rowcount != 1:
                    raise Overtaken

    def give_back(self) -> None:
        """Let other processes take what this one was at."""
        mine = update(reactions).where(reactions.c.holder == self.holder)
        with self.database.write() as connection:
            connection.execute(mine.values(holder=None, leased_until=None))

    def _open(self, now: datetime) -> ColumnElement[bool]:
        c = reactions.c
        # A lease that ends too late was taken under a host clock that has gone back since.
        over = or_(c.leased_until <= now, c.leased_until > now + 2 * self.lasts)
        return or_(c.holder.is_(None), c.holder == self.holder, over)

    def _place(self, row: Any, now: datetime) -> Place:
        mine, until = row.holder == self.holder, row.leased_until
        free = row.holder is None or mine or until <= now or until > now + 2 * self.lasts
        return Place(row.reaction, row.log, row.number, mine=mine, free=free)
