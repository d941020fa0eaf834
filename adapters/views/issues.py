"""Questions about issues and the cases that are linked to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.queries import COUNT_LIMIT, Queries, refuse_unbuilt
from adapters.views.scoping import within
from adapters.views.tables import ISSUE_CASES_VIEW, ISSUES_VIEW, QUEUE_VIEW
from domain.access import Scope
from domain.case import Case
from domain.complaint import Complaint
from domain.directory.events import Reach
from domain.issues.orders import LinkByRule
from domain.issues.rule import Rule
from domain.reactions import NotYet
from domain.ticket import Ticket
from projections.issues import IssueRow
from projections.queue import CaseKind, QueueRow

PATIENCE = 2.0
"""Seconds for which a reaction waits until the read models show all that was recorded."""
BATCH = 500
"""Cases that are asked for together."""
KINDS: dict[CaseKind, type[Case]] = {"complaint": Complaint, "ticket": Ticket}


class Issues:
    """What is read of issues; raises NotBuilt where there is nothing to ask yet."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def one(self, id: UUID) -> IssueRow | None:
        """Return one issue."""
        found = self._rows(select(tables.issues.c.doc).where(ISSUES_VIEW.live, tables.issues.c.id == id))
        return found[0] if found else None

    def page(
        self,
        scope: Scope,
        limit: int,
        after: tuple[datetime, UUID] | None,
        *,
        status: Sequence[str] = (),
        owner: str | None = None,
    ) -> list[IssueRow]:
        """Return issues that exist in *scope*, the newest first, beyond the key *after*."""
        c = tables.issues.c
        query = select(c.doc).where(ISSUES_VIEW.live)
        if status:
            query = query.where(c.status.in_(status))
        if owner is not None:
            query = query.where(c.owner == owner)
        query = query.order_by(c.opened_at.desc(), c.id.desc()).limit(max(limit, BATCH))
        found: list[IssueRow] = []
        while len(found) < limit:
            beyond = () if after is None else (_before(*after),)
            rows = self._rows(query.where(*beyond))
            found += [row for row in rows if row.within.exists_for(scope)]
            if len(rows) < max(limit, BATCH):
                break
            after = (rows[-1].opened_at, rows[-1].id)
        return found[:limit]

    def with_rules(self) -> list[IssueRow]:
        """Return the issues to which cases are linked by a rule."""
        c = tables.issues.c
        return self._rows(select(c.doc).where(ISSUES_VIEW.live, c.links.is_(True)).order_by(c.id))

    def cases(
        self,
        issue: UUID,
        scope: Scope,
        limit: int,
        after: UUID | None = None,
        *,
        open: bool | None = None,
    ) -> list[QueueRow]:
        """Return the cases of *scope* that are linked to *issue*, by id, beyond *after*."""
        query = self._linked(issue, scope, select(tables.queue.c.doc), open=open)
        if after is not None:
            query = query.where(tables.issue_cases.c.case_id > after)
        query = query.order_by(tables.issue_cases.c.case_id).limit(limit)
        docs = self._queries.docs(query, QUEUE_VIEW)
        return [QueueRow.model_validate_json(doc) for doc in docs]

    def count(self, issue: UUID, scope: Scope, *, open: bool | None = None) -> int:
        """Return how many cases of *scope* are linked to *issue*, up to COUNT_LIMIT + 1."""
        some = self._linked(issue, scope, select(tables.queue.c.id), open=open).limit(COUNT_LIMIT + 1)
        with self._queries.database.ask() as connection:
            number = connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
            refuse_unbuilt(connection, ISSUE_CASES_VIEW, number)
            return number

    def received(self, rule: Rule, scope: Scope, limit: int, after: UUID | None) -> list[QueueRow]:
        """Return cases of *scope* that may meet *rule*, by id, beyond *after*."""
        c = tables.queue.c
        query = select(c.doc).where(QUEUE_VIEW.live, c.received_at >= rule.received_from, _exist(scope))
        if rule.received_to is not None:
            query = query.where(c.received_at < rule.received_to)
        if rule.category:
            query = query.where(c.category.in_(rule.category))
        if after is not None:
            query = query.where(c.id > after)
        docs = self._queries.docs(query.order_by(c.id).limit(limit), QUEUE_VIEW)
        return [QueueRow.model_validate_json(doc) for doc in docs]

    def _linked(self, issue: UUID, scope: Scope, query: Select[Any], *, open: bool | None) -> Select[Any]:
        link, case = tables.issue_cases.c, tables.queue.c
        joined = tables.issue_cases.join(tables.queue, link.case_id == case.id)
        query = query.select_from(joined).where(
            ISSUE_CASES_VIEW.live, QUEUE_VIEW.live, link.issue == issue, _exist(scope)
        )
        return query if open is None else query.where(case.open.is_(open))

    def _rows(self, query: Select[Any]) -> list[Any]:
        return [ISSUES_VIEW.loaded(doc) for doc in self._queries.docs(query, ISSUES_VIEW)]


class IssuesNow:
    """What reactions look up of issues: everything that was recorded before they ask."""

    def __init__(self, issues: Issues, views: ViewEngine) -> None:
        self._issues, self._views = issues, views

    def with_rules(self) -> Iterator[LinkByRule]:
        """Return for every issue with a rule that is not closed how a case is linked to it."""
        self._wait(ISSUES_VIEW.name)
        for row in self._issues.with_rules():
            if row.rule is not None:
                yield LinkByRule(issue=row.id, rule=row.rule, within=row.within)

    def received(self, rule: Rule, within: Reach) -> Iterator[tuple[UUID, type[Case]]]:
        """Return the cases that may meet *rule*, with their kind."""
        self._wait(QUEUE_VIEW.name)
        after: UUID | None = None
        while rows := self._issues.received(rule, within.scope, BATCH, after):
            yield from ((row.id, KINDS[row.kind]) for row in rows)
            after = rows[-1].id

    def open_cases(self, issue: UUID, within: Reach) -> Iterator[tuple[UUID, type[Case]]]:
        """Return the open cases that are linked to *issue*, with their kind."""
        self._wait(QUEUE_VIEW.name, ISSUE_CASES_VIEW.name)
        after: UUID | None = None
        while rows := self._issues.cases(issue, within.scope, BATCH, after, open=True):
            yield from ((row.id, KINDS[row.kind]) for row in rows)
            after = rows[-1].id

    def _wait(self, *names: str) -> None:
        if not self._views.wait_for(self._views.store.ends(), PATIENCE, names):
            raise NotYet


def _before(at: datetime, id: UUID) -> Any:
    c = tables.issues.c
    return or_(c.opened_at < at, and_(c.opened_at == at, c.id < id))


def _exist(scope: Scope) -> Any:
    c = tables.queue.c
    return within(scope, team=c.team, legal_entity=c.legal_entity, sensitivity=c.sensitivity)
