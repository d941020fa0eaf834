"""One step of the engine: a batch of some logs folded into every slot that stands there, in one transaction.

After a crash the step is there whole or not at all.  A row that cannot be saved stops the read
model that it is of at the event that it comes from, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlalchemy import Connection, exc

from adapters.database import Database
from adapters.eventstore.news import Stretch
from adapters.eventstore.store import CaseStore
from adapters.feed import Signal
from adapters.memory import without_cycles
from adapters.views import folding
from adapters.views.moving import Move, move
from adapters.views.planning import Member, Plan, Planned, Planner
from adapters.views.rows import Rows, count
from adapters.views.tables import View

BATCH = 500
"""Events a transaction, of all its logs together, while readers wait for them."""
FAR = 4_000
"""The same of one log while so many are still to come, and in a build: shared rows are saved once."""
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

Batches: TypeAlias = Mapping[int, folding.Batch]
"""By log: events as they were read."""


class Unsaved(Exception):
    """What events make of the rows of one slot cannot be saved, or what is there cannot be read."""

    def __init__(self, plans: Sequence[Plan], member: Member, why: str) -> None:
        super().__init__(f"{member[0].name}: {why}")
        self.plans, self.member, self.why = plans, member, why


class Steps:
    """Folds what a plan says, of events in *store*, into the read models in *database*."""

    def __init__(
        self,
        database: Database,
        store: CaseStore,
        planner: Planner,
        *,
        batch: int,
        moved: Signal,
        rows: Callable[[Connection, View, str], Rows],
    ) -> None:
        self.database, self.store, self.planner = database, store, planner
        self.batch, self.moved, self._rows = batch, moved, rows

    def step(self, planned: Planned) -> int:
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

    def _apart(self, plan: Plan, member: Member) -> int:
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

    def _stop(self, plan: Plan, member: Member, why: str) -> None:
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
