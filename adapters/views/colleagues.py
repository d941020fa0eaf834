"""Who has room for a case, and which cases wait for somebody."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import func, literal, select, tuple_

from adapters.database import Id, Moment
from adapters.leases import Holding
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.queries import Queries
from adapters.views.staff import Staff
from adapters.views.tables import NEVER, QUEUE_VIEW, TURNS_VIEW
from domain.directory import principal_id
from domain.reactions import NotYet
from domain.reactions.assigning import Colleague
from projections.directory import TEAMS, USERS, UserRow
from projections.loads import TURNS, TurnRow, turn_id
from projections.queue import DECIDED, QUEUE, QueueRow

PATIENCE = 2.0
"""Seconds for which a look waits until the read models show all that was recorded."""
LOOK_AGAIN = 0.02
"""Seconds between two looks whether another process still gives a case away."""
GIVING = "assigning"
MOST = 100
"""Cases that are looked up together."""


class ColleaguesNow:
    """People of a team and cases that wait in it, with everything that was recorded before it is asked."""

    def __init__(self, staff: Staff, queries: Queries, views: ViewEngine, leases: Holding) -> None:
        self._staff, self._queries, self._views, self._leases = staff, queries, views, leases

    @contextmanager
    def alone(self) -> Generator[None]:
        """Let no other process give cases away meanwhile; raise NotYet where one does so for long."""
        end = time.monotonic() + PATIENCE
        while True:
            with self._leases.hold(GIVING) as held:
                if held:
                    yield
                    return
            if time.monotonic() >= end:
                raise NotYet
            time.sleep(LOOK_AGAIN)

    def of(self, team: str) -> list[Colleague] | None:
        """Return who is there of *team*; None where it does not assign by itself.

        Whose cases are being handed over is away.
        """
        self._wait(TEAMS.name)
        row = self._staff.team(team)
        if row is None or not row.open or row.assignment == "manual":
            return None
        self._wait(USERS.name, QUEUE.name, TURNS.name)
        users = [each for each in self._staff.of_team(team) if each.active and each.handing_over is None]
        names = [principal_id(each.login) for each in users]
        loads, turns = self._loads(names), self._turns(names)
        return [_colleague(each, loads, turns) for each in users]

    def teams_of(self, person: str) -> tuple[str, ...]:
        """Return the teams on whose staff *person* is."""
        self._wait(USERS.name)
        row = self._staff.user(person.removeprefix(principal_id("")))
        return row.teams if row is not None and row.active else ()

    def waiting(self, team: str) -> Iterator[QueueRow]:
        """Return the undecided cases of *team* that nobody has, what falls due first before the rest."""
        c = tables.queue.c
        query = select(c.doc).where(QUEUE_VIEW.live, c.team == team, c.assignee.is_(None), c.open.is_(True))
        query = query.where(c.status.not_in(sorted(DECIDED))).order_by(c.due_before, c.id).limit(MOST)
        page = query
        while docs := self._queries.docs(page, QUEUE_VIEW):
            rows = [QueueRow.model_validate_json(doc) for doc in docs]
            yield from rows
            last = tuple_(literal(rows[-1].due_before or NEVER, Moment), literal(rows[-1].id, Id))
            page = query.where(tuple_(c.due_before, c.id) > last)

    def _loads(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many undecided cases each of *names* has; an index holds the open ones alone."""
        c = tables.queue.c
        query = select(c.assignee, func.count().label("cases")).where(
            QUEUE_VIEW.live, c.assignee.in_(names), c.open.is_(True), c.status.not_in(sorted(DECIDED))
        )
        with self._queries.database.ask() as connection:
            return {row.assignee: row.cases for row in connection.execute(query.group_by(c.assignee))}

    def _turns(self, names: Iterable[str]) -> dict[str, datetime]:
        c = tables.turns.c
        query = select(c.doc).where(TURNS_VIEW.live, c.id.in_([turn_id(name) for name in names]))
        rows = map(TurnRow.model_validate_json, self._queries.docs(query, TURNS_VIEW))
        return {row.assignee: row.last_at for row in rows}

    def _wait(self, *names: str) -> None:
        if not self._views.wait_for(self._views.store.ends(), PATIENCE, names):
            raise NotYet


def _colleague(row: UserRow, loads: Mapping[str, int], turns: Mapping[str, datetime]) -> Colleague:
    principal = row.principal
    return Colleague(
        principal=principal,
        skills=frozenset(row.skills),
        languages=frozenset(row.languages),
        capacity=row.capacity,
        open_cases=loads.get(principal.id, 0),
        last_at=turns.get(principal.id),
    )
