"""Every event makes one message for each webhook that wants it, and every message arrives in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlalchemy import update
from standardwebhooks import Webhook as Reader

from adapters.eventstore.mapper import EventMapper
from adapters.outbox import retries
from adapters.outbox.deliveries import LEASE
from adapters.outbox.follower import TOPICS, Follower
from adapters.outbox.messages import told
from adapters.outbox.posting import Outcome, Poster
from adapters.outbox.sender import ONE_HOST, Receiver
from adapters.outbox.tables import deliveries
from adapters.vault.errors import VaultAway, VaultMissing
from adapters.vault.fields import values_of
from domain.access import Role, Sensitivity
from domain.catalogue import EVENTS
from domain.commands import Note, SetSensitivity
from domain.complaint.events import Received
from domain.kernel import Event
from domain.ticket.events import Opened
from projections import queue
from tests.adapters.outbox.receiving import answer, broken, hang, receiving, until
from tests.golden.write import FULL, HEADER, LEAST, MORE
from tests.http.hooks import Hooks
from tests.http.world import World

NOWHERE = "http://127.0.0.1:9/hook"


@pytest.fixture
def hooks(world: World) -> Hooks:
    return Hooks(world)


def heard(world: World, *families: str) -> list[tuple[str, int]]:
    """Return topic and version of every event of a case in the log, as a receiver should hear them."""
    return sorted(
        (event.TOPIC, event.originator_version)
        for _, event in world.plaint.store.everything()
        if event.TOPIC.partition(".")[0] in (families or ("complaint", "ticket", "clock"))
    )


def follower(hooks: Hooks, batch: int = 2) -> Follower:
    box, world = hooks.outbox, hooks.world
    return Follower(
        world.plaint.store, box.webhooks, box.deliveries, source="urn:x", now=lambda: world.now, batch=batch
    )


def test_every_event_makes_one_message_for_each_webhook(either: World):
    """However many look through the logs at once, and however often."""
    hooks = Hooks(either)
    ids = [hooks.add(NOWHERE)["id"], hooks.add(NOWHERE, topics=["clock.*"])["id"]]
    for _ in range(4):
        hooks.receive()
    with ThreadPoolExecutor(4) as pool:
        for looking in [pool.submit(follower(hooks).follow) for _ in range(4)]:
            looking.result()
    follower(hooks).follow()
    hooks.outbox.follower.follow()
    made = [hooks.deliveries(id, limit=200) for id in ids]

    assert [len(each) for each in made] == [len(heard(either)), len(heard(either, "clock"))]
    for each in made:
        assert len({(one["position"], one["topic"]) for one in each}) == len(each)
    assert len({one["id"] for each in made for one in each}) == sum(map(len, made))


def test_a_message_says_where_the_event_stands_and_how_the_case_then_was(hooks: Hooks, world: World):
    with receiving() as receiver:
        hooks.add(receiver, topics=["complaint.received", "clock.started"])
        case = hooks.receive()
        world.ask(str(case), "acknowledge", hooks.supervisor, {}, tag="*")
        hooks.work()
    row = world.plaint.queries.case(case)
    assert row is not None
    events = {each.event["type"]: each for each in receiver.got}
    got = events["complaint.received"]
    place = next(n for n, event in world.plaint.store.numbered(case) if isinstance(event, Received))

    assert got.headers["content-type"] == "application/cloudevents+json"
    assert got.event == {
        "specversion": "1.0",
        "id": f"00:{place}",
        "source": "urn:plaint",
        "type": "complaint.received",
        "subject": str(case),
        "time": "2026-05-22T16:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "id": str(case),
            "reference": row.reference,
            "kind": "complaint",
            "version": 1,
            "position": f"00:{place}",
            "status": "received",
            "category": "withdrawal",
            "severity": None,
            "team": "complaints",
            "legal_entity": "main",
            "escalated": False,
            "overdue": False,
            "occurred_at": "2026-05-22T16:00:00Z",
            "recorded_at": "2026-05-22T16:00:00Z",
        },
    }
    clock = events["clock.started"].event["data"]["clock"]
    assert (clock["regime"], clock["legal"], clock["state"]) == ("house", False, "running")


def everything_said(topic: str) -> dict[str, Any]:
    return HEADER | LEAST[topic] | MORE | FULL.get(topic, {})


def texts(value: Any) -> Iterator[str]:
    """Yield every text within a personal value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from texts(value.model_dump())
    elif isinstance(value, dict):
        yield from texts(list(cast("dict[str, Any]", value).values()))
    elif isinstance(value, list | tuple):
        yield from (text for each in cast("list[Any]", value) for text in texts(each))


