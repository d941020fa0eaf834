"""Read models follow the log: exactly once, whole or not at all, and each for itself."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters.views import tables
from adapters.views.engine import AheadOfTheLog
from adapters.views.rebuilding import rebuild
from adapters.views.tables import VIEWS
from domain.kernel import Event
from domain.testing import an_id
from projections.catalogue import PROJECTIONS
from projections.projection import ALL, Projection
from projections.queue import QUEUE
from projections.search import SEARCH
from tests.adapters.viewing import LAST, MONTH, NAMES, Desk, reached, spoiled


@pytest.fixture
def desk(one_log_url: str) -> Generator[Desk]:
    desk = Desk(one_log_url)
    yield desk
    desk.close()


def test_a_rebuild_gives_the_rows_that_were_live(desk: Desk):
    """Events that came one by one, and the whole log at once: the same bytes in every table."""
    engine = desk.engine()
    for event in MONTH:
        desk.append([event])
        engine.catch_up()
    live = desk.everything()

    rebuild(engine)

    assert desk.everything() == live
    counted = {"queue": 6, "case_files": 6, "tokens": 2, "users": 2, "teams": 1, "legal_entities": 1}
    assert {table: len(live[table]) for table in counted} == counted
    assert len(live["cursors"]) == len(NAMES)
    assert reached(engine) == dict.fromkeys(NAMES, LAST)


@pytest.mark.parametrize("batch", [1, 7])
def test_the_size_of_a_batch_changes_no_row(desk: Desk, batch: int):
    desk.append(MONTH)
    engine = desk.engine()
    assert engine.catch_up() == LAST
    at_once = desk.everything()

    small = desk.engine(batch=batch)
    rebuild(small)

    assert desk.everything() == at_once


def test_one_read_model_is_rebuilt_alone(desk: Desk):
    desk.append(MONTH)
    engine = desk.engine()
    engine.catch_up()
    before = desk.everything()

    rebuild(engine, [QUEUE.name])

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
    rebuild(engine)
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

    rebuild(engines[0])

    assert desk.everything() == together


def test_an_event_that_breaks_a_fold_stops_that_read_model_alone(desk: Desk):
    """At the event before, with its position and what was wrong; the others go on."""
    place = next(number for number, event in enumerate(MONTH, 1) if event.TOPIC == "complaint.escalated")
    engine = desk.engine([spoiled(VIEWS[0], MONTH[place - 1]), *VIEWS[1:]])
    desk.append(MONTH)

    engine.catch_up()

    assert engine.stopped() == {"queue": f"00:{place}: ZeroDivisionError"}
    assert reached(engine) == dict.fromkeys(NAMES, LAST) | {"queue": place - 1}
    assert engine.catch_up() == 0

    mended = desk.engine()
    assert rebuild(mended, [QUEUE.name])["queue"].live
    healed = desk.everything()
    assert mended.stopped() == {}
    rebuild(mended)
    assert desk.everything() == healed


def test_an_event_of_an_unknown_topic_stops_whoever_comes_to_it(desk: Desk):
    """Nobody can say who would need it.  What came before is folded, and it is not looked at again and again."""
    engine = desk.engine()
    desk.append(MONTH[:10])
    desk.spoil()
    desk.append(MONTH[10:])

    engine.catch_up()

    why = "the topic is unknown; it may come from a newer version of Plaint"
    assert reached(engine) == dict.fromkeys(NAMES, 10)
    assert engine.stopped() == dict.fromkeys(NAMES, f"00:11: {why}")
    assert engine.catch_up() == 0


def test_an_event_that_is_malformed_stops_those_that_need_it(desk: Desk):
    """The others have no use for its topic, and go on."""
    engine = desk.engine()
    desk.append(MONTH[:10])
    desk.spoil("complaint.closed")
    desk.append(MONTH[10:])

    engine.catch_up()

    why = "00:11: it does not fit its topic (body)"
    assert engine.stopped() == {"queue": why, "case_files": why}
    assert reached(engine) == dict.fromkeys(NAMES, LAST + 1) | {"queue": 10, "case_files": 10}
    assert engine.catch_up() == 0


def test_an_event_that_was_mended_is_folded_without_losing_the_place(desk: Desk):
    """A try that fails stops it again; after the one that does not, the rows are those of the whole log."""
    place = next(number for number, event in enumerate(MONTH, 1) if event.TOPIC == "complaint.escalated")
    broken = desk.engine([spoiled(VIEWS[0], MONTH[place - 1]), *VIEWS[1:]])
    desk.append(MONTH)
    broken.catch_up()
    assert not broken.retry()
    assert broken.stopped() == {"queue": f"00:{place}: ZeroDivisionError"}

    mended = desk.engine()
    assert mended.retry()
    assert reached(mended)["queue"] == place
    mended.catch_up()

    assert mended.stopped() == {}
    live = desk.everything()
    assert rebuild(mended)["queue"].differences == 0
    assert desk.everything() == live


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

    rebuild(engine)
    engine.refuse_if_ahead()
    assert reached(engine) == dict.fromkeys(NAMES, 10)


def test_the_counters_are_a_recount_of_the_rows(desk: Desk):
    desk.append(MONTH)
    desk.engine(batch=3).catch_up()

    with desk.database.read() as connection:
        docs = connection.execute(select(tables.queue.c.doc)).scalars().all()
    recount: Counter[tuple[str, str]] = Counter()
    for doc in docs:
        recount.update(QUEUE.measure(QUEUE.row.model_validate_json(doc)))
    assert {(row[1], row[2]): row[3] for row in desk.everything()["counters"]} == dict(recount)
    assert recount["received_by_all", "complaints|main|normal|"] == 5


@pytest.mark.parametrize("projection", [*PROJECTIONS, SEARCH], ids=lambda each: each.name)
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
    assert not engine.wait_for("00:1", 0, [QUEUE.name])

    waiting = threading.Event()
    answers: list[bool] = []

    def wait() -> None:
        waiting.set()
        answers.append(engine.wait_for({0: LAST}, 10, [QUEUE.name, "clocks"]))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    desk.engine().catch_up()
    thread.join()

    assert answers == [True]
    assert not engine.wait_for({0: LAST + 1}, 0, [QUEUE.name])
    assert not engine.wait_for("00:1", 0, ["unheard of"])


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
    assert reached(desk.engine()) == dict.fromkeys(NAMES, 0)


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
