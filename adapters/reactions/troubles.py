"""Events that a reaction could not answer: tried again, parked, held behind another, or refused."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Database
from adapters.eventstore.tables import position
from adapters.reactions.tables import troubles

TRIES = 8
"""Attempts at one event before it is parked: about four minutes."""
FIRST, LONGEST = timedelta(seconds=2), timedelta(minutes=5)
"""The rest after the first attempt, doubled after every other one, and its most."""
EARLY = timedelta(seconds=30)
"""The rest before an event is tried again that a case was asked about too early."""
KEEP_REFUSED = timedelta(days=30)
MOST = 1_000
"""Events that one list names."""


@dataclass(frozen=True)
class Trouble:
    """One event that a reaction has not answered wholly; *why* names an error, never what it says."""

    reaction: str
    log: int
    number: int
    case_id: UUID
    topic: str
    state: str
    attempts: int
    next_attempt_at: datetime | None
    why: str | None
    since: datetime

    @property
    def position(self) -> str:
        """The place of the event."""
        return position(self.log, self.number)


class Troubles:
    """The events that reactions have passed without having answered them."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.database, self.now = database, now

    def held(self, log: int) -> set[tuple[str, UUID]]:
        """Return the reactions and cases in *log* of which an earlier event is still to be answered."""
        c = troubles.c
        question = select(c.reaction, c.case_id).where(c.log == log, c.state != "refused")
        with self.database.read() as connection:
            return {(row.reaction, row.case_id) for row in connection.execute(question)}

    def due(self) -> list[Trouble]:
        """Return what is to be tried by now, each log in its order; so is what no earlier event holds up."""
        c, earlier = troubles.c, troubles.alias("earlier")
        before = select(earlier.c.number).where(
            earlier.c.reaction == c.reaction,
            earlier.c.log == c.log,
            earlier.c.case_id == c.case_id,
            earlier.c.number < c.number,
            earlier.c.state != "refused",
        )
        again = and_(c.state == "retrying", c.next_attempt_at <= self.now())
        query = select(troubles).where(or_(again, and_(c.state == "behind", ~before.exists())))
        return self._read(query.order_by(c.log, c.number).limit(MOST))

    def failed(self, trouble: Trouble, why: str) -> Trouble:
        """Record one more attempt that failed; after the last the event is parked."""
        attempts, rest = trouble.attempts + 1, min(FIRST * 2**trouble.attempts, LONGEST)
        parked = attempts >= TRIES
        state, again = ("parked", None) if parked else ("retrying", self.now() + rest)
        return self._keep(trouble, state=state, attempts=attempts, next_attempt_at=again, why=why)

    def early(self, trouble: Trouble, why: str) -> Trouble:
        """Record that an event is answered later, however often: what is in its way passes by itself."""
        return self._keep(trouble, state="retrying", next_attempt_at=self.now() + EARLY, why=why)

    def park(self, trouble: Trouble, why: str) -> Trouble:
        """Record that an event cannot be answered as it is: trying again by itself would not help."""
        return self._keep(trouble, state="parked", next_attempt_at=None, why=why)

    def refused(self, trouble: Trouble, why: str) -> Trouble:
        """Record that a case refused what was asked of it."""
        return self._keep(trouble, state="refused", next_attempt_at=None, why=why)

    def hold(self, trouble: Trouble) -> Trouble:
        """Record that an event waits for an earlier one of its case."""
        return self._keep(trouble, state="behind", next_attempt_at=None)

    def settle(self, trouble: Trouble) -> None:
        """Forget an event that is answered."""
        with self.database.write() as connection:
            connection.execute(delete(troubles).where(*_its(trouble)))

    def retry(self, names: Collection[str] = ()) -> int:
        """Have every parked event tried again at once, or those of the reactions *names*; return how many."""
        c = troubles.c
        parked = update(troubles).where(c.state == "parked")
        if names:
            parked = parked.where(c.reaction.in_(names))
        again = parked.values(state="retrying", attempts=0, next_attempt_at=self.now())
        with self.database.write() as connection:
            return connection.execute(again).rowcount

    def skip(self, name: str, log: int, number: int) -> bool:
        """Give up on one parked event; say whether there was one.  What waited for it comes next."""
        c = troubles.c
        one = (c.reaction == name, c.log == log, c.number == number, c.state == "parked")
        with self.database.write() as connection:
            return connection.execute(delete(troubles).where(*one)).rowcount == 1

    def all(self, states: Collection[str]) -> list[Trouble]:
        """Return the events in one of *states*, the oldest first, no more than a list shows."""
        c = troubles.c
        query = select(troubles).where(c.state.in_(states)).order_by(c.since, c.log, c.number, c.reaction)
        return self._read(query.limit(MOST))

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many events there are, by reaction and state."""
        c = troubles.c
        question = select(c.reaction, c.state, func.count().label("n")).group_by(c.reaction, c.state)
        with self.database.read() as connection:
            return {(row.reaction, row.state): row.n for row in connection.execute(question)}

    def purge(self) -> None:
        """Forget refusals of long ago."""
        c = troubles.c
        with self.database.write() as connection:
            old = delete(troubles).where(c.state == "refused", c.since < self.now() - KEEP_REFUSED)
            connection.execute(old)

    def _keep(self, trouble: Trouble, **news: Any) -> Trouble:
        row = {**vars(trouble), **news}
        dialect = sqlite if self.database.is_sqlite else postgresql
        kept = dialect.insert(troubles).values(row)
        with self.database.write() as connection:
            connection.execute(
                kept.on_conflict_do_update(index_elements=["reaction", "log", "number"], set_=news)
            )
        return Trouble(**row)

    def _read(self, query: Any) -> list[Trouble]:
        with self.database.read() as connection:
            return [Trouble(**row) for row in connection.execute(query).mappings()]


def _its(trouble: Trouble) -> tuple[Any, ...]:
    c = troubles.c
    return (c.reaction == trouble.reaction, c.log == trouble.log, c.number == trouble.number)