@pytest.mark.parametrize("topic", TOPICS)
def test_no_message_holds_anything_personal(topic: str):
    """Nor who acted: every personal field of every event is filled, and looked for."""
    kinds: dict[str, type[Event]] = {each.TOPIC: each for each in EVENTS}
    event = kinds[topic].model_validate(everything_said(topic))
    begin = kinds[Opened.TOPIC if topic.startswith("ticket.") else Received.TOPIC]
    first = begin.model_validate(everything_said(begin.TOPIC))
    row = queue.evolve(None, first, 1)
    if topic != begin.TOPIC:
        row = queue.evolve(row, event, 2)
    assert row is not None
    body = told(event, 2, row, "urn:plaint")
    personal = {text for each in (first, event) for _, value in values_of(each) for text in texts(value)}

    assert personal
    assert [text for text in personal if len(text) > 2 and text in body] == []
    assert event.actor not in body


def test_a_webhook_hears_of_its_teams_and_of_what_follows_its_addition(hooks: Hooks, world: World):
    """Also where the log is looked through only later; a case that comes to its team is heard of from then."""
    early = hooks.receive()
    world.token(Role.HANDLER, "payments")
    world.later(seconds=1)
    ours = hooks.add(NOWHERE, teams=["complaints"])["id"]
    theirs = hooks.add(NOWHERE, teams=["payments"], topics=["complaint.*"])["id"]
    elsewhere = hooks.add(NOWHERE, legal_entities=["other"])["id"]
    case = hooks.receive()
    world.ask(str(case), "assign", hooks.supervisor, {"team": "payments"}, tag="*")
    world.ask(str(case), "investigate", hooks.supervisor, {}, tag="*")
    hooks.outbox.follower.follow()

    assert {each["case_id"] for each in hooks.deliveries(ours)} == {str(case)} != {str(early)}
    assert [each["topic"] for each in hooks.deliveries(theirs)].count("complaint.assigned") == 1
    assert {each["topic"] for each in hooks.deliveries(theirs)} == {
        "complaint.assigned",
        "complaint.investigation_started",
    }
    assert "complaint.investigation_started" not in {each["topic"] for each in hooks.deliveries(ours)}
    assert hooks.deliveries(elsewhere) == []


def test_nothing_is_lost_and_nothing_doubled_whatever_a_receiver_does(either: World):
    """It dies, hangs, answers 500 again and again, and takes what it then denies: each id once is the log."""
    hooks = Hooks(either)
    hooks.outbox.poster = hooks.outbox.sender.poster = Poster(
        hooks.outbox.guard, now=lambda: either.now, seconds=0.3
    )
    with receiving() as receiver:
        bad = [broken, answer(500), hang(receiver.hanging), answer(503, Retry_After="60"), answer(500)]
        receiver.answers = [answer(204), *bad, answer(204), *bad, answer(204)]
        id = hooks.add(receiver, concurrency=4)["id"]
        for _ in range(2):
            hooks.receive()
        for _ in range(retries.ATTEMPTS):
            hooks.work()
            either.later(hours=12)
        states = {each["state"] for each in hooks.deliveries(id, limit=200)}

    assert states == {"delivered"}
    assert len(receiver.got) > len(receiver.told())
    assert sorted(receiver.told()) == heard(either)
    assert hooks.get(f"/{id}")["disabled"] is None


def test_a_receiver_that_only_fails_is_given_up_and_can_have_everything_later(hooks: Hooks, world: World):
    """A message is dead after its attempts, the webhook disabled after five days, and a notice says so."""
    with receiving(answer(500)) as receiver:
        id = hooks.add(receiver, topics=["complaint.received"])["id"]
        first = hooks.receive()
        for _ in range(18):
            hooks.work()
            world.later(hours=6)
        [dead] = hooks.deliveries(id)
        assert (dead["state"], dead["attempts"], dead["last_status"], dead["last_error"]) == (
            "dead",
            retries.ATTEMPTS,
            500,
            "answer",
        )
        assert len(receiver.got) == retries.ATTEMPTS
        second = hooks.receive()
        hooks.work()
        assert hooks.get(f"/{id}")["disabled"] is None
        world.later(days=1)
        hooks.work()
        third = hooks.receive()
        hooks.work()
        shown = hooks.get(f"/{id}")
        assert (shown["disabled"], shown["version"]) == ("failing", 2)
        assert len(receiver.got) == retries.ATTEMPTS + 2

        receiver.answers, receiver.got = [answer(200)], []
        hooks.ask(id, "enable")
        hooks.ask(id, "replay?from=2026-01-01T00:00:00Z")
        world.later(hours=12)
        hooks.work()

    assert {UUID(each.event["subject"]) for each in receiver.got} == {first, second, third}
    assert {each["state"] for each in hooks.deliveries(id)} == {"delivered"}


