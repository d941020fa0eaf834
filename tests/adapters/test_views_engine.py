"""Read models follow the log: exactly once, whole or not at all, and each for itself."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import select

from adapters import migrations
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.views import tables
from adapters.views.engine import AheadOfTheLog, ViewEngine
from adapters.views.tables import VIEWS, View
from domain.kernel import Event
from domain.testing import an_id
from projections.catalogue import PROJECTIONS
from projections.projection import ALL, Projection
from projections.queue import QUEUE
from tests.adapters.keys import FixedKeys
from tests.golden.lives import a_month

MONTH = list(a_month())
LAST = len(MONTH)


class Desk:
    """A log and its read models, and a look at everything they hold."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.log, self.database = Database(url), Database(url)
        migrations.migrate(self.log, "log")
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
        """Return all rows of all tables; a counter at zero counts nothing, as one that is not there."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        with self.database.read() as connection:
            for table in tables.metadata.sorted_tables:
                rows = connection.execute(select(table).order_by(*table.primary_key.columns))
                found[table.name] = [tuple(row) for row in rows]
        found["counters"] = [row for row in found["counters"] if row[-1]]
        return found

    def close(self) -> None:
        self.log.close()
        self.database.close()


@pytest.fixture
def desk(database_url: str) -> Generator[Desk]:
    desk = Desk(database_url)
    yield desk
    desk.close()


def spoiled(view: View, poison: Event) -> View:
    """Return *view* with a fold that breaks at *poison*."""

    def evolve(row: Any, event: Event, number: int) -> Any:
        if (event.originator_id, event.originator_version) == (
            poison.originator_id,
            poison.originator_version,
        ):
            raise ZeroDivisionError
        return view.projection.evolve(row, event, number)

    return replace(view, projection=replace(view.projection, evolve=evolve))


def test_a_rebuild_gives_the_rows_that_were_live(desk: Desk):
    """Events that came one by one, and the whole log at once: the same bytes in every table."""
    engine = desk.engine()
    for event in MONTH:
        desk.append([event])
        engine.catch_up()
    live = desk.everything()

    engine.rebuild()

    assert desk.everything() == live
    assert [len(live[table]) for table in ("queue", "case_files", "tokens", "cursors")] == [6, 6, 2, 4]
    assert set(engine.cursors().values()) == {LAST}


@pytest.mark.parametrize("batch", [1, 7])
def test_the_size_of_a_batch_changes_no_row(desk: Desk, batch: int):
    desk.append(MONTH)
    engine = desk.engine()
    assert engine.catch_up() == LAST
    at_once = desk.everything()

    small = desk.engine(batch=batch)
    small.rebuild()

    assert desk.everything() == at_once


def test_one_read_model_is_rebuilt_alone(desk: Desk):
    desk.append(MONTH)
    engine = desk.engine()
    engine.catch_up()
    before = desk.everything()

    engine.rebuild([QUEUE.name])

    assert desk.everything() == before


def test_what_was_folded_is_not_folded_again(desk: Desk):
    """A cursor that is behind, a log that did not move: nothing changes."""
    desk.append(MONTH)
    engine = desk.engine()
    engine.catch_up()
    before = desk.everything()

    assert engine.catch_up() == 0
    assert desk.engine().catch_up() == 0
    assert desk.everything() == before


def test_a_crash_before_the_end_leaves_the_rows_and_the_cursor_as_they_were(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """Rows and counters are written, the cursor is not, and the transaction is gone."""
    desk.append(MONTH[:20])
    engine = desk.engine()
    engine.catch_up()
    before = desk.everything()
    desk.append(MONTH[20:])

    def crash(*_args: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_move", crash)
        with pytest.raises(ConnectionError):
            engine.catch_up()

    assert desk.everything() == before
    engine.catch_up()
    after = desk.everything()
    engine.rebuild()
    assert desk.everything() == after


def test_engines_at_once_count_nothing_twice(desk: Desk):
    engines = [desk.engine(batch=5) for _ in range(3)]
    desk.append(MONTH)
    threads = [threading.Thread(target=engine.catch_up) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engines[0].catch_up()
    together = desk.everything()

    engines[0].rebuild()

    assert desk.everything() == together


def test_a_rebuild_that_begins_while_a_batch_is_read_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """The batch belongs to the rows that are gone."""
    desk.append(MONTH[:40])
    engine, other = desk.engine(), desk.engine()
    engine.catch_up()
    desk.append(MONTH[40:])
    read = engine._decode

    def rebuild_first(notifications: Any) -> Any:
        monkeypatch.undo()
        with desk.database.write() as connection:
            other._empty(connection, VIEWS[0])
        return read(notifications)

    monkeypatch.setattr(engine, "_decode", rebuild_first)
    engine.catch_up()
    after = desk.everything()

    assert engine.cursors()[QUEUE.name] == LAST
    engine.rebuild()
    assert desk.everything() == after


def test_an_event_that_breaks_a_fold_stops_that_read_model_alone(desk: Desk):
    """At the event before, with its position and what was wrong; the others go on."""
    place = next(number for number, event in enumerate(MONTH, 1) if event.TOPIC == "complaint.escalated")
    desk.append(MONTH)
    engine = desk.engine([spoiled(VIEWS[0], MONTH[place - 1]), *VIEWS[1:]])

    engine.catch_up()

    assert engine.stopped() == {"queue": f"00:{place}: ZeroDivisionError"}
    assert engine.cursors() == {"queue": place - 1, "case_files": LAST, "clocks": LAST, "tokens": LAST}
    assert engine.catch_up() == 0

    mended = desk.engine()
    mended.rebuild([QUEUE.name])
    healed = desk.everything()
    assert mended.stopped() == {}
    mended.rebuild()
    assert desk.everything() == healed


@pytest.mark.parametrize(
    ("topic", "state", "why"),
    [
        ("complaint.foretold", b"{}", "the topic is unknown; it may come from a newer version of Plaint"),
        ("complaint.closed", b"{}", "it does not fit its topic (body)"),
    ],
    ids=["topic", "state"],
)
def test_an_event_that_nobody_can_read_stops_at_its_place(desk: Desk, topic: str, state: bytes, why: str):
    """What came before it is folded, and it is not looked at again and again."""
    desk.append(MONTH[:10])
    desk.spoil(topic, state)
    desk.append(MONTH[10:])
    engine = desk.engine()

    engine.catch_up()

    assert set(engine.cursors().values()) == {10}
    assert engine.stopped() == {each.name: f"00:11: {why}" for each in PROJECTIONS}
    assert engine.catch_up() == 0


def test_an_unreadable_event_that_a_read_model_has_passed_stops_it_no_more(desk: Desk):
    """It could be read then; one that is rebuilt stops, the others stay where they are."""
    desk.append(MONTH[:10])
    engine = desk.engine()
    engine.catch_up()
    desk.spoil()
    with desk.database.write() as connection:
        others = tables.cursors.c.projection != QUEUE.name
        connection.execute(tables.cursors.update().where(others).values(number=11))

    engine.rebuild([QUEUE.name])

    assert list(engine.stopped()) == [QUEUE.name]
    assert engine.cursors() == {"queue": 10, "case_files": 11, "clocks": 11, "tokens": 11}


def test_a_read_model_ahead_of_the_log_is_refused(desk: Desk):
    """An older log was restored: the remedy is named, and following it helps."""
    desk.append(MONTH[:10])
    engine = desk.engine()
    engine.catch_up()
    with desk.database.write() as connection:
        queue = tables.cursors.c.projection == QUEUE.name
        connection.execute(tables.cursors.update().where(queue).values(number=11))

    with pytest.raises(AheadOfTheLog, match=r"queue is at 00:11, but the log ends at 00:10.*plaint rebuild"):
        engine.refuse_if_ahead()

    engine.rebuild()
    engine.refuse_if_ahead()
    assert set(engine.cursors().values()) == {10}


def test_rows_of_another_version_are_built_anew(desk: Desk):
    desk.append(MONTH)
    engine = desk.engine()
    engine.catch_up()
    before = desk.everything()
    newer = replace(VIEWS[0], projection=replace(QUEUE, version=2))

    changed = desk.engine([newer, *VIEWS[1:]])
    assert changed.cursors() == {"queue": 0, "case_files": LAST, "clocks": LAST, "tokens": LAST}
    changed.catch_up()

    after = desk.everything()
    assert [after[name] for name in after if name != "cursors"] == [
        before[name] for name in before if name != "cursors"
    ]


def test_the_counters_are_a_recount_of_the_rows(desk: Desk):
    desk.append(MONTH)
    desk.engine(batch=3).catch_up()

    with desk.database.read() as connection:
        docs = connection.execute(select(tables.queue.c.doc)).scalars().all()
    recount: Counter[tuple[str, str]] = Counter()
    for doc in docs:
        recount.update(QUEUE.measure(QUEUE.row.model_validate_json(doc)))
    assert {(row[1], row[2]): row[3] for row in desk.everything()["counters"]} == dict(recount)
    assert recount["received_by_all", "complaints|"] == 5


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
def test_a_read_model_says_of_every_topic_whether_it_handles_it(projection: Projection[Any]):
    """What is in neither list would be forgotten in silence."""
    assert projection.topics <= ALL
    assert projection.topics | projection.ignored == ALL
    assert not projection.topics & projection.ignored
    assert projection.topics


def test_every_read_model_is_kept():
    assert [view.projection for view in VIEWS] == list(PROJECTIONS)
    assert len({view.table.name for view in VIEWS}) == len(VIEWS)


def test_who_waits_sees_what_was_stored_before(desk: Desk):
    engine = desk.engine()
    desk.append(MONTH)
    assert not engine.wait_for(1, 0, [QUEUE.name])

    waiting = threading.Event()
    answers: list[bool] = []

    def wait() -> None:
        waiting.set()
        answers.append(engine.wait_for(LAST, 10, [QUEUE.name, "clocks"]))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    desk.engine().catch_up()
    thread.join()

    assert answers == [True]
    assert not engine.wait_for(LAST + 1, 0, [QUEUE.name])
    assert not engine.wait_for(1, 0, ["unheard of"])


def test_two_that_start_at_once_prepare_the_same(desk: Desk):
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def prepare() -> None:
        start.wait()
        try:
            desk.engine()
        except BaseException as error:  # noqa: BLE001 - a thread tells what stopped it
            failed.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert desk.engine().cursors() == dict.fromkeys((each.name for each in PROJECTIONS), 0)


def test_a_row_that_is_gone_is_taken_away(desk: Desk):
    """A read model may drop a row; its counters go with it."""

    def evolve(row: Any, event: Event, number: int) -> Any:
        return None if event.TOPIC == "complaint.closed" else QUEUE.evolve(row, event, number)

    dropping = replace(VIEWS[0], projection=replace(QUEUE, evolve=evolve))
    desk.append(MONTH)
    engine = desk.engine([dropping], batch=1)
    engine.catch_up()

    ids: set[UUID] = {row[0] for row in desk.everything()["queue"]}
    assert an_id("life 0") not in ids
    assert len(ids) == 5
    assert sum(row[3] for row in desk.everything()["counters"] if row[1] == "received_by_all") == 5
