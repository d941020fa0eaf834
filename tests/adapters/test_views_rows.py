"""Rows as their tables keep them: no more than what differs from the defaults, and all of it again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from adapters.views.rows import written
from adapters.views.tables import CASE_FILE_VIEW, QUEUE_VIEW, VIEWS, View
from domain.kernel import Event
from projections.projection import Projection
from tests.golden.lives import a_month

EVENTS = list(a_month())


def rows(projection: Projection[Any], events: Iterable[Event]) -> list[Any]:
    """Return the rows of *projection* after *events*."""
    found: dict[Any, Any] = {}
    for number, event in enumerate(events, 1):
        if event.TOPIC in projection.topics:
            key = projection.key(event)
            found[key] = projection.evolve(found.get(key), event, number)
    return [row for row in found.values() if row is not None]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_row_is_read_as_it_was_kept(view: View):
    kept = rows(view.projection, EVENTS)

    assert [view.loaded(str(view.stored(row)["doc"])) for row in kept] == kept


@pytest.mark.parametrize("view", [QUEUE_VIEW, CASE_FILE_VIEW], ids=lambda view: view.name)
def test_nothing_is_kept_that_a_default_says(view: View):
    required = {name for name, field in view.projection.row.model_fields.items() if field.is_required()}
    for row in rows(view.projection, EVENTS):
        doc = json.loads(str(view.stored(row)["doc"]))

        assert {name for name in doc if doc[name] is None} == set()
        assert doc.keys() >= required


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_row_is_given_to_the_driver_as_the_columns_would_give_it(view: View):
    """Identifiers and instants take a shorter way than SQLAlchemy's: it comes to the same."""
    dialect = sqlite.dialect()
    table = written(view.table, dialect)
    columns = [each for each in view.table.columns if each.name != "slot"]
    for row in rows(view.projection, EVENTS):
        stored = view.stored(row)
        usual = [each.type.dialect_impl(dialect).bind_processor(dialect) for each in columns]
        wanted = [
            convert(stored[each.name]) if convert else stored[each.name]
            for each, convert in zip(columns, usual, strict=True)
        ]

        assert table.values("a", stored) == ("a", *wanted)