def test_a_success_ends_a_row_of_failures(hooks: Hooks, world: World):
    with receiving(answer(500), answer(204), answer(500)) as receiver:
        id = hooks.add(receiver, topics=["complaint.received"])["id"]
        hooks.receive()
        hooks.work()
        world.later(days=4)
        hooks.work()
        world.later(days=4)
        hooks.receive()
        hooks.work()

    assert hooks.get(f"/{id}")["disabled"] is None


def test_a_receiver_that_is_gone_is_disabled_at_once(hooks: Hooks, world: World):
    with receiving(answer(410)) as receiver:
        id = hooks.add(receiver, topics=["complaint.received"])["id"]
        hooks.receive()
        hooks.work()
        world.later(seconds=1)
        hooks.receive()
        hooks.work()

    assert len(receiver.got) == 1
    assert hooks.get(f"/{id}")["disabled"] == "gone"
    assert sorted(each["last_error"] for each in hooks.deliveries(id)) == ["disabled", "gone"]


def test_retry_after_is_heeded(hooks: Hooks, world: World):
    with receiving(answer(429, Retry_After="3600"), answer(204)) as receiver:
        hooks.add(receiver, topics=["complaint.received"])
        hooks.receive()
        hooks.work()
        world.later(minutes=59)
        hooks.work()
        assert len(receiver.got) == 1
        world.later(minutes=1)
        hooks.work()

    assert len({each.id for each in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_a_slow_receiver_holds_up_no_other_and_gets_no_more_at_once_than_it_may(either: World):
    hooks = Hooks(either)
    with receiving() as slow, receiving() as quick:
        slow.answers = [hang(slow.hanging)]
        hooks.add(slow, topics=["complaint.received"], concurrency=2)
        hooks.add(quick, topics=["complaint.received"], concurrency=1)
        for _ in range(5):
            hooks.receive()
        hooks.outbox.follower.follow()
        deadline = iter(range(2_000))

        def all_quick() -> bool:
            hooks.outbox.sender.round()
            return len(quick.got) == 5 or next(deadline, None) is None

        until(all_quick, "the messages to the quick receiver")
        assert (len(quick.told()), len(slow.got)) == (5, 2)
        slow.hanging.set()
        hooks.outbox.sender.settle()


def test_a_claim_is_a_lease(either: World):
    """Nobody else has the message meanwhile; afterwards it is claimed again, and who is late overwrites nothing."""
    hooks = Hooks(either)
    id, box = UUID(hooks.add(NOWHERE, topics=["complaint.received"])["id"]), hooks.outbox.deliveries
    hooks.receive()
    hooks.outbox.follower.follow()
    [first] = box.claim(id, 4, either.now)
    assert box.claim(id, 4, either.now) == []

    either.now += LEASE
    [second] = box.claim(id, 4, either.now)
    assert (second.id, first.attempt, second.attempt) == (first.id, 1, 2)
    since = box.failed(first, Outcome(error="timeout"), either.now, None, either.now)
    assert since == either.now
    assert [each["state"] for each in hooks.deliveries(str(id))] == ["pending"]
    box.delivered(first, Outcome(200), either.now)
    box.failed(second, Outcome(500, "answer"), either.now, None, either.now)
    assert [each["state"] for each in hooks.deliveries(str(id))] == ["delivered"]


def test_settled_messages_are_let_go_after_a_month(hooks: Hooks, world: World):
    id = UUID(hooks.add(NOWHERE, topics=["complaint.received"])["id"])
    for _ in range(3):
        hooks.receive()
    hooks.outbox.follower.follow()
    states = ("delivered", "dead", "pending")
    with hooks.outbox.deliveries.database.write() as connection:
        for each, state in zip(hooks.deliveries(str(id)), states, strict=True):
            mine = deliveries.c.id == UUID(each["id"])
            connection.execute(update(deliveries).where(mine).values(state=state))

    assert hooks.outbox.deliveries.purge([id], world.now + timedelta(days=30)) == 0
    assert hooks.outbox.deliveries.purge([id], world.now + timedelta(days=31)) == 2
    assert [each["state"] for each in hooks.deliveries(str(id))] == ["pending"]


def test_without_the_keys_nothing_is_tried_and_nothing_counted(
    hooks: Hooks, world: World, monkeypatch: pytest.MonkeyPatch
):
    def away(*_args: object) -> VaultAway:
        raise VaultMissing("here")

    with receiving() as receiver:
        id = hooks.add(receiver, topics=["complaint.received"])["id"]
        hooks.receive()
        with monkeypatch.context() as patched:
            patched.setattr(world.plaint.vault, "open", away)
            hooks.work()
            assert [each["attempts"] for each in hooks.deliveries(id)] == [0]
        hooks.work()

    assert len(receiver.got) == 1


def test_an_event_that_cannot_be_read_stops_its_log_until_it_can(hooks: Hooks, world: World):
    """Nothing after it is told out of turn, nothing is lost, and the figures say so."""
    id = hooks.add(NOWHERE, topics=["complaint.received"])["id"]
    hooks.receive()
    store = world.plaint.store
    whole = store.events_mapper
    store.events_mapper = EventMapper(
        [each for each in EVENTS if each.TOPIC != "clock.started"], world.plaint.vault
    )
    hooks.outbox.follower.follow()
    assert hooks.deliveries(id) == []
    assert "plaint_webhook_logs_stopped 1\n" in world.get("/metrics", hooks.admin).text

    store.events_mapper = whole
    hooks.outbox.follower.follow()
    assert hooks.deliveries(id) == []
    hooks.outbox.follower.retry()
    hooks.outbox.follower.follow()
    assert [each["topic"] for each in hooks.deliveries(id)] == ["complaint.received"]


def test_a_worker_that_is_killed_while_it_sends_gives_the_message_back(hooks: Hooks, world: World):
    """A process of its own is killed with a message under way; the next sender sends the same again."""
    world.now = datetime.now(UTC)
    environment = os.environ | {
        "PLAINT_DATA": str(world.settings.data),
        "PLAINT_WEBHOOK_ALLOW_PRIVATE": "loopback",
    }
    with receiving() as receiver:
        receiver.answers = [hang(receiver.hanging)]
        id = hooks.add(receiver, topics=["complaint.received"])["id"]
        hooks.receive()
        worker = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from adapters.cli import main; main()",
                "serve",
                "--roles",
                "worker",
                "--port",
                "0",
            ],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: receiver.got, "a message of the other process", 60)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait(60)
        receiver.answers = [answer(204)]
        hooks.work()
        assert len(receiver.got) == 1
        world.now = datetime.now(UTC) + LEASE
        hooks.work()

    assert len(receiver.got) == 2
    assert receiver.got[0].id == receiver.got[1].id
    assert [(each["state"], each["attempts"]) for each in hooks.deliveries(id)] == [("delivered", 2)]


