"""Which tickets belong to a case."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.queries import Queries
from adapters.views.tables import CHILDREN_VIEW
from domain.reactions import NotYet
from projections.children import ChildRow

PATIENCE = 2.0
"""Seconds for which a look waits until the read model shows all that was recorded."""
BATCH = 500
"""Tickets that are looked up together."""


class ChildrenNow:
    """The tickets that belong to a case, with everything that was recorded before it is asked."""

    def __init__(self, queries: Queries, views: ViewEngine) -> None:
        self._queries, self._views = queries, views

    def of(self, parent: UUID) -> Iterator[UUID]:
        """Return the tickets that belong to *parent*, by id."""
        if not self._views.wait_for(self._views.store.ends(), PATIENCE, (CHILDREN_VIEW.name,)):
            raise NotYet
        c = tables.children.c
        query = select(c.doc).where(CHILDREN_VIEW.live, c.parent == parent).order_by(c.id).limit(BATCH)
        page = query
        while docs := self._queries.docs(page, CHILDREN_VIEW):
            ids = [ChildRow.model_validate_json(doc).id for doc in docs]
            yield from ids
            page = query.where(c.id > ids[-1])
