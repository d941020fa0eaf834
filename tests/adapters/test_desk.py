"""The desk carries out each command once, whoever asks however often."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from adapters import migrations
from adapters.database import Database
from adapters.desk import RULES_LAST, Desk, KeyUsedOtherwise, Request, Stale
from adapters.eventstore.store import CaseStore
from domain.commands import COMMANDS, Acknowledge, Assign, Close, DeEscalate, Note, Withdraw
from domain.commands.linking import MergeCases
from domain.complaint import Complaint
from domain.configuration import Rules
from domain.errors import BeforeReceipt, CaseEnded, DecisionNotSent, LostTheRace, NotReceived
from domain.ids import log_of, reference
from domain.policies import parse
from domain.testing import (
    HOUSE,
    RECEIVED,
    a_calendar,
    a_submission,
    an_id,
    asked,
    by,
)
from tests.adapters.keys import FixedKeys
from tests.golden.lives import EXAMPLES


class Clock:
    """The time at the desk, which stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class At:
    """A desk over a real store, with a clock of its own and dice that never fall the same."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        migrations.migrate(self.database, "log")
        self.store, self.clock = CaseStore(self.database, FixedKeys()), Clock(RECEIVED)
        rules = Rules()
        rules.load_policy(parse(HOUSE, "house.toml"), HOUSE, by(RECEIVED))
        rules.resolve_calendar(a_calendar(), by(RECEIVED))
        self.store.append(rules)
        self.first = self.store.count()
        self.desk = self.another()

    def another(self) -> Desk:
        throws = count()
        return Desk(
            self.store,
            now=self.clock,
            chance=lambda size: next(throws).to_bytes(size, "little"),
            secret=lambda: b"secret",
        )

    def words(self, id: UUID) -> list[str]:
        """Return the topics of one case, without its clocks."""
        return [event.TOPIC[10:] for event in self.store.history(id) if event.TOPIC.startswith("complaint.")]


@pytest.fixture
def at(tables_url: str) -> Generator[At]:
    at = At(tables_url)
    yield at
    at.database.close()


def request(key: str = "k", asks: bytes = b"{}", principal: str = "token:1") -> Request:
    return Request(principal, key, asks)


def test_each_command_can_lose_the_race(at: At, subtests: pytest.Subtests):
    """Two load one version, both are commanded, and nothing of the second is stored."""
    assert set(EXAMPLES) == set(COMMANDS)
    for kind, example in EXAMPLES.items():
        with subtests.test(kind.NAME):
            complaint = Complaint(id := an_id(kind.NAME))
            for step in example.before(id):
                step(complaint)
            at.store.append(complaint)
            first, second = (at.store.load(Complaint, id) for _ in range(2))
            assert first is not None
            assert second is not None
            asked(Note(text="First."), example.at)(first)
            example.asks(id)(second)
            at.store.append(first)
            stored, last = at.store.history(id), at.store.count()

            with pytest.raises(LostTheRace):
                at.store.append(second)

            assert at.store.history(id) == stored
            assert at.store.count() == last


def test_a_receipt_is_answered_with_its_place(at: At):
    answer = at.desk.receive(a_submission(), "complainant")

    assert answer.status == 201
    assert (answer.version, answer.position) == (3, f"00:{at.first + 3}")
    assert answer.reference == reference(answer.id, "C")
    assert log_of(answer.id) == 0
    assert at.words(answer.id) == ["received"]


def test_a_command_is_answered_with_the_version_it_made(at: At):
    id = at.desk.receive(a_submission(), "complainant").id

    recorded = at.desk.command(id, Acknowledge(), "anna")
    ignored = at.desk.command(id, Acknowledge(), "anna")

    assert (recorded.status, recorded.version, recorded.position) == (200, 5, f"00:{at.first + 5}")
    assert ignored == recorded
    event = at.store.history(id)[3]
    assert (event.actor, event.recorded_at, event.TOPIC) == ("anna", RECEIVED, "complaint.acknowledged")


def test_an_unknown_case_is_refused(at: At):
    with pytest.raises(NotReceived):
        at.desk.command(an_id("nobody"), Acknowledge(), "anna")


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_what_is_no_case_takes_no_command(kind: Any, tmp_path_factory: pytest.TempPathFactory):
    """The rules have an id as well; nothing is ever added to them by a handler."""
    at = At(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'plaint.db'}")
    try:
        if kind is not DeEscalate:
            with pytest.raises(NotReceived):
                at.desk.command(Rules.ID, EXAMPLES[kind].command, "anna")
        assert at.store.count() == at.first
    finally:
        at.database.close()


def test_a_refused_command_stores_nothing(at: At):
    id = at.desk.receive(a_submission(), "complainant").id
    last = at.store.count()

    with pytest.raises(DecisionNotSent):
        at.desk.command(id, Close(), "anna", request=request())
    with pytest.raises(BeforeReceipt):
        at.desk.command(id, Acknowledge(sent_at=RECEIVED - timedelta(seconds=1)), "anna")

    assert at.store.count() == last
    assert at.desk.first_answer(request()) is None


def test_a_stale_version_is_refused(at: At):
    """With the version that the case has now."""
    answer = at.desk.receive(a_submission(), "complainant")
    at.desk.command(answer.id, Note(text="Called."), "anna", expected=answer.version)

    with pytest.raises(Stale) as refused:
        at.desk.command(answer.id, Withdraw(reason="Found it."), "anna", expected=answer.version)

    assert refused.value.version == 4
    assert refused.value.remedy == Stale.__doc__


def test_a_repeated_request_is_answered_the_first_time_s_answer(at: At):
    """Also when the case has moved on since."""
    first = at.desk.receive(a_submission(), "complainant", request=request("new"))
    again = at.desk.receive(a_submission(), "complainant", request=request("new"))
    noted = at.desk.command(first.id, Note(text="Called."), "anna", request=request("note"))
    at.desk.command(first.id, Withdraw(reason="Found it."), "anna")
    repeated = at.desk.command(first.id, Note(text="Called."), "anna", expected=3, request=request("note"))

    assert again == first
    assert repeated == noted
    assert at.words(first.id) == ["received", "noted", "withdrawn"]


def test_a_repeated_request_that_changed_nothing_is_answered_the_same(at: At):
    id = at.desk.receive(a_submission(), "complainant").id
    at.desk.command(id, Acknowledge(), "anna")

    first = at.desk.command(id, Acknowledge(), "anna", request=request())
    at.desk.command(id, Note(text="Called."), "anna")

    assert at.desk.command(id, Acknowledge(), "anna", request=request()) == first
    assert (first.version, first.position) == (5, f"00:{at.first + 5}")


def test_a_repeat_that_would_be_refused_by_now_is_answered_the_first_time_s_answer(at: At):
    """Nothing is recorded of the repeat, and nothing of its refusal is told."""
    id = at.desk.receive(a_submission(), "clara").id
    first = at.desk.command(id, Withdraw(reason="resolved"), "clara", request=request())
    stored = at.store.history(id)

    assert at.desk.command(id, Withdraw(reason="resolved"), "clara", request=request()) == first
    assert at.desk.command(id, Withdraw(reason="resolved"), "clara", expected=2, request=request()) == first
    assert at.store.history(id) == stored


def test_a_key_that_is_used_otherwise_is_told_before_any_refusal(at: At):
    """Which of the two requests was meant must be known first."""
    id = at.desk.receive(a_submission(), "clara").id
    at.desk.command(id, Withdraw(reason="resolved"), "clara", request=request())

    for order in (Assign(team="cards"), Note(text="Called.")):
        with pytest.raises(KeyUsedOtherwise):
            at.desk.command(id, order, "clara", request=request(asks=b"other"))


def test_a_first_answer_is_looked_for_before_another_case_could_begin(
    at: At, monkeypatch: pytest.MonkeyPatch
):
    """A repeat would make the key of a case that never comes to be; any other is tried first."""
    one, other = (at.desk.receive(a_submission(), "clara").id for _ in range(2))
    looked: list[bool] = []
    look = at.store.look

    def seen(kind: Any, id: UUID, scope: Any, now: datetime, *, opened: bool = True) -> Any:
        looked.append(scope is not None)
        return look(kind, id, scope, now, opened=opened)

    monkeypatch.setattr(at.store, "look", seen)
    at.desk.command(one, Note(text="Called."), "clara", request=request("note"))
    at.desk.command(one, MergeCases(other=str(other)), "clara", request=request("merge"))

    assert looked == [False, True]


def test_a_key_belongs_to_one_request_of_one_principal(at: At):
    at.desk.receive(a_submission(), "complainant", request=request())

    with pytest.raises(KeyUsedOtherwise):
        at.desk.receive(a_submission(), "complainant", request=request(asks=b'{"a":1}'))
    other = at.desk.receive(a_submission(), "complainant", request=request(principal="token:2"))
    assert at.words(other.id) == ["received"]
    assert at.store.count() == at.first + 6


def test_hashes_tell_requests_apart():
    """By what was asked, by whom, where and under what key; and two parts never run together."""
    requests = [
        request(),
        request("l"),
        request(asks=b""),
        request(principal="t"),
        Request("token:1", "k", b"{}", "/v1/complaints"),
        Request("token:1k", "", b"{}"),
        Request("token:", "1k", b"{}"),
    ]

    assert len({each.fingerprint(b"secret") for each in requests}) == len(requests)
    assert len({each.scope(b"secret") for each in requests}) == len(requests) - 1
    assert len({each.digest(b"secret") for each in requests}) == len(requests) - 2
    assert request().fingerprint(b"secret") == request().fingerprint(b"secret")


def test_hashes_say_nothing_without_their_secret():
    """Neither key nor body can be guessed and compared by who reads the receipts alone."""
    one, other = request().scope(b"one"), request().scope(b"other")

    assert one.key != other.key
    assert request().fingerprint(b"one") != request().fingerprint(b"other")
    assert request().digest(b"one") != request().digest(b"other")
    assert one.key != b"k"
    assert len({one.key, request().fingerprint(b"one"), request().digest(b"one")}) == 3


def race(jobs: int, job: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(job, range(jobs)))


def test_a_request_sent_twice_at_once_is_carried_out_once(at: At):
    id = at.desk.receive(a_submission(), "complainant").id

    answers = race(4, lambda _: at.desk.command(id, Note(text="Called."), "anna", request=request()))

    assert len(set(answers)) == 1
    assert at.words(id) == ["received", "noted"]


def test_a_complaint_sent_twice_at_once_is_received_once(at: At):
    answers = race(4, lambda _: at.desk.receive(a_submission(), "complainant", request=request()))

    assert len(set(answers)) == 1
    assert at.store.count() == at.first + 3


def test_somebody_else_s_change_is_no_obstacle_to_who_names_no_version(at: At):
    """The case is loaded again and asked again."""
    id = at.desk.receive(a_submission(), "complainant").id

    race(3, lambda n: at.desk.command(id, Note(text=f"Note {n}."), "anna"))

    assert at.words(id) == ["received", "noted", "noted", "noted"]


def test_who_names_a_version_wins_it_or_nothing(at: At):
    answer = at.desk.receive(a_submission(), "complainant")

    def assign(n: int) -> str:
        try:
            at.desk.command(answer.id, Assign(assignee=f"handler {n}"), "anna", expected=answer.version)
        except (LostTheRace, Stale):
            return "lost"
        return "won"

    assert sorted(map(str, race(4, assign))) == ["lost", "lost", "lost", "won"]
    assert at.words(answer.id) == ["received", "assigned"]


def test_a_command_asked_again_is_judged_anew(at: At):
    """Between the two looks at the case it ended."""
    id = at.desk.receive(a_submission(), "complainant").id
    other = at.another()

    class Overtaken(Assign):
        def carry_out(self, complaint: Complaint, by: Any, rules: Any) -> None:
            if "withdrawn" not in at.words(id):
                other.command(id, Withdraw(reason="Found it."), "bert")
            super().carry_out(complaint, by, rules)

    with pytest.raises(CaseEnded):
        at.desk.command(id, Overtaken(team="payments"), "anna")
    assert at.words(id) == ["received", "withdrawn"]


def test_new_rules_are_heeded_within_seconds(at: At, monkeypatch: pytest.MonkeyPatch):
    ticks = [0.0]
    monkeypatch.setattr("adapters.desk.time.monotonic", lambda: ticks[0])
    desk = at.another()
    assert [regime.version for regime in desk.rules.regimes] == ["2026-01"]
    rules = at.store.load(Rules, Rules.ID)
    assert rules is not None
    later = HOUSE.replace('"2026-01"', '"2026-06"').replace("2026-01-01", "2026-06-01")
    rules.load_policy(parse(later, "house.toml"), later, by(RECEIVED))
    at.store.append(rules)

    ticks[0] = RULES_LAST
    assert len(desk.rules.regimes) == 1
    ticks[0] += 0.001
    assert [regime.version for regime in desk.rules.regimes] == ["2026-01", "2026-06"]


def test_a_complaint_sent_twice_at_once_is_received_once_though_nobody_looks_again(at: At):
    """Each had looked for a first answer before: the receipt of one is in the way of the others'."""
    asked = request().unanswered
    answers = race(4, lambda _: at.desk.receive(a_submission(), "complainant", request=asked))

    assert len(set(answers)) == 1
    assert at.store.count() == at.first + 3
    with pytest.raises(KeyUsedOtherwise):
        at.desk.receive(a_submission(), "complainant", request=replace(asked, asks=b"other"))
