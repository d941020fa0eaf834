"""Webhooks over the API: added once, changed on their version, shown without their secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from adapters.bootstrap import CannotStart, Plaint
from adapters.outbox import webhooks
from adapters.settings import Settings
from domain.access import Role
from tests.adapters.outbox.receiving import answer, receiving
from tests.http.hooks import Hooks, everything_in
from tests.http.world import START, World, pointers, problem

NOWHERE = "http://127.0.0.1:9/hook"


@pytest.fixture
def hooks(world: World) -> Hooks:
    return Hooks(world)


def test_a_webhook_is_added_once_and_shows_its_secret_to_who_added_it_alone(hooks: Hooks):
    """Under the same key the first answer comes again, secret included; no read shows it."""
    body = {"url": NOWHERE, "topics": ["complaint.*"], "description": "The register."}
    first = hooks.post("", body, Idempotency_Key="a")
    again = hooks.post("", body, Idempotency_Key="a")
    other = hooks.post("", body | {"url": NOWHERE + "/b"}, Idempotency_Key="a")

    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert first.headers["location"] == f"/v1/webhooks/{first.json()['id']}"
    assert first.json()["secret"].startswith("whsec_")
    assert again.json() == first.json()
    problem(other, "key-reused", 422)
    listed = hooks.get()
    assert listed == {"items": [hooks.get(f"/{first.json()['id']}")], "next": None}
    assert listed["items"] == [
        {
            "id": first.json()["id"],
            "version": 1,
            "url": NOWHERE,
            "description": "The register.",
            "topics": ["complaint.*"],
            "teams": None,
            "legal_entities": None,
            "sensitivity": "normal",
            "imports": False,
            "concurrency": 1,
            "added_at": START.isoformat().replace("+00:00", "Z"),
            "disabled": None,
            "disabled_at": None,
            "old_secret_until": None,
        }
    ]


def test_only_who_configures_has_anything_to_do_with_webhooks(world: World, hooks: Hooks):
    id = hooks.add(NOWHERE)["id"]

    problem(world.get("/v1/webhooks"), "unauthenticated", 401)
    for role in set(Role) - {Role.ADMIN}:
        who = world.token(role)
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("GET", f"/{id}"),
            ("PATCH", f"/{id}"),
            ("DELETE", f"/{id}"),
            ("GET", f"/{id}/deliveries"),
            ("POST", f"/{id}/test"),
            ("POST", f"/{id}/rotate-secret"),
        ):
            problem(world.client.request(method, f"/v1/webhooks{path}", headers=who), "forbidden", 403)


@pytest.mark.parametrize(
    ("facts", "name", "where"),
    [
        ({"url": "http://169.254.169.254/latest"}, "address-refused", ["/url"]),
        ({"url": "https://user@127.0.0.1/"}, "address-refused", ["/url"]),
        ({"topics": ["complaint.foretold"]}, "rule", ["/topics/0"]),
        ({"topics": ["clock.missed", "token.created"]}, "rule", ["/topics/1"]),
        ({"topics": ["complaint*", "*"]}, "invalid", ["/topics/0"]),
        ({"topics": []}, "invalid", ["/topics"]),
        ({"teams": ["nobody"]}, "rule", ["/teams"]),
        ({"sensitivity": "restricted"}, "rule", []),
        ({"concurrency": 5}, "invalid", ["/concurrency"]),
        ({"secret": "mine"}, "invalid", ["/secret"]),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(
    hooks: Hooks, facts: dict[str, Any], name: str, where: list[str]
):
    answer = hooks.post("", {"url": NOWHERE, "topics": ["*"]} | facts)

    assert answer.json()["type"] == f"urn:plaint:problem:{name}"
    assert (answer.status_code, pointers(answer) if where else []) == (422, where)
    assert "169.254" not in answer.text
    assert hooks.get()["items"] == []


def test_a_change_is_made_on_the_version_that_was_read(hooks: Hooks):
    id = hooks.add(NOWHERE)["id"]
    path = f"/v1/webhooks/{id}"

    def patch(tag: str | None, body: Any) -> Any:
        headers = hooks.admin | ({} if tag is None else {"If-Match": tag})
        return hooks.world.client.patch(path, json=body, headers=headers)

    problem(patch(None, {"concurrency": 2}), "version-required", 428)
    done = patch('"1"', {"concurrency": 2, "topics": ["clock.*"]})
    assert (done.status_code, done.json()["version"], done.headers["etag"]) == (200, 2, '"2"')
    assert problem(patch('"1"', {"concurrency": 3}), "stale-version", 412)["version"] == 2
    assert patch('"2"', {"url": NOWHERE}).json()["version"] == 2
    problem(patch('"2"', {"url": "https://10.0.0.1/"}), "address-refused", 422)
    shown = hooks.get(f"/{id}")
    assert (shown["concurrency"], shown["topics"], shown["url"]) == (2, ["clock.*"], NOWHERE)


def test_a_removed_webhook_is_gone_with_all_that_was_to_be_sent(hooks: Hooks):
    id = hooks.add(NOWHERE)["id"]
    hooks.receive()
    hooks.outbox.follower.follow()
    assert hooks.deliveries(id)

    gone = hooks.world.client.delete(f"/v1/webhooks/{id}", headers=hooks.admin | {"If-Match": '"1"'})
    hooks.work()

    assert gone.status_code == 200
    assert hooks.get()["items"] == []
    assert hooks.outbox.deliveries.counts() == {"pending": 0, "dead": 0}
    for command in ("enable", "disable", "rotate-secret", "test"):
        problem(hooks.ask(id, command), "not-found", 404)
    problem(hooks.ask("nothing", "enable"), "not-found", 404)


def test_no_case_is_taken_for_a_webhook(hooks: Hooks):
    id = str(hooks.receive())

    problem(hooks.ask(id, "disable"), "not-found", 404)
    problem(hooks.world.get(f"/v1/webhooks/{id}", hooks.admin), "not-found", 404)


def test_the_address_and_the_secrets_are_in_no_file_in_clear(hooks: Hooks, world: World):
    """Nor what is sent; the search finds what is not sealed."""
    url = "http://127.0.0.1:9/canary-in-the-path?key=canary-in-the-query"
    one = hooks.add(url, description="canary-description", topics=["complaint.received"])
    two = hooks.ask(one["id"], "rotate-secret").json()["secret"]
    hooks.receive()
    hooks.work()
    found = everything_in(world.settings.data)

    assert b"complaint.received" in found
    assert one["secret"] != two
    for secret in (one["secret"].removeprefix("whsec_"), two.removeprefix("whsec_"), "canary"):
        assert secret.encode() not in found
    assert "canary-in-the-query" in hooks.get(f"/{one['id']}")["url"]


def test_a_rotation_signs_with_both_secrets_for_a_while(hooks: Hooks, world: World):
    with receiving() as receiver:
        first = hooks.add(receiver)
        second = hooks.ask(first["id"], "rotate-secret", {"overlap_hours": 1}, Idempotency_Key="r")
        again = hooks.ask(first["id"], "rotate-secret", {"overlap_hours": 1}, Idempotency_Key="r")
        assert (second.status_code, again.json()) == (200, second.json())
        world.later(minutes=30)
        hooks.ask(first["id"], "test")
        hooks.work()
        world.later(minutes=30)
        hooks.ask(first["id"], "test")
        hooks.work()

    during, after = receiver.got
    counts = [len(each.headers["webhook-signature"].split(" ")) for each in (during, after)]
    assert counts == [2, 1]
    for got, secrets in ((during, [first, second.json()]), (after, [second.json()])):
        for each in secrets:
            body, id, seconds = got.body.decode(), got.id, int(got.headers["webhook-timestamp"])
            at = START.replace(tzinfo=None) + timedelta(seconds=seconds - int(START.timestamp()))
            signed = Webhook(each["secret"]).sign(id, at, body)
            assert signed in got.headers["webhook-signature"].split(" ")


def test_a_ping_tries_a_webhook_out_once_under_its_key(hooks: Hooks):
    with receiving() as receiver:
        id = hooks.add(receiver)["id"]
        first = hooks.ask(id, "test", Idempotency_Key="p")
        again = hooks.ask(id, "test", Idempotency_Key="p")
        hooks.work()

    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    [got] = receiver.got
    assert (got.id, got.event["type"], got.event["data"]) == (
        first.json()["id"],
        "webhook.ping",
        {"webhook": id},
    )
    assert [(each["state"], each["last_status"]) for each in hooks.deliveries(id)] == [("delivered", 204)]


def test_the_log_of_messages_is_read_page_by_page(hooks: Hooks, world: World):
    id = hooks.add(NOWHERE, topics=["complaint.received"])["id"]
    for _ in range(5):
        world.later(seconds=1)
        hooks.receive()
        hooks.outbox.follower.follow()
    found, path = list[str](), f"/v1/webhooks/{id}/deliveries?limit=2&state=pending"
    while path:
        page = world.get(path, hooks.admin).json()
        found += [each["id"] for each in page["items"]]
        path = page["next"]

    assert found == [each["id"] for each in hooks.deliveries(id)]
    assert len(set(found)) == 5
    assert hooks.deliveries(id, state="dead") == []
    other = hooks.add(NOWHERE)["id"]
    first = world.get(f"/v1/webhooks/{id}/deliveries?limit=2", hooks.admin).json()["next"]
    problem(world.get(first.replace(id, other), hooks.admin), "invalid", 422)


def test_dead_messages_are_sent_again_from_an_instant_on(hooks: Hooks, world: World):
    """Each under the id that it had; and one that was taken may be asked for again by its id."""
    with receiving() as receiver:
        id = hooks.add(receiver, topics=["complaint.received"])["id"]
        hooks.ask(id, "disable")
        cases = list[str]()
        for _ in range(3):
            cases.append(str(hooks.receive()))
            hooks.work()
            world.later(hours=1)
        problem(hooks.ask(id, f"replay?from={START.isoformat()}".replace("+", "%2B")), "conflict", 409)
        hooks.ask(id, "enable")
        since = (START + timedelta(minutes=30)).isoformat().replace("+", "%2B")
        assert hooks.ask(id, f"replay?from={since}").json() == {"replayed": 2}
        hooks.work()
        last, _, first = hooks.deliveries(id)
        assert [each.event["subject"] for each in receiver.got] == cases[1:]
        assert (first["state"], first["last_error"]) == ("dead", "disabled")

        answer = hooks.ask(id, f"deliveries/{last['id']}/replay")
        hooks.work()

    assert answer.status_code == 202
    assert [each.id for each in receiver.got][1:] == [last["id"]] * 2
    problem(hooks.ask(id, f"deliveries/{id}/replay"), "not-found", 404)


def test_there_is_a_most_number_of_webhooks(hooks: Hooks, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.http.webhooks.MOST", 1)
    hooks.add(NOWHERE)

    assert webhooks.MOST == 100
    problem(hooks.post("", {"url": NOWHERE, "topics": ["*"]}), "conflict", 409)


def test_figures_tell_what_waits_and_what_was_given_up(hooks: Hooks, world: World):
    with receiving(answer(410)) as receiver:
        hooks.add(receiver, topics=["complaint.received"])
        hooks.add("http://127.0.0.1:9/", topics=["complaint.received"])
        hooks.receive()
        hooks.outbox.follower.follow()
        world.later(seconds=90)
        hooks.work()
    said = world.get("/metrics", hooks.admin).text

    for line in (
        'plaint_webhook_messages{state="pending"} 1',
        'plaint_webhook_messages{state="dead"} 1',
        "plaint_webhook_oldest_seconds 90",
        'plaint_webhooks{disabled="gone"} 1',
        'plaint_webhooks{disabled="no"} 1',
        'plaint_webhook_attempts_total{outcome="gone"} 1',
        'plaint_webhook_attempts_total{outcome="unreachable"} 1',
    ):
        assert f"{line}\n" in said


def test_networks_that_cannot_be_read_keep_the_desk_from_starting(world: World):
    settings = Settings(data=world.settings.data, webhook_allow_private="everywhere")

    with pytest.raises(CannotStart, match=r"PLAINT_WEBHOOK_ALLOW_PRIVATE: Give networks"):
        Plaint(settings)
