"""The record of reading: dense, complete, quick for those who read, and never silent about a loss."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from threading import enumerate as enumerate_threads
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters import migrations
from adapters.database import Database
from adapters.reading.log import Asked, Reading, ReadLog
from adapters.reading.record import NotRecorded, Readings
from domain.access import Principal, Role, Sensitivity
from domain.ids import new_id
from domain.privacy import ERASED
from domain.reading import CaseRead, Part, waits_for_record
from projections.queue import QueueRow
from tests.adapters.keys import FixedKeys

NOW = datetime(2026, 5, 22, 16, tzinfo=UTC)
HANDLER = Principal(id="anna", role=Role.HANDLER, teams=("complaints",))
AUDITOR = Principal(id="eve", role=Role.AUDITOR)
PATIENCE = 60.0
"""Seconds after which a test says that something does not come."""


def until(true: Callable[[], object]) -> None:
    """Wait until *true* says so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it does not become true"
        time.sleep(0.01)


def a_case(name: str = "a", **facts: object) -> QueueRow:
    """Return the row of a case of the team of complaints."""
    said = {
        "id": new_id(NOW, name.encode().ljust(10, b"\1")),
        "reference": "C-00000000000",
        "status": "received",
        "version": 1,
        "number": 1,
        "received_at": NOW,
        "category": "fees",
        "team": "complaints",
        "channel": "web",
        "legal_entity": "main",
        "language": "en",
    }
    return QueueRow.model_validate(said | facts)


@pytest.fixture
def log(database_url: str) -> Generator[ReadLog]:
    database = Database(database_url)
    migrations.migrate(database, "reads")
    yield ReadLog(database, FixedKeys())
    database.close()


@pytest.fixture
def readings(log: ReadLog) -> Generator[Readings]:
    made = Readings(log, now=lambda: NOW)
    yield made
    made.stop()


def kept(log: ReadLog) -> list[Reading]:
    return sorted(log.find(Asked(), limit=10_000), key=lambda each: each.number)


def test_what_many_processes_record_is_dense_in_the_log_and_in_each_case(log: ReadLog):
    """Two recorders stand for two processes: each commits batches of its own."""
    recorders = [Readings(ReadLog(log.database, FixedKeys()), now=lambda: NOW) for _ in range(2)]
    cases = [a_case(name) for name in "abc"]
    with ThreadPoolExecutor(8) as pool:
        for number in range(120):
            pool.submit(recorders[number % 2].record, HANDLER, cases[number % 3], Part.DOCUMENT)
    for each in recorders:
        each.stop()

    found = kept(log)
    versions: dict[UUID, list[int]] = {}
    for each in found:
        assert each.event is not None
        versions.setdefault(each.case_id, []).append(each.event.originator_version)
    assert [each.number for each in found] == list(range(1, 121))
    assert versions == {case.id: list(range(1, 41)) for case in cases}
    assert log.last() == 120


def test_readings_share_commits(readings: Readings, log: ReadLog):
    """A burst of an ordinary reader costs a few commits, and is on disk soon after."""
    commits: list[int] = []
    append = log.append

    def counted(readings: Sequence[CaseRead], *, again: bool = False) -> set[UUID]:
        commits.append(len(readings))
        return append(readings, again=again)

    log.append = counted
    for _ in range(300):
        readings.record(HANDLER, a_case(), Part.DOCUMENT)
    until(lambda: not readings.waiting)

    assert sum(commits) == 300
    assert len(commits) < 30
    assert len(kept(log)) == 300


def test_who_must_leave_a_trace_reads_once_it_is_on_disk(readings: Readings, log: ReadLog):
    readings.record(AUDITOR, a_case(), Part.HISTORY, "Audit of May", "r-1")

    (only,) = kept(log)
    assert only.event is not None
    stored = only.event.purpose
    opened = log.mapper.to_domain_event(log.mapper.to_stored_event(only.event))
    assert "Audit" not in str(stored)
    assert (opened.purpose, opened.request_id, opened.part) == ("Audit of May", "r-1", Part.HISTORY)


