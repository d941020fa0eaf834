"""Questions to the read models: in order, page by page, and only what the reader may see."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from sqlalchemy import delete, event, insert, select
from sqlalchemy.exc import DatabaseError

from adapters import migrations
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.files.queue import FileQueue
from adapters.views import queries as module
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.queries import Filter, Page, Queries, Sort
from adapters.views.rebuilding import rebuild
from adapters.views.tables import FILES_VIEW, NEVER, QUEUE_VIEW, VIEWS
from domain.access import Principal, Role
from domain.ids import new_id, reference
from domain.testing import an_id
from projections.queue import QUEUE, Promise, QueueRow
from projections.replay import Replayed
from tests.adapters.keys import FixedKeys
from tests.adapters.postgres import Server
from tests.golden.lives import a_month

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SUPERVISOR = Principal(id="sue", role=Role.SUPERVISOR)
HANDLER = Principal(id="anna", role=Role.HANDLER, teams=("complaints",))
ADMIN = Principal(id="root", role=Role.ADMIN)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Queries]:
    """Read models of nothing, on one kind of database, and then on the other."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('queries') / 'plaint.db'}"
        else:
            server: Server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        database = Database(url)
        stack.callback(database.close)
        for branch in ("log", "views"):
            migrations.migrate(database, branch)
        engine = ViewEngine(database, CaseStore(database, FixedKeys()))
        engine.prepare()
        yield Queries(database, engine)


@pytest.fixture
def queries(place: Queries) -> Generator[Queries]:
    """Read models without a case."""
    yield place
    with place.database.write() as connection:
        connection.execute(delete(tables.queue))


@pytest.fixture
def month(tables_url: str) -> Generator[Queries]:
    """The read models of a desk's month."""
    database = Database(tables_url)
    engine = ViewEngine(database, CaseStore(database, FixedKeys()))
    engine.prepare()
    engine.store.events.put(list(a_month()))
    engine.catch_up()
    yield Queries(database, engine)
    database.close()


def a_row(number: int, **facts: object) -> QueueRow:
    """Return the row of case *number*, received as many hours after noon, due as many days later."""
    id = new_id(NOON, number.to_bytes(10, "little"))
    row = QueueRow(
        id=id,
        reference=reference(id, "C"),
        status="received",
        version=3,
        number=number,
        received_at=NOON + HOUR * number,
        category="fees",
        team="complaints",
        channel="web",
        legal_entity="main",
        language="en",
        regimes=("house",),
    )
    return row.model_copy(update=facts)


def due(at: datetime, state: str = "running") -> tuple[Promise, ...]:
    promise = Promise(
        clock_id=UUID(int=1),
        regime="house",
        milestone="decision",
        legal=False,
        due_date=at.date(),
        due_before=at,
    )
    return (promise.model_copy(update={"state": state}),)


def fill(queries: Queries, *rows: QueueRow) -> None:
    with queries.database.write() as connection:
        connection.execute(insert(tables.queue), [{"slot": "a", **VIEWS[0].stored(row)} for row in rows])


def numbers(page: Page) -> list[int]:
    return [row.number for row in page.rows]


def pages(queries: Queries, sort: Sort, size: int, wanted: Filter = Filter()) -> list[int]:  # noqa: B008 - it is frozen
    """Return the cases of all pages, one after the other."""
    found: list[int] = []
    after = None
    while True:
        page = queries.cases(SUPERVISOR, wanted, sort=sort, limit=size, after=after)
        assert len(page.rows) <= size
        found += numbers(page)
        if page.next is None:
            return found
        after = page.next


