"""A document that is given again says what one put together anew would say, to the same readers, on record."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from httpx2 import Response
from sqlalchemy import text

from adapters import database, lending
from adapters.http import reading
from adapters.policies import load
from adapters.reading.log import Asked
from adapters.reading.record import Readings
from adapters.tokens import create
from adapters.vault.vault import HEED
from adapters.views import tables
from adapters.views.rebuilding import rebuild
from domain.access import Role
from domain.configuration import Rules
from domain.ids import log_of
from domain.reading import CaseRead
from projections.queue import QUEUE
from tests.http.rights import add_entity
from tests.http.staffing import add
from tests.http.world import A_COMPLAINT, World, a_ticket, problem

pytestmark = pytest.mark.parametrize("desk_in_one_url", ["postgresql"], indirect=True)

Who = dict[str, str]
ELSE: dict[str, Any] = {"account_email": "else@example.org", "account_id": "ZZ99 N84G ABCD EFGH"}
PATIENT = """\
regime = "patient"
version = "1"
effective_from = 2026-02-01
legal = true
calendar = "FR"
zone = "Europe/Paris"

[applies]
country = ["US"]

[[terms]]
milestone = "decision"
limit = 30
unit = "business_day"
start = "received"
stop = ["decision_sent"]
pausable = true
"""
"""A promise of the firm that can stand still."""
LIVE = tables.live(QUEUE)
ERASED = {"withheld": "erased"}


class Kept(NamedTuple):
    """A desk, who reads at it, and a count of the readings that took a thread."""

    world: World
    who: Who
    threads: list[str]

    def shown(self, id: str, who: Who | None = None, **headers: str) -> Response:
        """Return the document of a case as it is, which is there."""
        answer = self.read(id, who, **headers)
        assert answer.status_code == 200, answer.text
        return answer

    def read(self, id: str, who: Who | None = None, *, kind: str = "complaint", **headers: str) -> Response:
        return self.world.get(f"/v1/{kind}s/{id}", (who or self.who) | headers)

    def took_a_thread(self, read: Callable[[], object]) -> bool:
        """Whether *read* was answered by a thread."""
        self.threads.clear()
        read()
        return bool(self.threads)

    def received(self, **facts: Any) -> str:
        """Send a complaint that the index knows; return its id."""
        id = self.world.received(**facts)
        self.world.plaint.search.engine.catch_up()
        return id

    def kept(self, who: Who | None = None, **facts: Any) -> str:
        """Send a complaint whose document is kept for *who*; return its id."""
        id = self.received(**facts)
        assert self.is_kept(id, who)
        return id

    def is_kept(self, id: str, who: Who | None = None, *, kind: str = "complaint") -> bool:
        """Whether the document is given again without a thread when it was read a moment ago.

        Twice: a connection that was used in other ways alone is none for the loop.
        """
        for _ in range(2):
            self.read(id, who, kind=kind)
        return not self.took_a_thread(lambda: self.read(id, who, kind=kind))

    def stored(self) -> list[CaseRead]:
        """Return every reading, in the order of the record."""
        readings = self.world.plaint.readings
        readings.flush()
        found = readings.log.find(Asked(), limit=1_000)
        events = [each.event for each in sorted(found, key=lambda each: each.number)]
        return [self.world.plaint.showing.event(each) for each in events if each is not None]

    def statement(self, said: str) -> None:
        """Have the read models' database do what is *said*."""
        with self.world.plaint.queries.database.write() as connection:
            connection.execute(text(said))


