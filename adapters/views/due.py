"""The due index: running clocks by the next instant at which they fire, shared by schedulers."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, literal, select, tuple_, update

from adapters.database import Database, Id, Moment
from adapters.views.tables import CLOCKS_VIEW, clocks
from domain.clocks.warning import fires_at
from projections.armed import ClockRow

PAGE = 100
"""Clocks a claim: enough to share a commit, few enough that others wait for it hardly at all."""


class Claim:
    """A page of due clocks, each with the instant the index has for it, and those that were told."""

    def __init__(self, found: Sequence[tuple[datetime, ClockRow]]) -> None:
        self.rows = [row for _, row in found]
        self.end = (found[-1][0], found[-1][1].id) if found else None
        self.indexed = {row.id: at for at, row in found}
        self.settled: list[ClockRow] = []

    def settle(self, rows: Iterable[ClockRow]) -> None:
        """Say that the cases of *rows* were told."""
        self.settled.extend(rows)


class DueIndex:
    """Hands out due clocks, each to one scheduler at a time.

    On PostgreSQL a claimed row is locked and others skip it; on SQLite a claim is the
    one write transaction there can be.  Where the log lies in the same SQLite file, it
    could not be written meanwhile: such claims are shared, and only cost more.

    Rows that were told are taken off the index until their events arrive in it.  A
    scheduler that dies before leaves them on it, and they are told again.
    """

    def __init__(self, database: Database, *, exclusive: bool = True, page: int = PAGE) -> None:
        self.database, self.exclusive, self.page = database, exclusive, page

    def oldest(self) -> datetime | None:
        """Return the earliest instant at which a clock fires, past or to come."""
        with self.database.read() as connection:
            return connection.execute(
                select(func.min(clocks.c.fires_at)).where(CLOCKS_VIEW.live, clocks.c.fires_at.is_not(None))
            ).scalar()

    @contextmanager
    def claim(self, now: datetime, *, after: tuple[datetime, UUID] | None = None) -> Generator[Claim]:
        """Claim a page of clocks that fire by *now*, beyond the key *after*, until the context ends."""
        oldest = self.oldest()
        if oldest is None or oldest > now:
            yield Claim(())  # nobody need wait for a look
        elif self.exclusive:
            with self.database.write() as connection:
                claim = Claim(self.due(connection, now, after))
                yield claim
                _take_off(connection, claim)
        else:
            with self.database.read() as connection:
                claim = Claim(self.due(connection, now, after))
            yield claim
            with self.database.write() as connection:
                _take_off(connection, claim)

    def due(
        self, connection: Connection, now: datetime, after: tuple[datetime, UUID] | None
    ) -> list[tuple[datetime, ClockRow]]:
        """Return a page of clocks that fire by *now*, the earliest first; on PostgreSQL, locked."""
        c = clocks.c
        query = select(c.fires_at, c.doc).where(CLOCKS_VIEW.live, c.fires_at <= now)
        if after is not None:
            query = query.where(
                tuple_(c.fires_at, c.id) > tuple_(literal(after[0], Moment), literal(after[1], Id))
            )
        query = query.order_by(c.fires_at, c.id).limit(self.page).with_for_update(skip_locked=True, of=clocks)
        found = connection.execute(query)
        return [(row.fires_at, ClockRow.model_validate_json(row.doc)) for row in found]


def _take_off(connection: Connection, claim: Claim) -> None:
    """Take what was told off the index, unless something newer was said of it meanwhile.

    Where the index and the row disagree, the index is put right instead.
    """
    c = clocks.c
    known = [
        {"its_id": row.id, "its_generation": row.clock.generation, "then": then, "next": _next(row, then)}
        for row in claim.settled
        for then in [claim.indexed[row.id]]
    ]
    if known:
        same = (
            CLOCKS_VIEW.live,
            c.id == bindparam("its_id"),
            c.fires_at == bindparam("then"),
            c.generation == bindparam("its_generation"),
        )
        connection.execute(update(clocks).where(*same).values(fires_at=bindparam("next")), known)


def _next(row: ClockRow, then: datetime) -> datetime | None:
    fires = fires_at(row.clock)
    return None if fires == then else fires