def test_cases_come_in_the_order_that_is_asked_for(queries: Queries):
    """By due instant, those that wait for nothing last; or by receipt."""
    fill(
        queries,
        a_row(1, promises=due(NOON + 3 * HOUR)),
        a_row(2),
        a_row(3, promises=due(NOON + HOUR)),
        a_row(4, promises=due(NOON + 2 * HOUR, "met")),
        a_row(5, promises=due(NOON - HOUR, "missed")),
    )
    found: dict[str, list[int]] = {
        sort: numbers(queries.cases(SUPERVISOR, Filter(), sort=sort)) for sort in get_args(Sort)
    }

    assert found["due"][:3] == [5, 3, 1]
    assert set(found["due"][3:]) == {2, 4}
    assert found["-due"] == found["due"][::-1]
    assert found["received_at"] == [1, 2, 3, 4, 5]
    assert found["-received_at"] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("sort", get_args(Sort))
@pytest.mark.parametrize("size", [1, 3, 4, 12])
def test_pages_have_no_gap_and_no_repeat(queries: Queries, sort: Sort, size: int):
    """Also where many cases are due, or were received, at the same instant, or never."""
    fill(
        queries,
        *(
            a_row(number, received_at=NOON, promises=due(NOON + HOUR) if number % 3 else ())
            for number in range(12)
        ),
    )

    whole = numbers(queries.cases(SUPERVISOR, Filter(), sort=sort))

    assert sorted(whole) == [*range(12)]
    assert pages(queries, sort, size) == whole


def test_the_last_page_says_so(queries: Queries):
    fill(queries, a_row(1), a_row(2))

    first = queries.cases(SUPERVISOR, Filter(), sort="received_at", limit=1)
    assert first.next == (NOON + HOUR, a_row(1).id)
    assert queries.cases(SUPERVISOR, Filter(), sort="received_at", limit=2).next is None
    assert queries.cases(SUPERVISOR, Filter(), sort="due", limit=1).next == (
        NEVER,
        min(a_row(1).id, a_row(2).id),
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), [1, 2, 3, 4]),
        (Filter(status=("received", "closed")), [1, 3, 4]),
        (Filter(status=("resolved",)), [2]),
        (Filter(team="payments"), [2]),
        (Filter(assignee="anna"), [3]),
        (Filter(category="staking"), [4]),
        (Filter(severity="high"), [3]),
        (Filter(escalated=True), [3]),
        (Filter(escalated=False), [1, 2, 4]),
        (Filter(overdue=True), [1]),
        (Filter(open=False), [4]),
        (Filter(regime="mica"), [2]),
        (Filter(regime="house"), [1, 2, 3, 4]),
        (Filter(regime="hous"), []),
        (Filter(regime="%"), []),
        (Filter(received_from=NOON + 2 * HOUR), [2, 3, 4]),
        (Filter(received_to=NOON + 2 * HOUR), [1]),
        (Filter(due_before=NOON + 5 * HOUR), [1, 3]),
        (Filter(due_before=NOON + 5 * HOUR - timedelta(microseconds=1)), [1]),
        (Filter(due_after=NOON, due_before=NOON + 5 * HOUR), [3]),
        (Filter(category="fees", escalated=False, open=True), [1, 2]),
    ],
    ids=range(21),
)
def test_cases_are_filtered(queries: Queries, wanted: Filter, found: list[int]):
    fill(
        queries,
        a_row(1, promises=due(NOON, "missed")),
        a_row(2, team="payments", status="resolved", regimes=("house", "mica")),
        a_row(3, assignee="anna", severity="high", level=2, promises=due(NOON + 5 * HOUR)),
        a_row(4, category="staking", status="closed"),
    )

    assert numbers(queries.cases(SUPERVISOR, wanted, sort="received_at")) == found
    assert queries.count(SUPERVISOR, wanted) == len(found)


@pytest.mark.parametrize(
    ("who", "found"),
    [
        (SUPERVISOR, [1, 2]),
        (HANDLER, [1]),
        (HANDLER.model_copy(update={"teams": ("payments", "complaints")}), [1, 2]),
        (HANDLER.model_copy(update={"teams": ()}), []),
        (ADMIN, []),
        (ADMIN.model_copy(update={"teams": ("complaints",)}), []),
    ],
)
def test_a_reader_finds_and_counts_only_their_cases(queries: Queries, who: Principal, found: list[int]):
    fill(queries, a_row(1), a_row(2, team="payments"))

    assert numbers(queries.cases(who, Filter(), sort="received_at")) == found
    assert queries.count(who, Filter()) == len(found)
    assert numbers(queries.cases(who, Filter(team="payments"))) == [n for n in found if n == 2]