class Steady:
    """The time of the vault, which goes on when it is told."""

    def __init__(self) -> None:
        self.seconds = time.monotonic()

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def desk(either: World, steady: Steady, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A desk on a machine that may be slow: nothing here ends because a moment has passed."""
    monkeypatch.setattr(database, "IMPATIENCE", 30)
    monkeypatch.setattr(lending, "PING_AFTER", 600)
    monkeypatch.setattr(either.plaint.vault, "_steady", steady)
    threads, one = list[str](), reading.one

    def counted(request: Any, by: Any, id: str, *given: Any, **named: Any) -> Response:
        threads.append(id)
        return one(request, by, id, *given, **named)  # pyright: ignore[reportReturnType]

    monkeypatch.setattr(reading, "one", counted)
    return Kept(either, either.token(Role.SUPERVISOR), threads)


@pytest.fixture
def beside(desk: Kept, tmp_path: Path) -> Generator[World]:
    """Another process of the same desk."""
    made = World(tmp_path, desk.world.settings.database_url)
    yield made
    made.close()


def subject_of(world: World, id: str) -> UUID:
    found = world.plaint.vault.subject_of(UUID(id))
    assert found is not None
    return found


def lasting(answer: Response) -> Mapping[str, str]:
    """Return what the headers say that is not of the one request alone."""
    of_the_request = {"x-request-id", "ratelimit"}
    return {name: said for name, said in answer.headers.items() if name not in of_the_request}


def link_of(desk: Kept, id: str) -> Who:
    """Return what the complainant of a case shows."""
    made = desk.world.client.post(f"/v1/complaints/{id}/links", json={}, headers=desk.who).json()
    return {"Authorization": f"Bearer {made['url'].rsplit('/', 1)[1]}"}


def test_a_second_reading_is_the_first_again_without_a_thread_and_both_are_on_record(desk: Kept):
    desk.kept()
    id = desk.received(**ELSE)
    before = len(desk.stored())
    desk.threads.clear()

    first, second = desk.shown(id), desk.shown(id)

    assert desk.threads == [id]
    assert (second.content, lasting(second)) == (first.content, lasting(first))
    told = [(str(each.originator_id), each.part, each.request_id) for each in desk.stored()[before:]]
    assert told == [(id, "document", each.headers["x-request-id"]) for each in (first, second)]


def test_a_ticket_is_given_again_as_a_ticket_alone(desk: Kept):
    id = a_ticket(desk.world)
    desk.world.plaint.search.engine.catch_up()

    assert desk.is_kept(id, kind="ticket")
    problem(desk.read(id), "not-found", 404)


@pytest.mark.parametrize("lagging", [False, True])
def test_what_was_done_is_shown_by_the_next_reading(desk: Kept, *, lagging: bool):
    """Also while the read models lag behind the log."""
    world, id = desk.world, desk.kept()
    if not lagging:
        world.ask(id, "acknowledge", desk.who, {}, tag="*")
    else:
        headers = desk.who | {"If-Match": "*"}
        assert world.client.post(f"/v1/complaints/{id}/acknowledge", json={}, headers=headers).is_success

    said = [desk.shown(id) for _ in range(2)]

    assert [each.json()["status"] for each in said] == ["acknowledged"] * 2
    assert said[0].content == said[1].content
    world.settle()
    assert desk.shown(id).json() == said[0].json()


def test_a_row_that_was_built_anew_is_shown_by_the_next_reading(desk: Kept):
    """What the rows say is given, and nothing of what they said before they were built again."""
    id, views = desk.kept(), desk.world.plaint.views
    right = desk.shown(id).json()
    rebuild(views, ["queue"])
    desk.statement(f"UPDATE queue SET doc = replace(doc, 'withdrawal', 'fees') WHERE slot = {LIVE}")
    assert desk.shown(id).json() == right | {"category": "fees"}
    assert desk.is_kept(id)

    rebuild(views, ["queue"], back=True)

    assert desk.shown(id).json() == right


def test_a_log_that_was_restored_is_told_by_what_its_last_event_says(desk: Kept):
    """It may have come as far again as it was, with something else."""
    id = desk.kept()
    log = f"log_{log_of(UUID(id)):02}.events"
    desk.statement(f"UPDATE {log} SET state = state || convert_to(' ', 'UTF8') WHERE originator_id = '{id}'")

    assert desk.took_a_thread(lambda: desk.shown(id))
    assert not desk.took_a_thread(lambda: desk.shown(id))


def test_each_reader_gets_what_is_for_them(desk: Kept):
    """What is kept for one is not given to others who see less, nor to whom the case does not exist."""
    id = desk.received()
    readers = [desk.who, desk.world.token(Role.HANDLER), desk.world.token(Role.AUDITOR), link_of(desk, id)]
    plain = [desk.shown(id, who).content for who in readers]

    for _ in range(2):
        assert [desk.shown(id, who).content for who in readers] == plain
    assert len(set(plain)) == 3
    stranger = desk.world.token(Role.HANDLER, "payments")
    for _ in range(2):
        problem(desk.read(id, stranger), "not-found", 404)
        problem(desk.read(id, desk.world.token(Role.ADMIN)), "forbidden", 403)


def test_a_case_of_another_entity_is_hidden_though_it_is_kept(desk: Kept):
    world = desk.world
    for code in ("second", "third"):
        add_entity(world, code)
    world.settle()
    of_main = create(world.plaint, Role.SUPERVISOR, legal_entities=["main"])
    of_second = create(world.plaint, Role.SUPERVISOR, legal_entities=["second"])
    world.settle()
    main, second = ({"Authorization": f"Bearer {each.secret}"} for each in (of_main, of_second))
    id = desk.kept(legal_entity="second")

    assert not desk.took_a_thread(lambda: desk.shown(id, second))
    problem(desk.read(id, main), "not-found", 404)


def test_a_case_that_is_kept_closer_is_hidden_or_owes_a_purpose_at_once(desk: Kept):
    handler, id = desk.world.token(Role.HANDLER), desk.kept()
    assert desk.is_kept(id, handler)
    body = {"sensitivity": "restricted", "reason": "A colleague is named."}

    assert desk.world.ask(id, "set-sensitivity", desk.who, body, tag="*").status_code == 200

    for _ in range(2):
        problem(desk.read(id, handler), "not-found", 404)
        problem(desk.read(id), "purpose-required", 403)
        assert desk.took_a_thread(lambda: desk.shown(id, Purpose="Case 12 of 40"))


def test_a_case_opened_in_an_emergency_is_given_for_an_hour_and_waits_for_the_record(desk: Kept):
    id, stranger = desk.kept(), desk.world.token(Role.HANDLER, "payments")
    problem(desk.read(id, stranger), "not-found", 404)
    path, why = f"/v1/complaints/{id}/break-glass", {"reason": "The money leaves tonight."}
    assert desk.world.client.post(path, json=why, headers=stranger).status_code == 200
    desk.world.settle()
    assert desk.is_kept(id)
    recorded = desk.world.plaint.readings.recorded

    assert desk.took_a_thread(lambda: desk.shown(id, stranger))
    assert desk.world.plaint.readings.recorded > recorded
    desk.world.later(hours=1)
    problem(desk.read(id, stranger), "not-found", 404)
    assert not desk.took_a_thread(lambda: desk.shown(id))


def test_destroyed_keys_take_every_document_with_them_at_once(desk: Kept):
    """In the process that destroys them, though nothing is recorded of it."""
    id = desk.kept()

    desk.world.plaint.vault.destroy(subject_of(desk.world, id))

    for _ in range(2):
        assert desk.shown(id).json()["submission"]["details"] == ERASED


def test_keys_that_another_process_destroys_are_heeded_in_time(desk: Kept, beside: World, steady: Steady):
    id = desk.kept()
    beside.plaint.vault.destroy(subject_of(beside, id))

    steady.seconds += HEED

    for _ in range(2):
        assert desk.shown(id).json()["submission"]["details"] == ERASED


def test_nothing_is_given_from_memory_while_the_vault_cannot_be_asked(desk: Kept, steady: Steady):
    """Nor kept: what could not be opened is opened as soon as it can be."""
    id, kept = desk.kept(), Path(desk.world.settings.data / "vault.db")
    clear = desk.shown(id).json()
    away = kept.rename(kept.with_name("away.db"))

    steady.seconds += HEED

    for _ in range(2):
        said = desk.shown(id).json()
        assert said["submission"]["details"] == {"withheld": "sealed"}
    away.rename(kept)
    steady.seconds += HEED
    assert desk.shown(id).json() == clear


def test_what_could_not_be_opened_is_opened_the_next_time(desk: Kept):
    """Though that no key was destroyed is still trusted."""
    desk.kept()
    id, vault = desk.received(**ELSE), desk.world.plaint.vault
    vault.close()  # forgets every key
    with vault.database.write() as connection:
        connection.execute(text("ALTER TABLE data_keys RENAME TO away"))
    for _ in range(2):
        assert desk.shown(id).json()["submission"]["details"] == {"withheld": "sealed"}

    with vault.database.write() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO data_keys"))

    assert desk.shown(id).json()["submission"]["details"] == A_COMPLAINT["details"]


def test_a_clock_that_stands_still_is_told_as_of_now(desk: Kept, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.desk.RULES_LAST", -1)
    rules, by = desk.world.plaint.store.load(Rules, Rules.ID), desk.world.plaint.desk.context("setup")
    assert rules is not None
    assert load(rules, "patient.toml", PATIENT, by)
    desk.world.plaint.store.append(rules)
    id = desk.kept()
    clocks = {each["regime"]: each["id"] for each in desk.shown(id).json()["clocks"]}
    body = {"clock": clocks["patient"], "reason": "Travelling."}
    assert desk.world.ask(id, "pause-clock", desk.who, body, tag="*").status_code == 200

    first = desk.shown(id).json()["clocks"]
    desk.world.later(days=3)

    assert not desk.is_kept(id)
    then = desk.shown(id).json()["clocks"]
    assert then == desk.world.get(f"/v1/complaints/{id}/clocks", desk.who).json()["items"]
    assert then != first


def test_a_case_of_the_same_person_is_pointed_out_once_the_index_knows_it(desk: Kept):
    id = desk.kept()
    other = desk.world.received()
    assert desk.shown(id).json()["possible_duplicates"] == []

    desk.world.plaint.search.engine.catch_up()

    for _ in range(2):
        (hint,) = desk.shown(id).json()["possible_duplicates"]
        assert hint["id"] == other
    assert not desk.is_kept(id)


def test_a_case_that_the_index_does_not_know_is_not_kept(desk: Kept):
    id = desk.world.received()

    assert not desk.is_kept(id)
    desk.world.plaint.search.engine.catch_up()
    assert desk.is_kept(id)


def test_a_person_named_in_the_fields_of_a_form_is_looked_for(desk: Kept):
    """The index knows by whom a ticket was sent, not whom the fields of its form name."""
    complaint, account = desk.kept(), A_COMPLAINT["account_id"]
    said = {"contact_email": ELSE["account_email"], "description": A_COMPLAINT["details"]}
    ticket = a_ticket(desk.world, **said, fields={"account_id": account})
    desk.world.plaint.search.engine.catch_up()

    for _ in range(3):
        told = desk.read(ticket, kind="ticket").json()["possible_duplicates"]
        assert [each["id"] for each in told] == [complaint]


def test_a_corrected_person_is_looked_for_before_the_index_learns_of_it(desk: Kept):
    other, id = desk.received(), desk.kept(**ELSE)
    body = {"what": "account_email", "value": "someone@example.org", "reason": "Misread."}
    assert desk.world.ask(id, "correct", desk.who, body, tag="*").status_code == 200

    for _ in range(2):
        told = desk.shown(id).json()["possible_duplicates"]
        assert [each["id"] for each in told] == [other]


def test_a_case_that_names_another_tells_of_it_who_may_know_of_it(desk: Kept):
    handler, id, other = desk.world.token(Role.HANDLER), desk.received(), desk.received(**ELSE)
    link = {"other": other, "kind": "related"}
    assert desk.world.ask(id, "link", desk.who, link, tag="*").status_code == 200
    assert [each["id"] for each in desk.shown(id, handler).json()["links"]] == [other]
    assert not desk.is_kept(id, handler)
    body = {"sensitivity": "restricted", "reason": "A colleague is named."}

    assert desk.world.ask(other, "set-sensitivity", desk.who, body, tag="*").status_code == 200

    assert desk.shown(id, handler).json()["links"] == []
    assert [each["id"] for each in desk.shown(id).json()["links"]] == [other]


def test_who_waits_for_the_record_is_on_it_first(desk: Kept, monkeypatch: pytest.MonkeyPatch):
    """An auditor, whoever states a purpose, and who acts as another: with all that is to be recorded."""
    world, id = desk.world, desk.kept()
    admin = world.token(Role.ADMIN)
    add(world, admin, "anna")
    readers = {
        "auditor": world.token(Role.AUDITOR) | {"Purpose": "Sample of May"},
        "purpose": desk.who | {"Purpose": "A call"},
        "anna": admin | {"On-Behalf-Of": "user:anna"},
    }
    for who in readers.values():
        desk.shown(id, who)
        recorded = world.plaint.readings.recorded
        assert desk.took_a_thread(lambda who=who: desk.shown(id, who))
        assert world.plaint.readings.recorded == recorded + 1
    told = desk.stored()[-6:]
    assert [each.purpose for each in told[:4]] == ["Sample of May"] * 2 + ["A call"] * 2
    assert [each.behind is None for each in told] == [True] * 4 + [False] * 2


@pytest.mark.parametrize("state", ["full", "stopping"])
def test_a_reading_that_cannot_be_taken_down_is_not_answered(
    desk: Kept, monkeypatch: pytest.MonkeyPatch, state: str
):
    """A thread waits for room, and then refuses."""
    id, readings = desk.kept(), desk.world.plaint.readings
    monkeypatch.setattr(readings, "patience", 0.05)
    if state == "full":

        def has_room(_readings: Readings, _number: int) -> bool:
            return False

        monkeypatch.setattr(Readings, "_has_room", has_room)
    else:
        monkeypatch.setattr(readings, "_stopping", True)

    assert desk.took_a_thread(lambda: problem(desk.read(id), "not-recorded", 503))


def test_a_connection_that_was_cut_costs_nobody_an_answer(desk: Kept):
    """What was lent is given back, and later readings are answered at once again."""
    id, pool = desk.kept(), desk.world.plaint.queries.database
    for _ in range(2):
        desk.statement(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert [desk.shown(id).status_code for _ in range(3)] == [200] * 3
        assert lent(pool) == 0
        assert desk.is_kept(id)


def test_a_table_that_is_locked_is_waited_for_by_a_thread(desk: Kept, monkeypatch: pytest.MonkeyPatch):
    """The loop lets its own connection go, and asks with another as soon as one was used."""
    id, kept = desk.kept(), desk.world.plaint.queries.database
    monkeypatch.setattr(database, "IMPATIENCE", 0.05)
    one = reading.one
    with kept.engine.connect() as locking:
        locking.execute(text("LOCK TABLE search.cases"))

        def release(*given: Any, **named: Any) -> Any:
            locking.rollback()
            return one(*given, **named)

        monkeypatch.setattr(reading, "one", release)
        assert desk.took_a_thread(lambda: desk.shown(id))
    assert lent(kept) == 0
    monkeypatch.setattr(database, "IMPATIENCE", 30)
    assert desk.is_kept(id)


def lent(kept: database.Database) -> int:
    """Return how many connections somebody has in hand."""
    pool: Any = vars(kept)["_direct"].pool
    return pool.checkedout()
