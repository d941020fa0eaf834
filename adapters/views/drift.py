"""Whether the counters still say what the rows say: counted anew, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import delete, select, tuple_

from adapters.database import Database
from adapters.leases import Leases
from adapters.views import tables
from adapters.views.tables import VIEWS, View
from projections.projection import CounterKey

log = structlog.get_logger()

ROWS_AT_ONCE = 2_000
NAME = "counters"


class DriftCheck:
    """Recomputes the counters of every read model; one process does it for all."""

    def __init__(self, database: Database, leases: Leases, now: Callable[[], datetime]) -> None:
        self.database, self.leases, self.now = database, leases, now
        self.checked_at: datetime | None = None
        self.drifted: dict[str, int] = {}

    def run(self) -> bool:
        """Check, unless another process does; report every read model whose counters drifted."""
        with self.leases.hold(NAME) as held:
            if held:
                self.drifted = {view.name: len(self._check(view)) for view in VIEWS}
                self.checked_at = self.now()
                forget_zeros(self.database)
        return held

    def _check(self, view: View) -> dict[CounterKey, tuple[int, int]]:
        found = drift(self.database, view)
        if found:
            first = [
                f"{metric} of {value}: kept {kept}, counted {counted}"
                for (metric, value), (kept, counted) in sorted(found.items())[:10]
            ]
            log.error("counters_drifted", projection=view.name, counters=len(found), first=first)
        return found


def drift(database: Database, view: View) -> dict[CounterKey, tuple[int, int]]:
    """Return the counters of *view* that differ from its rows: what is kept, and what the rows give.

    Both are read in one transaction, so that a batch folded meanwhile is no difference.
    """
    counted: Counter[CounterKey] = Counter()
    table = tables.counters
    query = select(table.c.metric, table.c.value, table.c.count.label("number")).where(
        table.c.projection == view.name, table.c.slot == tables.live(view.projection)
    )
    with database.read() as connection:
        kept = {(row.metric, row.value): row.number for row in connection.execute(query)}
        docs = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
            select(view.table.c.doc).where(view.live)
        )
        for doc in docs.scalars():
            counted.update(view.projection.measure(view.loaded(doc)))
    return {
        key: (kept.get(key, 0), counted[key])
        for key in kept.keys() | counted.keys()
        if kept.get(key, 0) != counted[key]
    }


def forget_zeros(database: Database) -> None:
    """Let go of counters at zero: what falls due is counted by the hour, and hours pass."""
    table = tables.counters
    key = (table.c.slot, table.c.projection, table.c.metric, table.c.value)
    # It waits for nobody who moves counters, so that no two can wait for each other.
    zeros = select(*key).where(table.c.count == 0).with_for_update(skip_locked=True)
    with database.write() as connection:
        connection.execute(delete(table).where(tuple_(*key).in_(zeros)))