@pytest.mark.parametrize(
    ("who", "case", "purpose", "waits"),
    [
        (HANDLER, a_case(), None, False),
        (HANDLER, a_case(), "A call", True),
        (HANDLER, a_case(sensitivity=Sensitivity.RESTRICTED), None, True),
        (HANDLER.model_copy(update={"behind": "root"}), a_case(), None, True),
        (HANDLER.model_copy(update={"cases": {a_case().id}}), a_case(), None, False),
        (HANDLER.model_copy(update={"cases": {a_case().id}}), a_case(team="payments"), None, True),
        (Principal(id="c", role=Role.COMPLAINANT, cases=frozenset({a_case().id})), a_case(), None, False),
        (AUDITOR, a_case(), None, True),
    ],
)
def test_who_waits_for_the_record(who: Principal, case: QueueRow, purpose: str | None, waits: bool):
    """Auditors, a purpose, a close case, an emergency, somebody who acts as another."""
    assert waits_for_record(who, case.id, case, purpose) == waits


class Stuck(ReadLog):
    """A log whose commits wait until they are let go, as on a disk that hangs."""

    def __init__(self, log: ReadLog) -> None:
        super().__init__(log.database, FixedKeys())
        self.go = Event()

    def append(self, readings: Sequence[CaseRead], *, again: bool = False) -> set[UUID]:
        assert self.go.wait(PATIENCE)
        return super().append(readings, again=again)


def test_whoever_finds_the_queue_full_waits_and_nothing_is_dropped(log: ReadLog):
    stuck = Stuck(log)
    readings = Readings(stuck, now=lambda: NOW, most=3)
    for _ in range(3):
        readings.record(HANDLER, a_case(), Part.DOCUMENT)
    fourth = Thread(target=readings.record, args=(HANDLER, a_case(), Part.CLOCKS))
    fourth.start()
    fourth.join(0.3)

    assert fourth.is_alive()
    stuck.go.set()
    fourth.join(PATIENCE)
    readings.stop()
    assert len(kept(log)) == 4


def test_who_cannot_be_recorded_is_refused(log: ReadLog):
    """In time, whether for want of room or of the disk; ordinary readings stay for the next attempt."""
    stuck = Stuck(log)
    readings = Readings(stuck, now=lambda: NOW, most=1, patience=0.2)
    readings.record(HANDLER, a_case(), Part.DOCUMENT)

    with pytest.raises(NotRecorded):
        readings.record(HANDLER, a_case(), Part.DOCUMENT)
    stuck.go.set()
    until(lambda: not readings.waiting)
    stuck.go.clear()
    with pytest.raises(NotRecorded):
        readings.record(AUDITOR, a_case(), Part.DOCUMENT)
    stuck.go.set()
    until(lambda: not readings.waiting)
    readings.stop()
    assert next(each.event.principal for each in kept(log) if each.event) == "anna"


class Torn(ReadLog):
    """A log whose first commit succeeds and is never heard of, as when the connection breaks then."""

    torn = False

    def append(self, readings: Sequence[CaseRead], *, again: bool = False) -> set[UUID]:
        unsealed = super().append(readings, again=again)
        if not self.torn:
            self.torn = True
            self._reached = 0
            raise ConnectionError
        return unsealed


def test_a_commit_of_which_nothing_was_heard_is_not_repeated(log: ReadLog):
    torn = Torn(log.database, FixedKeys())
    readings = Readings(torn, now=lambda: NOW)
    for _ in range(5):
        readings.record(HANDLER, a_case(), Part.DOCUMENT)
    readings.flush()
    readings.stop()

    assert torn.torn
    assert [each.number for each in kept(log)] == [1, 2, 3, 4, 5]


def test_whose_person_was_erased_is_still_read_on_record(log: ReadLog):
    """What was said of the purpose cannot be sealed any more; that the case was read can be told."""
    keys, case = FixedKeys(), a_case()
    keys.destroyed.add(case.id)
    readings = Readings(ReadLog(log.database, keys), now=lambda: NOW)
    readings.record(AUDITOR, case, Part.DOCUMENT, "Audit of May")
    readings.stop()

    assert [each.event.purpose for each in kept(log) if each.event] == [ERASED]