def test_a_worker_sends_by_itself_what_a_receiver_can_verify(hooks: Hooks, world: World):
    world.now = datetime.now(UTC)
    with receiving() as receiver:
        new = hooks.add(receiver)
        world.plaint.outbox.start()
        try:
            world.send()
            world.plaint.wake()
            wanted = heard(world)
            until(lambda: len(receiver.told()) == len(wanted), "every message")
        finally:
            world.plaint.outbox.stop()
    for got in receiver.got:
        assert Reader(new["secret"]).verify(got.body, got.headers) == got.event
    assert sorted(receiver.told()) == wanted


def test_without_a_webhook_cursors_move_on_cheaply(hooks: Hooks, monkeypatch: pytest.MonkeyPatch):
    """So that the first webhook finds little to look through; no event is read for it."""
    monkeypatch.setattr("adapters.outbox.follower.IDLE", 3)
    looking = follower(hooks)
    monkeypatch.setattr(looking, "_events", None)
    hooks.receive()
    looking.follow()
    ends = hooks.world.plaint.store.ends()

    assert {number: looking.cursor(number) for number in ends} == ends


def test_what_waits_for_a_webhook_that_is_disabled_is_given_up(hooks: Hooks, world: World):
    id = hooks.add(NOWHERE, topics=["complaint.received"])["id"]
    hooks.receive()
    hooks.outbox.follower.follow()
    hooks.ask(id, "disable")
    hooks.outbox.follower.follow()

    [message] = hooks.deliveries(id)
    assert (message["state"], message["last_error"], message["next_attempt_at"]) == ("dead", "disabled", None)


