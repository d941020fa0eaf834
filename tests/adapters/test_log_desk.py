"""The desk over many logs: each request once, whoever hears of new logs when."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from adapters import migrations
from adapters.database import Database
from adapters.desk import Answer, Desk, KeyUsedOtherwise, Request
from adapters.eventstore import catalogue
from adapters.eventstore.catalogue import grow
from adapters.eventstore.receipts import KEEP_RECEIPTS
from adapters.eventstore.store import CaseStore
from adapters.eventstore.tables import number_of
from adapters.lending import Lending
from domain.commands import Acknowledge, Note
from domain.configuration import Rules
from domain.ids import log_of
from domain.policies import parse
from domain.testing import HOUSE, RECEIVED, a_calendar, a_submission, by
from tests.adapters.keys import FixedKeys

LOGS = 4
SECRET = b"secret"


class Office:
    """One database, and as many desks over it as there are processes."""

    def __init__(self, url: str, logs: int = LOGS) -> None:
        self.url, self.dice, self.databases = url, Random(1), list[Database]()
        migrations.migrate(self.database(), "log", logs=logs)
        rules = Rules()
        rules.load_policy(parse(HOUSE, "house.toml"), HOUSE, by(RECEIVED))
        rules.resolve_calendar(a_calendar(), by(RECEIVED))
        CaseStore(self.databases[0], FixedKeys()).append(rules)

    def database(self) -> Database:
        self.databases.append(Database(self.url))
        return self.databases[-1]

    def desk(self, now: Callable[[], Any] = lambda: RECEIVED) -> Desk:
        store = CaseStore(self.database(), FixedKeys())
        return Desk(store, now=now, chance=self.dice.randbytes, secret=lambda: SECRET)


@pytest.fixture
def office(postgres_url: str) -> Generator[Office]:
    office = Office(postgres_url)
    yield office
    for database in office.databases:
        database.close()


def request(key: str, asks: bytes = b"{}", path: str = "/v1/complaints") -> Request:
    return Request("token:1", key, asks, path)


def receive(desk: Desk, key: str | None = None) -> Answer:
    return desk.receive(a_submission(), "complainant", request=None if key is None else request(key))


def test_cases_are_spread_over_the_logs(office: Office):
    """By chance without a key, by the key with one."""
    desk = office.desk()

    by_chance = {log_of(receive(desk).id) for _ in range(24)}
    by_key = {log_of(receive(desk, f"key {number}").id) for number in range(24)}

    assert by_chance == by_key == {*range(LOGS)}


def test_the_position_of_a_case_is_in_its_log(office: Office):
    desk = office.desk()
    for number in range(6):
        answer = receive(desk, f"key {number}")
        assert number_of(answer.position)[0] == log_of(answer.id)
        noted = desk.command(answer.id, Note(text="Called."), "anna", request=request("n", path=f"/{number}"))
        assert number_of(noted.position) == (log_of(answer.id), number_of(answer.position)[1] + 1)
        assert desk.store.position_of(answer.id) == noted.position


def test_a_request_sent_to_many_processes_at_once_is_carried_out_once(office: Office):
    desks = [office.desk() for _ in range(4)]
    for turn in range(5):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(receive, desks, [f"key {turn}"] * 4))
        assert len(set(answers)) == 1

    assert len({event.originator_id for _, event in desks[0].store.everything()}) == 1 + 5


@pytest.mark.parametrize("first", ["old", "new"])
def test_a_repeat_is_known_again_after_logs_were_added(
    first: str, office: Office, monkeypatch: pytest.MonkeyPatch
):
    """Also between a process that has heard of them and one that has not, whichever comes first."""
    monkeypatch.setattr(catalogue, "LASTS", 3600.0)
    old = office.desk()
    assert old.store.logs == (*range(LOGS),)
    grow(office.databases[0], 2 * LOGS + 1, RECEIVED)
    new = office.desk()
    one, other = (old, new) if first == "old" else (new, old)
    monkeypatch.setattr(catalogue, "AGAIN", 0.0)

    answers = [(receive(one, f"key {n}"), receive(other, f"key {n}")) for n in range(8)]

    assert all(answer == again for answer, again in answers)
    assert any(log_of(answer.id) >= LOGS for answer, _ in answers) == (first == "new")
    with pytest.raises(KeyUsedOtherwise):
        other.receive(a_submission(), "complainant", request=request("key 0", b"other"))


def test_a_repeat_at_once_is_carried_out_once_while_logs_are_added(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    """Neither of the two sees the other's receipt in time; the second to store it has lost the race."""
    monkeypatch.setattr(catalogue, "LASTS", 3600.0)
    old = office.desk()
    assert old.store.logs == (*range(LOGS),)
    grow(office.databases[0], 2 * LOGS + 1, RECEIVED)
    new = office.desk()

    for turn in range(12):
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(receive, (old, new), [f"key {turn}"] * 2))
        assert len(set(answers)) == 1

    cases = {event.originator_id for _, event in new.store.everything()}
    assert len(cases) == 1 + 12


def test_three_days_after_logs_were_added_one_log_is_asked(office: Office):
    grow(office.databases[0], 2 * LOGS + 1, RECEIVED)
    later = office.desk(lambda: RECEIVED + KEEP_RECEIPTS + timedelta(seconds=1))

    assert len(later._homes(request("k"), b"", later.now())) == 1


def test_a_key_belongs_to_one_path(office: Office):
    """The same key elsewhere is another request."""
    desk = office.desk()
    first = receive(desk, "k")

    note = desk.command(first.id, Note(text="Called."), "anna", request=request("k", path="/note"))
    again = desk.command(first.id, Note(text="Called."), "anna", request=request("k", path="/note"))

    assert note == again
    assert note.version == first.version + 1


def test_a_command_takes_two_round_trips(office: Office, monkeypatch: pytest.MonkeyPatch):
    """One question for the case and the receipt, one statement for events and receipt."""
    desk = office.desk()
    answer = receive(desk)
    desk.command(answer.id, Note(text="Once."), "anna", request=request("warm"))
    lent: list[str] = []
    driver, lend = Database.driver, Lending.lend

    @contextmanager
    def counted(self: Database) -> Generator[Any]:
        with driver(self) as connection:
            lent.append("read or append")
            yield connection

    def counted_too(self: Lending) -> Any:
        lent.append("read or append")
        return lend(self)

    monkeypatch.setattr(Database, "driver", counted)
    monkeypatch.setattr(Lending, "lend", counted_too)
    desk.command(answer.id, Acknowledge(), "anna", request=request("k"))

    assert len(lent) == 2