def test_what_waits_is_written_before_the_desk_closes(log: ReadLog):
    readings = Readings(log, now=lambda: NOW)
    for _ in range(50):
        readings.record(HANDLER, a_case(), Part.DOCUMENT)
    readings.stop()

    assert len(kept(log)) == 50


def test_everybody_who_read_is_found(readings: Readings, log: ReadLog):
    """Who acted as another too; in the whole list the reading stands once."""
    readings.record(HANDLER.model_copy(update={"behind": "root"}), a_case(), Part.DOCUMENT)
    table = log.tables.readers
    with log.database.read() as connection:
        rows = connection.execute(select(table.c.reader, table.c.acting).order_by(table.c.reader)).all()

    assert [tuple(row) for row in rows] == [("anna", True), ("root", False)]
    assert [each.number for each in kept(log)] == [1]
    for reader in ("anna", "root"):
        assert [each.number for each in log.find(Asked(reader=reader), limit=9)] == [1]


def test_a_store_of_before_gets_its_record_when_it_is_opened(tmp_path: Path):
    from tests.http.world import World

    World(tmp_path).close()
    for name in ("reads.db", "reads.db-wal", "reads.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    world = World(tmp_path)

    assert world.plaint.readings.log.last() == 0
    world.close()


class Dying(ReadLog):
    """A log that takes the thread with it once, after its commit."""

    died = False

    def append(self, readings: Sequence[CaseRead], *, again: bool = False) -> set[UUID]:
        unsealed = super().append(readings, again=again)
        if not self.died:
            self.died = True
            raise SystemExit
        return unsealed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_followed_by_another_and_nothing_is_stored_twice(log: ReadLog):
    dying = Dying(log.database, FixedKeys())
    readings = Readings(dying, now=lambda: NOW)
    readings.record(HANDLER, a_case(), Part.DOCUMENT)
    until(lambda: dying.died and not any(each.name == "readings" for each in enumerate_threads()))
    readings.flush()
    readings.record(AUDITOR, a_case(), Part.DOCUMENT)
    readings.stop()

    assert [each.number for each in kept(log)] == [1, 2]
    assert [each.event.principal for each in kept(log) if each.event] == ["anna", "eve"]


def test_while_the_record_is_closed_nobody_reads(log: ReadLog):
    """What waits is written by the thread that has it in hand, and by no other beside it."""
    stuck = Stuck(log)
    readings = Readings(stuck, now=lambda: NOW)
    readings.record(HANDLER, a_case(), Part.DOCUMENT)
    closing = Thread(target=readings.stop)
    closing.start()
    until(lambda: readings._stopping)

    with pytest.raises(NotRecorded):
        readings.record(HANDLER, a_case(), Part.CLOCKS)
    stuck.go.set()
    closing.join(PATIENCE)
    assert [each.event.part for each in kept(log) if each.event] == [Part.DOCUMENT]


def test_a_batch_is_stored_whole_or_not_at_all(log: ReadLog):
    """What fails in the middle leaves neither a number nor a row behind, and the next batch is as before."""
    readings = [event_of(a_case(name)) for name in "ab"]
    says, store = log.says, log.says.store

    def breaks(*given: Any) -> None:
        store(*given)
        raise ConnectionError

    vars(says)["store"] = breaks
    with pytest.raises(ConnectionError):
        log.append(readings)
    del vars(says)["store"]

    assert (log.last(), kept(log)) == (0, [])
    assert log.append(readings) == set()
    assert [each.number for each in kept(log)] == [1, 2]


def test_a_writer_that_gathers_is_woken_once(readings: Readings, log: ReadLog):
    """What comes while others are gathered is stored with them, and nobody has to hurry it."""
    for name in "abc":
        readings.record(HANDLER, a_case(name), Part.DOCUMENT)
    until(lambda: readings.recorded == 3)

    assert [each.number for each in kept(log)] == [1, 2, 3]


def event_of(case: QueueRow) -> CaseRead:
    return CaseRead(
        originator_id=case.id,
        originator_version=0,
        recorded_at=NOW,
        occurred_at=NOW,
        actor="anna",
        correlation_id=case.id,
        part=Part.DOCUMENT,
        principal="anna",
    )
