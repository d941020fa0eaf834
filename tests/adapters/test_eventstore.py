"""The log: dense numbers, all or nothing, nothing lost, on either database."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from eventsourcing import persistence
from eventsourcing.persistence import StoredEvent
from sqlalchemy import delete, func, select

from adapters.database import Database
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.receipts import KEEP_RECEIPTS, Receipt, Scope
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import LogTables, number_of, position, positions, reached, schema_of
from domain.commands import Note
from domain.complaint import Complaint
from domain.configuration import Rules
from domain.errors import LostTheRace
from domain.testing import RECEIVED, RULES, a_calendar, an_id, asked, by, received
from tests.adapters.keys import FixedKeys

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tables_url: str) -> Generator[CaseStore]:
    database = Database(tables_url)
    yield CaseStore(database, FixedKeys())
    database.close()


def a_case(name: str = "a", *steps: Callable[[Complaint], object]) -> Complaint:
    complaint = Complaint(an_id(name))
    for step in (received(), *steps):
        step(complaint)
    return complaint


def note(text: str) -> Callable[[Complaint], None]:
    return asked(Note(text=text), RECEIVED)


def a_scope(key: str = "k", principal: str = "token:1", path: str = "/v1/complaints") -> Scope:
    return Scope(principal, path, key.encode() * 32)


def a_receipt(key: str = "k", at: datetime = NOON, **facts: object) -> Receipt:
    usual: dict[str, object] = {
        "scope": a_scope(key),
        "fingerprint": b"\1" * 32,
        "status": 201,
        "case_id": an_id(),
        "version": 3,
        "recorded_at": at,
    }
    return Receipt(**(usual | facts))  # pyright: ignore[reportArgumentType] - each has its type above


def receipt(store: CaseStore, scope: Scope | None = None, now: datetime = NOON) -> Receipt | None:
    return store.receipt(scope or a_scope(), (0,), now)


def rows(store: CaseStore, table: str) -> int:
    tables = LogTables(None if store.database.is_sqlite else schema_of(0))
    with store.database.read() as connection:
        return connection.execute(select(func.count()).select_from(getattr(tables, table))).scalar_one()


def stored(id: UUID, version: int, topic: str = "probe", state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(id, version, topic, state)


def test_a_new_log_is_empty(store: CaseStore):
    assert (store.count(), list(store.everything())) == (0, [])
    assert store.load(Complaint, an_id()) is None
    assert store.position_of(an_id()) is None
    assert store.history(an_id()) == []


def test_what_is_appended_is_loaded_again(store: CaseStore):
    complaint = a_case()
    before = vars(Complaint.replay(None, events := complaint.collect_events()))
    complaint = a_case()

    assert store.append(complaint) == "00:3"
    loaded = store.load(Complaint, an_id())

    assert loaded is not None
    assert vars(loaded) == before
    assert store.history(an_id()) == events
    assert store.position_of(an_id()) == "00:3"
    early = store.load(Complaint, an_id(), version=1)
    assert early is not None
    assert early.version == 1


def test_numbers_are_dense_over_all_aggregates(store: CaseStore):
    first, second = a_case("a"), a_case("b")
    assert store.append(first, second) == "00:6"
    note("Called.")(first)
    assert store.append(first) == "00:7"

    everything = list(store.everything(batch=2))

    assert [number for number, _ in everything] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.originator_id for _, event in everything] == [an_id("a")] * 3 + [an_id("b")] * 3 + [
        an_id("a")
    ]
    assert [number for number, _ in store.everything(after=5)] == [6, 7]
    assert store.position_of(an_id("b")) == "00:6"


def test_rules_are_stored_like_cases(store: CaseStore):
    rules = Rules()
    rules.resolve_calendar(a_calendar(), by(NOON))
    store.append(rules)

    loaded = store.load(Rules, Rules.ID)
    assert loaded is not None
    assert loaded.rulebook().calendar("FR") == a_calendar() == RULES.calendar("FR")


def test_nothing_to_say_takes_no_number(store: CaseStore):
    complaint = a_case()
    store.append(complaint)

    assert store.append(complaint) is None
    assert store.append() is None
    assert store.count() == 3


def test_the_second_of_two_writers_loses_the_race(store: CaseStore):
    """And nothing of it is stored, also of the other aggregates that it brought."""
    store.append(a_case())
    first, second = store.load(Complaint, an_id()), store.load(Complaint, an_id())
    assert first is not None
    assert second is not None
    note("First.")(first)
    note("Second.")(second)
    store.append(first)

    with pytest.raises(LostTheRace):
        store.append(a_case("b"), second)

    assert [number for number, _ in store.everything()] == [1, 2, 3, 4]
    assert store.load(Complaint, an_id("b")) is None
    assert store.append(a_case("c")) == "00:7"


def test_a_receipt_is_kept_with_the_events_it_answers_for(store: CaseStore):
    store.append(a_case(), receipt=a_receipt())

    assert receipt(store) == a_receipt(number=3)
    assert a_receipt(number=3).position == "00:3"
    assert receipt(store, a_scope(principal="token:2")) is None
    assert receipt(store, a_scope(path="/v1/tickets")) is None
    assert receipt(store, a_scope("K")) is None


def test_a_receipt_of_nothing_is_kept_too(store: CaseStore):
    """A command that was ignored is answered the same again."""
    complaint = a_case()
    store.append(complaint)

    assert store.append(complaint, receipt=a_receipt(number=3)) is None
    assert receipt(store) == a_receipt(number=3)


def test_a_lost_race_keeps_no_receipt(store: CaseStore):
    store.append(a_case())

    with pytest.raises(LostTheRace):
        store.append(a_case(), receipt=a_receipt())

    assert receipt(store) is None


def test_a_key_used_twice_stores_no_events(store: CaseStore):
    store.append(a_case("a"), receipt=a_receipt())

    with pytest.raises(LostTheRace):
        store.append(a_case("b"), receipt=a_receipt())

    assert store.count() == 3
    assert store.load(Complaint, an_id("b")) is None


TICK = timedelta(microseconds=1)
EXPIRED = NOON + KEEP_RECEIPTS + TICK


def test_receipts_are_kept_for_72_hours(store: CaseStore):
    """Then the key is free again, whether or not the old receipt was purged meanwhile."""
    store.append(a_case("a"), receipt=a_receipt())

    assert receipt(store, now=NOON + KEEP_RECEIPTS) is not None
    assert receipt(store, now=EXPIRED) is None
    later = a_receipt(at=EXPIRED, case_id=an_id("b"))
    assert store.append(a_case("b"), receipt=later) == "00:6"
    assert receipt(store, now=EXPIRED) == replace(later, number=6)
    assert rows(store, "receipts") == 1


def test_receipts_are_purged_now_and_then(store: CaseStore):
    """A process looks for those that expired at its first receipt, and again some minutes later."""
    store.append(a_case("a"), receipt=a_receipt("a"))
    store.append(a_case("b"), receipt=a_receipt("b", at=EXPIRED, case_id=an_id("b")))
    assert rows(store, "receipts") == 2

    another = CaseStore(store.database, FixedKeys())
    another.append(a_case("c"), receipt=a_receipt("c", at=EXPIRED, case_id=an_id("c")))
    assert rows(store, "receipts") == 2
    assert receipt(store, a_scope("a")) is None


def test_a_log_without_its_head_fails_loudly(store: CaseStore):
    with store.database.write() as connection:
        connection.execute(delete(LogTables(None if store.database.is_sqlite else schema_of(0)).head))

    for notes in (0, 3, 30):
        with pytest.raises(persistence.OperationalError, match="no head row; run `plaint migrate`"):
            store.append(a_case("a", *[note("Called.")] * notes))
    assert rows(store, "events") == 0


def test_a_store_that_was_never_migrated_fails_loudly(database_url: str):
    database = Database(database_url)
    try:
        with pytest.raises(persistence.DatabaseError):
            CaseStore(database, FixedKeys()).append(a_case())
    finally:
        database.close()


def test_a_subscription_is_not_offered(store: CaseStore):
    with pytest.raises(persistence.NotSupportedError):
        store.router.log(0).subscribe()


THREADS, APPENDS = 4, 50


def test_writers_at_once_leave_no_gap_and_a_reader_misses_nothing(store: CaseStore):
    """The order of numbers is the order of commits."""
    done: list[int] = []

    def write(writer: int) -> list[int]:
        id = an_id(f"writer {writer}")
        numbers = [
            number
            for version in range(1, APPENDS + 1)
            for number in store.router.log(0).insert_events([stored(id, version)])
        ]
        done.append(writer)
        return numbers

    def tail() -> list[int]:
        seen: list[int] = []
        while len(done) < THREADS or len(seen) < store.count():
            after = seen[-1] if seen else 0
            seen += [each.id for each in store.notifications(0, after, 7)]
        return seen

    with ThreadPoolExecutor(THREADS + 1) as pool:
        reader = pool.submit(tail)
        written = list(pool.map(write, range(THREADS)))

    everything = [*range(1, THREADS * APPENDS + 1)]
    assert sorted(number for numbers in written for number in numbers) == everything
    assert reader.result() == everything
    assert all(numbers == sorted(numbers) for numbers in written)


def test_of_writers_to_one_case_one_wins_each_version(store: CaseStore):
    def write(_writer: int) -> int:
        won = 0
        for version in range(1, 11):
            try:
                store.router.log(0).insert_events([stored(an_id(), version)])
            except persistence.IntegrityError:
                continue
            won += 1
        return won

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(write, range(THREADS))) == 10
    assert [event.originator_version for event in store.router.log(0).select_events(an_id())] == [
        *range(1, 11)
    ]
    assert store.count() == 10


def test_an_event_that_cannot_be_read_is_named(store: CaseStore):
    store.append(a_case())
    store.router.log(0).insert_events([stored(an_id(), 4, "complaint.foretold")])

    with pytest.raises(UnreadableEvent, match=f"event 4 of {an_id()}, topic complaint.foretold"):
        store.load(Complaint, an_id())
    with pytest.raises(UnreadableEvent):
        list(store.everything())
    assert len(list(store.notifications(0, 0, 10))) == 4


@pytest.mark.parametrize(
    ("log", "number", "text"), [(0, 0, "00:0"), (3, 1742, "03:1742"), (255, 10**17, f"ff:{10**17}")]
)
def test_a_position_reads_as_it_is_written(log: int, number: int, text: str):
    assert position(log, number) == text
    assert number_of(text) == (log, number)


@pytest.mark.parametrize(
    "text", ["", ":", "00", "00:", "0:1", "000:1", "zz:1", "00:-1", "00:1.5", "00:x", "00:²", f"00:{10**18}", "00:1:1", " 0:1", "+1:1", "0x:1", "FF:1", "00:1\n"]
)  # fmt: skip
def test_what_is_no_position_is_refused(text: str):
    with pytest.raises(ValueError, match="such as 00:1742"):
        number_of(text)


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ({}, "00:0"),
        ({0: 0}, "00:0"),
        ({0: 7}, "00:7"),
        ({0: 0, 1: 0}, "00:0"),
        ({10: 17, 3: 1742, 0: 0}, "03:1742,0a:17"),
    ],
)
def test_a_place_in_all_logs_reads_as_it_is_written(ends: dict[int, int], text: str):
    """Logs at 0 are left out; where none has an event it is the beginning of the first."""
    assert positions(ends) == text
    assert reached(text) == ({log: number for log, number in ends.items() if number} or {0: 0})


@pytest.mark.parametrize("text", ["00:1,", ",00:1", "00:1,00:2", "01:1,00:1", "00:0,01:1", "00:1,01:0", "00:1, 01:1", "00:1;01:1"])  # fmt: skip
def test_what_is_no_place_in_all_logs_is_refused(text: str):
    with pytest.raises(ValueError, match=r"such as 00:1742|03:1742,0a:17"):
        reached(text)


def test_each_log_has_a_schema_of_its_own():
    assert [schema_of(log) for log in (0, 16, 255)] == ["log_00", "log_10", "log_ff"]


def test_a_case_keeps_its_instants_to_the_microsecond(store: CaseStore):
    at = RECEIVED + timedelta(microseconds=1)
    complaint = Complaint(an_id())
    received(at)(complaint)
    store.append(complaint)

    assert store.history(an_id())[0].occurred_at == at
