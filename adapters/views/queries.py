"""Questions to the read models; each is bounded, none counts without a limit."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from adapters.database import Database
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.kept import MANY, KeptCounts
from adapters.views.scoping import within
from adapters.views.tables import CASE_FILE_VIEW, CLOCKS_VIEW, QUEUE_VIEW, TOKENS_VIEW, View
from domain.access import Principal, Scope
from projections.armed import ClockRow
from projections.case_file import CaseFile
from projections.queue import QUEUE, CaseKind, QueueRow
from projections.replay import Replayed, in_order
from projections.tally import QUARTER, apart, begun_by, due_ranges, midst_of, quarter
from projections.tokens import TokenRow

Sort: TypeAlias = Literal["due", "-due", "received_at", "-received_at"]

IDS_AT_ONCE = 500
COUNT_LIMIT = 10_000
"""A count stops here; the dashboard shows "10,000+"."""
_PARTS = ((QUEUE_VIEW, "id"), (CASE_FILE_VIEW, "id"), (CLOCKS_VIEW, "case_id"))
_WHOLE = " UNION ALL ".join(
    f"SELECT '{view.name}', doc FROM {view.table.name} "  # noqa: S608 - names of ours
    f"WHERE slot = {tables.live(view.projection)} AND {key} = ?"
    for view, key in _PARTS
)
"""Every row of one case: one statement, so that all of them are of one moment."""
_COUNTERS = "SELECT metric, value, count FROM counters WHERE slot = {} AND projection = ? AND count <> 0"
_FALLING_DUE = (
    "WITH ranges (low, high) AS (VALUES {}) "  # noqa: S608 - names of ours
    "SELECT low, metric = ? AS midst, value, CAST(sum(count) AS bigint), min(metric) "
    "FROM ranges CROSS JOIN counters "
    f"WHERE slot = {tables.live(QUEUE)} AND projection = '{QUEUE.name}' AND count <> 0 "
    "AND metric >= low AND metric <= high GROUP BY low, midst, value"
)
_REACHED = (
    "SELECT g.slot, g.started_at, c.log, c.number FROM generations AS g "
    "JOIN cursors AS c ON c.projection = g.projection AND c.slot = g.slot "
    "WHERE g.projection = ? AND g.state = 'live' AND g.version = ?"
)


@dataclass(frozen=True)
class Filter:
    """Which cases are asked for; None means any."""

    kind: CaseKind | None = None
    status: Sequence[str] = ()
    team: str | None = None
    assignee: str | None = None
    category: str | None = None
    severity: str | None = None
    escalated: bool | None = None
    overdue: bool | None = None
    open: bool | None = None
    regime: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    ids: Sequence[UUID] | None = None


@dataclass(frozen=True)
class Page:
    """Rows and where the next ones begin; None when there are no more."""

    rows: list[QueueRow] = field(default_factory=list)
    next: tuple[datetime, UUID] | None = None


class Reached(NamedTuple):
    """How far a read model has come, by log; as long as that is the same, so is all that is read of it."""

    numbers: Mapping[int, int]
    generation: Hashable
    """Tells one that was built anew from the one before, which may have said something else."""

    @property
    def mark(self) -> Hashable:
        """What is the same as long as nothing has changed."""
        return self.generation, tuple(sorted(self.numbers.items()))


class FallingDue(NamedTuple):
    """How many cases fall due by either of two instants, and when the first of them does.

    A number beyond COUNT_LIMIT reads COUNT_LIMIT + 1; both stand until the first case falls due,
    which is not before *first*, and is within an hour of it.
    """

    sooner: int
    later: int
    first: datetime | None


class NotBuilt(Exception):
    """A read model cannot be read now: this version of Plaint has still to build it."""

    def __init__(self, projection: str) -> None:
        self.projection = projection
        super().__init__(f"The read model {projection} is being built; see /readyz.")


class Queries:
    """What the API and the pages ask of the read models; raises NotBuilt where there is nothing to ask yet.

    That is looked into only when an answer is empty: it costs a read that finds something nothing.
    """

    def __init__(self, database: Database, engine: ViewEngine) -> None:
        self.database, self.engine = database, engine
        self.kept = KeptCounts[Any]()

    def case(self, id: UUID) -> QueueRow | None:
        """Return the row of one case."""
        return cast("QueueRow | None", self._one(QUEUE_VIEW, id))

    def rows(self, ids: Collection[UUID]) -> dict[UUID, QueueRow]:
        """Return the rows of those of *ids* that are cases."""
        known, found = sorted(ids), dict[UUID, QueueRow]()
        for start in range(0, len(known), IDS_AT_ONCE):
            some = tables.queue.c.id.in_(known[start : start + IDS_AT_ONCE])
            docs = self._docs(select(tables.queue.c.doc).where(QUEUE_VIEW.live, some), QUEUE_VIEW)
            found |= {row.id: row for row in map(QueueRow.model_validate_json, docs)}
        return found

    def files(self, ids: Collection[UUID]) -> list[CaseFile]:
        """Return the files of those of *ids* that are cases."""
        known, docs = sorted(ids), list[str]()
        for start in range(0, len(known), IDS_AT_ONCE):
            some = tables.case_files.c.id.in_(known[start : start + IDS_AT_ONCE])
            query = select(tables.case_files.c.doc).where(CASE_FILE_VIEW.live, some)
            docs += self._docs(query, CASE_FILE_VIEW)
        return [CaseFile.model_validate_json(doc) for doc in docs]

    def case_by_reference(self, reference: str) -> QueueRow | None:
        """Return the row of the case with that public number; None when there is none, or two."""
        query = select(tables.queue.c.doc).where(QUEUE_VIEW.live, tables.queue.c.reference == reference)
        docs = self._docs(query.limit(2), QUEUE_VIEW)
        return QueueRow.model_validate_json(docs[0]) if len(docs) == 1 else None

    def whole(self, id: UUID) -> Replayed:
        """Return every row of one case, all of one moment; empty while the read models lag behind."""
        return self.whole_beside(id, None)[0]

    def whole_beside(self, id: UUID, beside: str | None) -> tuple[Replayed, str | None]:
        """Return the same, and what the question *beside* says of the case, all of one moment.

        That question is put to the same database: it takes the id and answers one text, or NULL.
        """
        key = id.bytes if self.database.is_sqlite else id
        question, keys = _WHOLE, [key] * len(_PARTS)
        if beside is not None:
            question, keys = f"{_WHOLE} UNION ALL SELECT 'beside', ({beside})", [*keys, key]
        docs: dict[str, list[str]] = {}
        for name, doc in self.database.answers(question, keys):
            docs.setdefault(name, []).append(doc)
        (said,) = docs.pop("beside", [None])
        return self._replayed(docs), said

    def _replayed(self, docs: Mapping[str, Sequence[str]]) -> Replayed:
        if len(docs) < len(_PARTS):
            with self.database.ask() as connection:
                for view, _ in _PARTS:
                    refuse_unbuilt(connection, view, docs.get(view.name))
        row, file = docs.get(QUEUE_VIEW.name), docs.get(CASE_FILE_VIEW.name)
        if row is None or file is None:
            return Replayed()
        return Replayed(
            row=QueueRow.model_validate_json(row[0]),
            file=CaseFile.model_validate_json(file[0]),
            clocks=in_order(ClockRow.model_validate_json(doc) for doc in docs.get(CLOCKS_VIEW.name, ())),
        )

    def cases(
        self,
        who: Principal,
        wanted: Filter,
        *,
        sort: Sort = "due",
        limit: int = 50,
        after: tuple[datetime, UUID] | None = None,
    ) -> Page:
        """Return a page of the cases that *who* may see, sorted, beyond the key *after*.

        A case without a promise to keep stands at the end of time: last by ``due``, first by ``-due``.
        """
        table = tables.queue
        column = table.c.due_before if sort.endswith("due") else table.c.received_at
        descending = sort.startswith("-")
        query = select(table.c.doc, column.label("key"), table.c.id).where(QUEUE_VIEW.live)
        query = query.where(*_wanted(wanted), visible(who))
        if after is not None:
            query = query.where(_beyond(column, table.c.id, after, descending=descending))
        order = (column.desc(), table.c.id.desc()) if descending else (column, table.c.id)
        with self.database.ask() as connection:
            found = connection.execute(query.order_by(*order).limit(limit + 1)).all()
            refuse_unbuilt(connection, QUEUE_VIEW, found)
        rows = [QueueRow.model_validate_json(row.doc) for row in found[:limit]]
        last = found[limit - 1] if len(found) > limit else None
        return Page(rows, (last.key, last.id) if last else None)

    def count(self, who: Principal, wanted: Filter) -> int:
        """Return how many cases *who* may see, up to COUNT_LIMIT + 1."""
        some = select(tables.queue.c.id).where(QUEUE_VIEW.live, *_wanted(wanted), visible(who))
        with self.database.ask() as connection:
            query = select(func.count()).select_from(some.limit(COUNT_LIMIT + 1).subquery())
            number = connection.execute(query).scalar_one()
            refuse_unbuilt(connection, QUEUE_VIEW, number)
            return number

    def falling_due(self, who: Principal, now: datetime, sooner: datetime, later: datetime) -> FallingDue:
        """Count the complaints that *who* may see and that fall due after *now*: by *sooner*, by *later*.

        Both are later than *now* and end a day, so that they are on a quarter of an hour.  What falls due in
        the midst of the quarter that has begun is counted one by one, the rest is added up.
        """
        begun = quarter(now)
        near, far = due_ranges(begun, sooner), due_ranges(sooner, later)
        question = _FALLING_DUE.format(", ".join(["(?, ?)"] * len([*near, *far])))
        found = self.database.answers(question, [*chain(*near, *far), midst_of(begun)])
        seen = [each for each in found if who.scope.covers(*apart(each[2])[:3])]
        soon, first = 0, cast("datetime | None", None)
        if any(in_midst for _, in_midst, *_ in seen):
            between = {"after": now, "before": begun + QUARTER, "most": COUNT_LIMIT + 1}
            with self.database.ask() as connection:
                one_by_one = _one_by_one(who.scope)  # pyright: ignore[reportArgumentType] - a frozen value has a hash
                soon, first = connection.execute(one_by_one, between).one()
        lows = {low for low, _ in near}
        whole = [(low in lows, n, metric) for low, in_midst, _, n, metric in seen if not in_midst]
        first = first or min((begun_by(metric) for is_near, _, metric in whole if is_near), default=None)
        soon += sum(n for is_near, n, _ in whole if is_near)
        far_off = sum(n for is_near, n, _ in whole if not is_near)
        return FallingDue(min(soon, COUNT_LIMIT + 1), min(soon + far_off, COUNT_LIMIT + 1), first)

    def reached(self, view: View) -> Reached:
        """Return what is read of *view* and how far it has come; nothing while nothing can be read."""
        found = self.database.answers(_REACHED, (view.name, view.projection.version))
        generation = next(((slot, began) for slot, began, _, _ in found), None)
        return Reached({log: number for _, _, log, number in found}, generation)

    def due_clocks(
        self, now: datetime, *, after: tuple[datetime, UUID] | None = None, limit: int = 1000
    ) -> list[ClockRow]:
        """Return clocks of which something fires by *now*, the earliest first, beyond the key *after*."""
        table = tables.clocks
        query = select(table.c.doc).where(CLOCKS_VIEW.live, table.c.fires_at <= now)
        if after is not None:
            query = query.where(_beyond(table.c.fires_at, table.c.id, after, descending=False))
        query = query.order_by(table.c.fires_at, table.c.id).limit(limit)
        return [ClockRow.model_validate_json(doc) for doc in self._docs(query, CLOCKS_VIEW)]

    def counters(self, projection: str, metrics: Sequence[str] = ()) -> dict[str, dict[str, int]]:
        """Return the counters of a read model, all or those of *metrics*: by metric, then by value."""
        view = next((view for view in self.engine.views if view.name == projection), None)
        if view is None:
            return {}
        found: dict[str, dict[str, int]] = {}
        question = _COUNTERS.format(tables.live(view.projection))
        if metrics:
            question += f" AND metric IN ({', '.join('?' * len(metrics))})"
        for metric, value, number in self.database.answers(question, (projection, *metrics)):
            found.setdefault(metric, {})[value] = number
        if not found:
            with self.database.ask() as connection:
                refuse_unbuilt(connection, view, found)
        return found

    def token(self, sha256: str) -> TokenRow | None:
        """Return the token whose secret has that hash."""
        query = select(tables.tokens.c.doc).where(TOKENS_VIEW.live, tables.tokens.c.sha256 == sha256)
        docs = self._docs(query, TOKENS_VIEW)
        return TokenRow.model_validate_json(docs[0]) if docs else None

    def tokens(self) -> list[TokenRow]:
        """Return every token."""
        docs = self._docs(select(tables.tokens.c.doc).where(TOKENS_VIEW.live), TOKENS_VIEW)
        return sorted(map(TokenRow.model_validate_json, docs), key=lambda row: row.created_at)

    def docs(self, query: Select[Any], view: View) -> list[str]:
        """Return the rows of *view* that *query* finds, each as it is kept."""
        return self._docs(query, view)

    def _one(self, view: View, id: UUID) -> Any:
        docs = self._docs(select(view.table.c.doc).where(view.live, view.table.c.id == id), view)
        return view.loaded(docs[0]) if docs else None

    def _docs(self, query: Select[Any], view: View) -> list[str]:
        with self.database.ask() as connection:
            docs = list(connection.execute(query).scalars())
            refuse_unbuilt(connection, view, docs)
            return docs


def refuse_unbuilt(connection: Connection, view: View, found: object) -> None:
    """Raise NotBuilt when nothing was *found* because there is no slot to read."""
    if not found and connection.execute(select(tables.live(view.projection))).scalar() is None:
        raise NotBuilt(view.name)


@lru_cache(maxsize=MANY)
def _one_by_one(scope: Scope) -> Select[int, datetime | None]:
    """Select how many fall due *after* one instant and *before* another, at *most* so many, and the first."""
    c = tables.queue.c
    wanted = (*_wanted(Filter(kind="complaint", open=True, overdue=False)), _visible(scope))
    between = c.due_before > bindparam("after"), c.due_before < bindparam("before")
    some = select(c.due_before).where(QUEUE_VIEW.live, *wanted, *between).limit(bindparam("most")).subquery()
    return select(func.count(), func.min(some.c.due_before)).select_from(some)


def visible(who: Principal) -> ColumnElement[bool]:
    """Return the condition under which a row of the queue exists for *who*."""
    return _visible(who.scope)


def _visible(scope: Scope) -> ColumnElement[bool]:
    c = tables.queue.c
    return within(scope, team=c.team, legal_entity=c.legal_entity, sensitivity=c.sensitivity)


def _wanted(wanted: Filter) -> Iterable[ColumnElement[bool]]:
    c = tables.queue.c
    for name in ("kind", "team", "assignee", "category", "severity", "escalated", "overdue", "open"):
        value = getattr(wanted, name)
        if value is not None:
            yield c[name] == value
    if wanted.ids is not None:
        yield c.id.in_(wanted.ids)
    if wanted.status:
        yield c.status.in_(wanted.status)
    if wanted.regime is not None:
        yield c.regimes.contains(f" {wanted.regime} ", autoescape=True)
    if wanted.received_from is not None:
        yield c.received_at >= wanted.received_from
    if wanted.received_to is not None:
        yield c.received_at < wanted.received_to
    if wanted.due_before is not None:
        yield c.due_before <= wanted.due_before
    if wanted.due_after is not None:
        yield c.due_before > wanted.due_after


def _beyond(
    column: ColumnElement[Any],
    id: ColumnElement[Any],
    key: tuple[datetime, UUID],
    *,
    descending: bool,
) -> ColumnElement[bool]:
    value, last = key
    if descending:
        return or_(column < value, and_(column == value, id < last))
    return or_(column > value, and_(column == value, id > last))