def test_a_count_stops_at_its_limit(queries: Queries, monkeypatch: pytest.MonkeyPatch):
    fill(queries, *map(a_row, range(6)))
    monkeypatch.setattr(module, "COUNT_LIMIT", 3)

    assert queries.count(SUPERVISOR, Filter()) == 4


def test_a_case_is_found_by_its_id_and_by_its_number(month: Queries):
    id = an_id("life 1")
    row = month.case(id)

    assert row is not None
    assert (row.id, row.category, row.level) == (id, "fees", 0)
    assert month.case_by_reference(reference(id, "C")) == row
    assert month.case_by_reference("C-0000000000" + "0") is None
    assert month.case(an_id("nobody")) is None


def test_a_number_that_two_cases_share_finds_neither(queries: Queries):
    fill(queries, a_row(1, reference="C-1"), a_row(2, reference="C-1"))

    assert queries.case_by_reference("C-1") is None


def test_a_whole_case_is_its_row_its_file_and_its_clocks(month: Queries):
    """The house's promises first, each milestone in the order of its clocks."""
    whole = month.whole(an_id("life 4"))

    assert whole.row == month.case(an_id("life 4"))
    assert whole.file is not None
    assert whole.file.decision is not None
    clocks = [row.clock for row in whole.clocks]
    assert [clock.legal for clock in clocks] == sorted(clock.legal for clock in clocks)
    assert {clock.milestone for clock in clocks} == {"acknowledgement", "decision", "progress_update"}
    assert month.whole(an_id("nobody")) == Replayed()


def test_clocks_are_due_from_the_first_instant_that_is_too_late(month: Queries):
    """The earliest first, page by page; one that stands still or has ended never."""
    everything = month.due_clocks(NEVER)
    keys = [(row.clock.due_before, row.id) for row in everything]

    assert keys == sorted(keys)
    assert {row.clock.status.value for row in everything} == {"running"}
    first = everything[0]
    assert month.due_clocks(first.clock.due_before - timedelta(microseconds=1)) == []
    assert month.due_clocks(first.clock.due_before)[0] == first
    paged: list[UUID] = []
    after = None
    while rows := month.due_clocks(NEVER, after=after, limit=2):
        paged += [row.id for row in rows]
        after = (rows[-1].clock.due_before, rows[-1].id)
    assert paged == [row.id for row in everything]


def test_counters_at_zero_are_not_told(month: Queries):
    counters = month.counters(QUEUE.name)

    assert counters["received_by_all"] == {"complaints|main|normal|": 5, "payments|main|normal|": 1}
    assert all(count for values in counters.values() for count in values.values())
    assert month.counters("unheard of") == {}


def test_counters_are_told_of_the_metrics_that_are_asked_for(month: Queries):
    counters = month.counters(QUEUE.name)
    some = ("received_by_all", "open_by_team", "missed")

    assert month.counters(QUEUE.name, some) == {name: counters[name] for name in some if name in counters}


def test_tokens_are_found_by_their_hash_alone(month: Queries):
    kept = month.token("keptkeptkept")

    assert kept is not None
    assert (kept.name, kept.revoked_at) == ("kept", None)
    assert month.token("kept") is None
    assert [
        (row.name, row.revoked_at is None) for row in sorted(month.tokens(), key=lambda row: row.name)
    ] == [
        ("kept", True),
        ("lost", False),
    ]