def test_a_message_for_a_webhook_that_was_removed_meanwhile_is_dropped(hooks: Hooks, world: World):
    """Whoever still knew it when they looked through the log."""
    id = UUID(hooks.add(NOWHERE)["id"])
    hooks.outbox.follower.follow()
    row: dict[str, object] = {"id": UUID(int=1), "webhook_id": id, "topic": "x", "body": "{}"}
    row |= {"state": "dead", "attempts": 0, "created_at": world.now}
    world.client.delete(f"/v1/webhooks/{id}", headers=hooks.admin | {"If-Match": "*"})
    hooks.outbox.follower.follow()
    hooks.outbox.deliveries.add_one(row)

    assert hooks.outbox.deliveries.counts() == {"pending": 0, "dead": 0}


def test_what_is_imported_is_told_to_who_asks_for_it(hooks: Hooks, world: World):
    ids = [hooks.add(NOWHERE)["id"], hooks.add(NOWHERE, imports=True)["id"]]
    case = hooks.receive()
    world.plaint.desk.command(case, Note(text="From the other register."), "import:cfpb")
    hooks.outbox.follower.follow()
    without, everything = ({each["topic"] for each in hooks.deliveries(id)} for id in ids)

    assert everything - without == {"complaint.noted"}


def test_what_nobody_has_thought_of_counts_as_a_failed_attempt(hooks: Hooks, monkeypatch: pytest.MonkeyPatch):
    def broken_poster(*_args: object) -> Outcome:
        raise ZeroDivisionError

    id = hooks.add(NOWHERE, topics=["complaint.received"])["id"]
    hooks.receive()
    monkeypatch.setattr(hooks.outbox.poster, "post", broken_poster)
    hooks.work()

    [message] = hooks.deliveries(id)
    assert (message["state"], message["attempts"], message["last_error"]) == ("pending", 1, "protocol")
    assert message["next_attempt_at"] is not None


def test_a_host_that_hangs_leaves_threads_to_others_and_nothing_is_claimed_that_must_wait(hooks: Hooks):
    sender = hooks.outbox.sender
    with receiving() as slow:
        slow.answers = [hang(slow.hanging)]
        ids = [hooks.add(slow, topics=["complaint.received"], concurrency=4)["id"] for _ in range(3)]
        for _ in range(4):
            hooks.receive()
        hooks.outbox.follower.follow()
        assert sender.round() == ONE_HOST < 12
        assert sender.round() == 0
        slow.hanging.set()
        sender.settle()
    attempts = [each["attempts"] for id in ids for each in hooks.deliveries(id)]
    assert sorted(attempts) == [0] * 4 + [1] * ONE_HOST


def test_what_was_claimed_and_not_begun_is_given_back_at_the_end(hooks: Hooks, world: World):
    id = UUID(hooks.add(NOWHERE, topics=["complaint.received"])["id"])
    hooks.receive()
    hooks.outbox.follower.follow()
    [claimed] = hooks.outbox.deliveries.claim(id, 4, world.now)
    receiver = Receiver(id, NOWHERE, (), world.now)
    hooks.outbox.sender.stop()
    hooks.outbox.sender._start(receiver, claimed)

    [again] = hooks.outbox.deliveries.claim(id, 4, world.now)
    assert (again.id, again.attempt) == (claimed.id, 1)


def test_a_case_that_is_kept_closer_by_now_is_not_told_again(hooks: Hooks, world: World):
    id = hooks.add(NOWHERE, topics=["complaint.received"])["id"]
    hooks.ask(id, "disable")
    kept, other = hooks.receive(), hooks.receive()
    hooks.work()
    hooks.ask(id, "enable")
    world.plaint.desk.command(kept, SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="x"), "anna")
    world.settle()
    dead = next(each for each in hooks.deliveries(id) if each["case_id"] == str(kept))

    assert hooks.ask(id, f"deliveries/{dead['id']}/replay").status_code == 409
    assert hooks.ask(id, "replay?from=2026-01-01T00:00:00Z").json() == {"replayed": 1}
    states = {each["case_id"]: each["state"] for each in hooks.deliveries(id)}
    assert states == {str(kept): "dead", str(other): "pending"}
