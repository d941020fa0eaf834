"""A log and its read models, without the rest of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from eventsourcing.persistence import StoredEvent
from sqlalchemy import or_, select

from adapters import migrations
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.tables import VIEWS, View
from domain.kernel import Event
from domain.testing import an_id
from projections.catalogue import PROJECTIONS
from tests.adapters.keys import FixedKeys
from tests.golden.lives import a_month

MONTH = list(a_month())
LAST = len(MONTH)


NAMES = [each.name for each in PROJECTIONS]


def reached(engine: ViewEngine) -> dict[str, int]:
    """Return how far each read model has come in all logs together."""
    return {name: sum(numbers.values()) for name, numbers in engine.cursors().items()}


class Desk:
    """A log and its read models, and a look at everything they hold."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.log, self.database = Database(url), Database(url)
        migrations.migrate(self.log, "log", logs=1)
        migrations.migrate(self.database, "views")
        self.store = CaseStore(self.log, FixedKeys())

    def engine(self, views: Iterable[View] = VIEWS, *, batch: int = 500) -> ViewEngine:
        engine = ViewEngine(self.database, self.store, tuple(views), batch=batch)
        engine.prepare()
        return engine

    def append(self, events: Iterable[Event]) -> None:
        """Store *events* at once."""
        self.store.events.put(list(events))

    def spoil(self, topic: str = "complaint.foretold", state: bytes = b"{}") -> None:
        """Store an event that nobody can read."""
        self.store.router.log(0).insert_events([StoredEvent(an_id("spoilt"), 1, topic, state)])

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return what is read: all live rows, without their slots; a counter at zero counts nothing."""
        return everything(self.database)

    def close(self) -> None:
        self.log.close()
        self.database.close()


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    live = {view.name: tables.live(view.projection) for view in VIEWS}
    with database.read() as connection:
        for view in VIEWS:
            columns = [column for column in view.table.columns if column.name != "slot"]
            rows = connection.execute(select(*columns).where(view.live).order_by(view.table.c.id))
            found[view.table.name] = [tuple(row) for row in rows]
        for table in (tables.counters, tables.cursors):
            columns = [column for column in table.columns if column.name != "slot"]
            mine = or_(
                *((table.c.projection == name) & (table.c.slot == slot) for name, slot in live.items())
            )
            rows = connection.execute(select(*columns).where(mine).order_by(*columns[:3]))
            found[table.name] = [tuple(row) for row in rows]
    found["counters"] = [row for row in found["counters"] if row[-1]]
    return found


def spoiled(view: View, poison: Event) -> View:
    """Return *view* with a fold that breaks at *poison*."""
    broken = (poison.originator_id, poison.originator_version)

    def evolve(row: Any, event: Event, number: int) -> Any:
        if (event.originator_id, event.originator_version) == broken:
            raise ZeroDivisionError
        return view.projection.evolve(row, event, number)

    return replace(view, projection=replace(view.projection, evolve=evolve))
