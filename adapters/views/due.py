"""The due indexes: what is armed by the next instant at which it fires, shared by schedulers.

Clocks have one and timers have one; both are the columns ``fires_at`` and ``generation`` of a read
model, and are claimed and settled alike.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, literal, select, tuple_, update

from adapters.database import Database, Id, Moment
from adapters.views.tables import CLOCKS_VIEW, TIMERS_VIEW, View
from domain.clocks.warning import fires_at
from projections.armed import ClockRow
from projections.timers import TimersRow
from scheduler.deadlines import Row

PAGE = 100
"""Rows a claim: enough to share a commit, few enough that others wait for it hardly at all."""

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Source(Generic[R]):
    """A read model with a due index, and when a row of it fires next that was told at an instant."""

    view: View
    fires_after: Callable[[R, datetime], datetime | None]


def _clock_after(row: ClockRow, now: datetime) -> datetime | None:
    fires = fires_at(row.clock)
    return fires if fires is not None and fires > now else None


CLOCKS: Source[ClockRow] = Source(CLOCKS_VIEW, _clock_after)
TIMERS: Source[TimersRow] = Source(TIMERS_VIEW, TimersRow.fires_after)


class Found(NamedTuple, Generic[R]):
    """A row, and what the index has of it."""

    fires_at: datetime
    generation: int
    row: R


class Claim(Generic[R]):
    """A page of rows that are due, each with what the index has of it, and those that were told."""

    def __init__(self, found: Sequence[Found[R]]) -> None:
        self.rows = [each.row for each in found]
        self.end = (found[-1].fires_at, found[-1].row.id) if found else None
        self.indexed = {each.row.id: each for each in found}
        self.settled: list[R] = []

    def settle(self, rows: Iterable[R]) -> None:
        """Say that the cases of *rows* were told."""
        self.settled.extend(rows)


class DueIndex(Generic[R]):
    """Hands out due rows of one source, each to one scheduler at a time.

    On PostgreSQL a claimed row is locked and others skip it; on SQLite a claim is the
    one write transaction there can be.  Where the log lies in the same SQLite file, it
    could not be written meanwhile: such claims are shared, and only cost more.

    Rows that were told are taken off the index until their events arrive in it.  A
    scheduler that dies before leaves them on it, and they are told again.
    """

    def __init__(
        self, database: Database, source: Source[R], *, exclusive: bool = True, page: int = PAGE
    ) -> None:
        self.database, self.source, self.exclusive, self.page = database, source, exclusive, page
        self._view, self._c = source.view, source.view.table.c

    def oldest(self) -> datetime | None:
        """Return the earliest instant at which anything fires, past or to come."""
        with self.database.read() as connection:
            return connection.execute(
                select(func.min(self._c.fires_at)).where(self._view.live, self._c.fires_at.is_not(None))
            ).scalar()

    @contextmanager
    def claim(self, now: datetime, *, after: tuple[datetime, UUID] | None = None) -> Generator[Claim[R]]:
        """Claim a page of rows that fire by *now*, beyond the key *after*, until the context ends."""
        oldest = self.oldest()
        if oldest is None or oldest > now:
            yield Claim(())  # nobody need wait for a look
        elif self.exclusive:
            with self.database.write() as connection:
                claim = Claim(self.due(connection, now, after))
                yield claim
                self._take_off(connection, claim, now)
        else:
            with self.database.read() as connection:
                claim = Claim(self.due(connection, now, after))
            yield claim
            with self.database.write() as connection:
                self._take_off(connection, claim, now)

    def due(
        self, connection: Connection, now: datetime, after: tuple[datetime, UUID] | None
    ) -> list[Found[R]]:
        """Return a page of rows that fire by *now*, the earliest first; on PostgreSQL, locked."""
        c, table = self._c, self._view.table
        query = select(c.fires_at, c.generation, c.doc).where(self._view.live, c.fires_at <= now)
        if after is not None:
            query = query.where(
                tuple_(c.fires_at, c.id) > tuple_(literal(after[0], Moment), literal(after[1], Id))
            )
        query = query.order_by(c.fires_at, c.id).limit(self.page).with_for_update(skip_locked=True, of=table)
        found = connection.execute(query)
        return [Found(row.fires_at, row.generation, self._view.loaded(row.doc)) for row in found]

    def _take_off(self, connection: Connection, claim: Claim[R], now: datetime) -> None:
        """Take what was told off the index, unless something newer was said of it meanwhile.

        What is still to come of a row stays; so an index that disagrees with its rows is put right.
        """
        c = self._c
        known = [
            {
                "its_id": row.id,
                "its_generation": claim.indexed[row.id].generation,
                "then": claim.indexed[row.id].fires_at,
                "next": self.source.fires_after(row, now),
            }
            for row in claim.settled
        ]
        if known:
            same = (
                self._view.live,
                c.id == bindparam("its_id"),
                c.fires_at == bindparam("then"),
                c.generation == bindparam("its_generation"),
            )
            connection.execute(
                update(self._view.table).where(*same).values(fires_at=bindparam("next")), known
            )
