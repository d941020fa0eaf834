"""What falls due is told by counters as a count of the rows tells it: for every reader, whatever became of the cases."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views import queries as module
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.queries import FallingDue, Filter, Queries
from adapters.views.rows import Rows, count
from adapters.views.tables import NEVER, QUEUE_VIEW
from domain.access import LEVELS, Principal, Role
from domain.hours import first_instant
from projections.queue import QUEUE, QueueRow
from projections.tally import HOUR, QUARTER, begun_by, due_metrics, due_ranges, quarter
from tests.adapters.keys import FixedKeys
from tests.adapters.test_scoping import PRINCIPALS
from tests.adapters.test_views_queries import a_row, due

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND, MOMENT = timedelta(seconds=1), timedelta(microseconds=1)
EVERYBODY = Principal(id="carl", role=Role.COMPLIANCE)


def an_instant(quarters: int, beyond: timedelta) -> datetime:
    return NOON + quarters * QUARTER + beyond


INSTANTS = st.builds(
    an_instant,
    st.integers(0, 11),
    st.sampled_from((timedelta(0), timedelta(0), MOMENT, SECOND, QUARTER / 2, QUARTER - MOMENT)),
)
STATES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("complaint", "complaint", "complaint", "ticket")),
        "status": st.sampled_from(("received", "investigating", "resolved", "closed", "merged")),
        "team": st.sampled_from(("complaints", "payments")),
        "legal_entity": st.sampled_from(("main", "x|normal")),
        "sensitivity": st.sampled_from(LEVELS),
        "promises": st.just(())
        | st.builds(due, INSTANTS, st.sampled_from(("running", "running", "missed", "met", "paused"))),
    }
)
"""A case as commands may leave it: given to another team, kept closer, due again, decided, merged."""
CHANGES = st.lists(st.tuples(st.integers(0, 7), STATES), min_size=1, max_size=24)
Span: TypeAlias = tuple[datetime, int, int]
SPANS = st.tuples(INSTANTS, st.integers(1, 9), st.integers(0, 9))


@pytest.fixture
def desk(tables_url: str) -> Generator[Queries]:
    """Read models of nothing."""
    database = Database(tables_url)
    engine = ViewEngine(database, CaseStore(database, FixedKeys()))
    engine.prepare()
    yield Queries(database, engine)
    database.close()


def empty(desk: Queries) -> None:
    with desk.database.write() as connection:
        for table in (tables.queue, tables.counters):
            connection.execute(delete(table))


def save(desk: Queries, before: Mapping[int, QueueRow], after: Mapping[int, QueueRow]) -> None:
    """Save rows and counters as a batch does."""
    with desk.database.write() as connection:
        Rows(connection, QUEUE_VIEW, "a").save(after.values())
        for number, row in after.items():
            moved = QUEUE.delta(before.get(number), row)
            count(connection, {("a", "queue", *key): amount for key, amount in moved.items()})


def behind(after: datetime, by: datetime) -> Filter:
    """Return how to ask for the list behind a number."""
    return Filter(kind="complaint", open=True, overdue=False, due_after=after, due_before=by)


def test_counters_tell_what_falls_due_as_the_rows_do(desk: Queries, monkeypatch: pytest.MonkeyPatch):
    """At every instant, for every reader, whatever became of the cases, and up to the limit of a count."""

    @settings(max_examples=60)
    @given(changes=CHANGES, asked=st.lists(st.tuples(PRINCIPALS, SPANS), min_size=8, max_size=8), limit=...)
    def agree(changes: list[tuple[int, dict[str, object]]], asked: list[tuple[Principal, Span]], limit: bool):
        monkeypatch.setattr(module, "COUNT_LIMIT", 2 if limit else 10_000)
        empty(desk)
        rows: dict[int, QueueRow] = {}
        for number, state in changes:
            after = {number: a_row(number, **state)}
            save(desk, rows, after)
            rows |= after
        for who, (now, quarters, more) in [(EVERYBODY, asked[0][1]), *asked]:
            sooner = quarter(now) + quarters * QUARTER
            later = sooner + more * QUARTER
            found = desk.falling_due(who, now, sooner, later)
            assert found.sooner == desk.count(who, behind(now, sooner))
            assert found.later == desk.count(who, behind(now, later))
            page = desk.cases(who, behind(now, sooner), limit=1).rows
            stands_until(found.first, page[0].due_before if page else None, now)

    agree()


def stands_until(told: datetime | None, first: datetime | None, now: datetime) -> None:
    """Check that a count is *told* to stand until the *first* case falls due, or the hour begins that it does in."""
    if first is None:
        assert told is None
    else:
        assert told is not None
        assert now < told <= first < told + HOUR


def test_what_falls_due_in_a_quarter_to_come_is_told_without_a_look_at_the_cases(desk: Queries):
    """However many there are: only of the quarter that has begun cases are counted one by one."""
    at = NOON + 3 * QUARTER
    rows = {n: a_row(n, promises=due(at + n * QUARTER / 4)) for n in range(6)}
    save(desk, {}, rows)
    spans = [(NOON, at, at + QUARTER), (at - SECOND, at + QUARTER, NEVER), (at + SECOND, at + QUARTER, NEVER)]
    told = [desk.falling_due(EVERYBODY, *span) for span in spans]
    with desk.database.write() as connection:
        connection.execute(delete(tables.queue))

    assert told == [FallingDue(1, 5, at), FallingDue(5, 6, at), FallingDue(4, 5, at + QUARTER / 4)]
    assert [desk.falling_due(EVERYBODY, *span) for span in spans] == [
        *told[:2],
        FallingDue(1, 2, at + QUARTER),
    ]


@given(INSTANTS, SPANS)
def test_ranges_of_metrics_hold_what_falls_due_between_two_quarters_once(at: datetime, span: Span):
    """By its hour or by its quarter; and a metric tells when either began."""
    after, by = quarter(span[0]), quarter(span[0]) + span[1] * QUARTER * 3
    ranges = due_ranges(after, by)
    held = [m for m in due_metrics(at) for low, high in ranges if low <= m <= high]

    assert len(held) == (after < at <= by)
    assert [begun_by(m) for m in due_metrics(at)] == [quarter(at).replace(minute=0), quarter(at)]


def test_a_day_begins_on_a_quarter_of_an_hour_in_every_zone():
    """Also where clocks are changed at midnight; so no day ends in the midst of what is counted together."""
    year = [datetime(2026, 1, 1, tzinfo=UTC).date() + timedelta(days=n) for n in range(0, 366, 5)]
    begins = {first_instant(day, zone) for zone in available_timezones() for day in year}

    assert {at for at in begins if quarter(at) != at} == set()