def test_a_row_says_in_its_columns_what_it_says_of_itself(month: Queries):
    """What is filtered by is what is shown."""
    for row in month.cases(SUPERVISOR, Filter()).rows:
        stored = VIEWS[0].stored(row)
        assert stored["due_before"] == (row.due_before or NEVER)
        assert (stored["open"], stored["overdue"], stored["escalated"]) == (
            row.open,
            row.overdue,
            row.escalated,
        )
    overdue = month.cases(SUPERVISOR, Filter(overdue=True)).rows
    assert all(row.overdue for row in overdue)
    assert overdue


def test_a_filter_is_a_value():
    assert replace(Filter(team="a"), team=None) == Filter()


def test_a_question_in_the_words_of_the_driver_fails_as_any_other(place: Queries):
    """Whoever handles an error knows SQLAlchemy's alone, and it quotes nothing of what was asked."""
    with pytest.raises(DatabaseError) as failed:
        place.database.answers("SELECT doc FROM nowhere WHERE doc = ?", ("a person's words",))

    assert "nowhere" in str(failed.value.orig)
    assert "person" not in str(failed.value)


def walked(database: Database, ask: Callable[[], object]) -> list[str]:
    """Return the steps of SQLite's plan for what *ask* asks that go through a table from end to end.

    To look by the slot alone, which is the same in every row, is no better.
    """
    asked: list[tuple[str, Any]] = []

    def note(*said: Any) -> None:
        asked.append(said[2:4])

    event.listen(database.engine, "before_cursor_execute", note)
    ask()
    event.remove(database.engine, "before_cursor_execute", note)
    with database.driver() as connection:
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {each}", values) for each, values in asked]
        steps = [step[3] for plan in plans for step in plan.fetchall()]
    end_to_end = (step for step in steps if step.startswith("SCAN ") or step.endswith("(slot=?)"))
    within = ("anon_", "subquery", "CONSTANT ROW")
    return [step for step in end_to_end if not any(each in step for each in within)]


def test_nothing_that_is_asked_again_and_again_walks_a_table_from_end_to_end(tmp_path: Path):
    """Else a page, a metric or a look of a worker takes the longer the more cases there are.

    What a rebuild made is asked as what was there before.
    """
    database = Database(f"sqlite:///{tmp_path / 'plaint.db'}")
    for branch in ("log", "views"):
        migrations.migrate(database, branch)
    engine = ViewEngine(database, CaseStore(database, FixedKeys()))
    engine.prepare()
    queries, files = Queries(database, engine), FileQueue(database)
    team = Filter(kind="complaint", team="complaints", open=True)
    asked: dict[str, Callable[[], object]] = {
        "the queue of a team": lambda: queries.cases(HANDLER, team),
        "a state": lambda: queries.cases(SUPERVISOR, Filter(kind="complaint", status=("received",))),
        "everything": lambda: queries.cases(SUPERVISOR, Filter(kind="complaint")),
        "the newest": lambda: queries.cases(HANDLER, Filter(kind="ticket"), sort="-received_at"),
        "what is due": lambda: queries.count(SUPERVISOR, replace(team, team=None, due_before=NOON)),
        "one case": lambda: queries.case_by_reference("C-0000"),
        "files that wait": lambda: files.waiting(10),
        "files beyond their time": lambda: files.overdue(NOON, 10),
        "the oldest file": files.oldest,
    }
    queued = select(tables.files.c.doc).where(FILES_VIEW.live, tables.files.c.status == "queued")
    controls: dict[str, Callable[[], object]] = {
        "a whole table": lambda: queries.docs(select(tables.queue.c.doc), QUEUE_VIEW),
        "a whole slot": lambda: queries.docs(queued, FILES_VIEW),
    }

    found = {name: walked(database, ask) for name, ask in asked.items()}
    rebuild(engine, ["queue", "files"])
    found |= {f"{name}, rebuilt": walked(database, ask) for name, ask in asked.items()}
    noticed = {name: walked(database, ask) for name, ask in controls.items()}
    database.close()

    assert all(noticed.values()), noticed
    assert {name: steps for name, steps in found.items() if steps} == {}
