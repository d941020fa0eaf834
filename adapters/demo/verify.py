"""Replays the whole log and holds it against what the read models say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from adapters.bootstrap import Plaint
from adapters.views.tables import View
from domain.complaint.events import Received
from domain.ids import reference
from projections.projection import CounterKey

ROWS_AT_ONCE = 2_000
ATTEMPTS = 3
"""How often a verification starts over because the log has grown meanwhile."""


@dataclass(frozen=True)
class Difference:
    """A case, or a counter, of which a read model says something else than the log."""

    case: str
    what: str


@dataclass(frozen=True)
class Verification:
    """How many cases were replayed, and every difference that was found."""

    replayed: int
    differences: list[Difference]


def verify(plaint: Plaint) -> Verification:
    """Replay every case and compare it, row by row and counter by counter, with what is stored."""
    for _ in range(ATTEMPTS - 1):
        last = plaint.store.count()
        found = _verify(plaint)
        if plaint.store.count() == last:
            return found
    return _verify(plaint)


def _verify(plaint: Plaint) -> Verification:
    plaint.views.catch_up()
    replay = Replay(plaint.views.views)
    for number, event in plaint.store.everything(batch=ROWS_AT_ONCE):
        replay.add(event, number)
    differences: list[Difference] = []
    for view in plaint.views.views:
        differences += _rows(plaint, view, replay)
        differences += _counters(plaint, view, replay)
    return Verification(len(replay.cases), differences)


class Replay:
    """Every row of every read model, folded from the events alone."""

    def __init__(self, views: Sequence[View]) -> None:
        self.rows: dict[str, dict[UUID, Any]] = {view.projection.name: {} for view in views}
        self.cases: set[UUID] = set()
        self._projections = [view.projection for view in views]

    def add(self, event: Any, number: int) -> None:
        """Fold one event."""
        if isinstance(event, Received):
            self.cases.add(event.originator_id)
        for projection in self._projections:
            if event.TOPIC in projection.topics:
                rows, key = self.rows[projection.name], projection.key(event)
                rows[key] = projection.evolve(rows.get(key), event, number)

    def of(self, view: View) -> dict[UUID, Any]:
        """Return the rows of one read model."""
        return {key: row for key, row in self.rows[view.projection.name].items() if row is not None}


def _rows(plaint: Plaint, view: View, replay: Replay) -> Iterator[Difference]:
    name, wanted = view.projection.name, replay.of(view)
    for stored in _stored(plaint, view):
        row = wanted.pop(stored["id"], None)
        if row is None:
            yield Difference(_case_of(None, stored["id"], replay), f"{name}: the log has no such row")
        elif fields := _unlike(view, row, stored):
            yield Difference(_case_of(row, stored["id"], replay), f"{name}: {', '.join(fields)}")
    for key, row in wanted.items():
        yield Difference(_case_of(row, key, replay), f"{name}: the row is missing")


def _stored(plaint: Plaint, view: View) -> Iterator[Mapping[str, Any]]:
    with plaint.views_database.read() as connection:
        found = connection.execute(select(view.table).where(view.live).order_by(view.table.c.id))
        for part in found.mappings().partitions(ROWS_AT_ONCE):
            yield from (dict(each) for each in part)


def _unlike(view: View, row: Any, stored: Mapping[str, Any]) -> list[str]:
    """Return the names of what differs between *row* and what is stored of it."""
    wanted = view.stored(row)
    columns = [name for name, value in wanted.items() if name != "doc" and value != stored[name]]
    if wanted["doc"] == stored["doc"]:
        return columns
    try:
        kept = view.loaded(stored["doc"])
    except ValueError:
        return [*columns, "doc"]
    fields = view.projection.row.model_fields
    return sorted({*columns, *(each for each in fields if getattr(row, each) != getattr(kept, each))})


def _case_of(row: Any, key: UUID, replay: Replay) -> str:
    """Return the public number of the case that a row belongs to, or the row's own id."""
    case = getattr(row, "case_id", key)
    return reference(case, "C") if case in replay.cases else str(key)


def _counters(plaint: Plaint, view: View, replay: Replay) -> Iterator[Difference]:
    name = view.projection.name
    wanted: Counter[CounterKey] = Counter()
    for row in replay.of(view).values():
        wanted.update(view.projection.measure(row))
    stored = {
        (metric, value): number
        for metric, values in plaint.queries.counters(name).items()
        for value, number in values.items()
    }
    for metric, value in sorted(wanted.keys() | stored.keys()):
        counted, kept = wanted[metric, value], stored.get((metric, value), 0)
        if counted != kept:
            yield Difference("", f"{name}: {metric} of {value} is {kept}, the rows give {counted}")
