"""Sending a complaint: what is asked, what is answered, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.http.limits import Rates
from domain.access import Role
from domain.complaint.form import MANY
from tests.http.world import A_COMPLAINT, START, World, pointers, problem


def test_a_complaint_needs_no_token_and_is_answered_with_its_reference(either: World):
    answer = either.send()

    body = answer.json()
    assert answer.status_code == 201
    assert body == {
        "id": body["id"],
        "reference": body["reference"],
        "version": 3,
        "position": either.plaint.store.position_of(UUID(body["id"])),
        "upload": {
            "url": f"/v1/complaints/{body['id']}/attachments",
            "token": body["upload"]["token"],
            "expires_at": "2026-05-22T17:00:00Z",
            "most": 5,
            "required": False,
        },
        "sent": A_COMPLAINT,
    }
    assert answer.headers["location"] == f"/v1/complaints/{body['id']}"
    assert answer.headers["etag"] == '"3"'


@pytest.mark.parametrize(
    "channel", ["email", "letter", "phone", "branch", "social", "regulator", "ombudsman"]
)
def test_what_the_desk_takes_down_itself_is_sent_with_a_token(
    world: World, supervisor: dict[str, str], channel: str
):
    refused = world.send(channel=channel)

    assert (refused.status_code, pointers(refused)) == (422, ["/channel"])
    assert "web, api" in refused.json()["detail"]
    assert world.send(supervisor, channel=channel).status_code == 201


@pytest.mark.parametrize("channel", ["web", "api"])
def test_anybody_sends_by_the_page_and_by_the_api(world: World, channel: str):
    assert world.send(channel=channel).status_code == 201


def test_a_legal_entity_is_one_that_the_directory_has(either: World):
    """For everybody, and as soon as it is added, whatever the read models show."""
    admin, handler = either.token(Role.ADMIN), either.token(Role.HANDLER)

    for who in (None, handler):
        refused = either.send(who, legal_entity="eu")
        assert (refused.status_code, pointers(refused)) == (422, ["/legal_entity"])
        assert "POST /v1/legal-entities" in refused.json()["detail"]
    either.client.post("/v1/legal-entities", json={"code": "eu"}, headers=admin)

    assert either.send(legal_entity="eu").status_code == 201
    assert either.send(legal_entity="main").status_code == 201


def test_every_field_of_the_form_is_on_the_case(world: World, supervisor: dict[str, str]):
    more: dict[str, Any] = {
        "related_tickets": ["T-1", "T-2"],
        "occurred_at": {"from": "2026-04", "to": "2026-05-20T10:00:00+02:00"},
        "people_involved": ["A. Agent"],
        "desired_outcome": "The money.",
        "sent_at": "2026-05-22T17:59:00+02:00",
        "channel": "email",
        "legal_entity": "eu",
        "privacy_notice": "2026-01",
    }
    added = world.client.post("/v1/legal-entities", json={"code": "eu"}, headers=world.token(Role.ADMIN))
    assert added.status_code == 201
    sent = world.send(supervisor, **more)
    world.settle()

    case = world.get(f"/v1/complaints/{sent.json()['id']}", supervisor).json()
    assert case["legal_entity"] == "eu"
    assert case["submission"] == {
        "form": "complaint",
        "form_version": "1",
        "privacy_notice": "2026-01",
        "channel": "email",
        "language": "en",
        "team": "complaints",
        "legal_entity": "eu",
        "service": "crypto_assets",
        "category": "withdrawal",
        "account_email": "someone@example.org",
        "account_id": "AA12 N84G ABCD EFGH",
        "no_account": False,
        "full_name": "Someone Somewhere",
        "country": "US",
        "details": "The withdrawal has not arrived.",
        "related_tickets": ["T-1", "T-2"],
        "people_involved": ["A. Agent"],
        "desired_outcome": "The money.",
        "problem_at": {"start": "2026-04", "end": "2026-05-20T10:00:00+02:00"},
        "sent_at": "2026-05-22T15:59:00Z",
        "registered_at": "2026-05-22T16:00:00Z",
        "registered_by": case["submission"]["registered_by"],
    }


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"account_email": None}, ["/account_email"]),
        ({"account_email": "someone"}, ["/account_email"]),
        ({"account_email": "a@b@example.org"}, ["/account_email"]),
        ({"account_id": None}, ["/account_id"]),
        ({"no_account": True}, ["/account_id"]),
        ({"no_account": "true", "account_id": None}, ["/no_account"]),
        ({"account_id": "A/1"}, ["/account_id"]),
        ({"full_name": " "}, ["/full_name"]),
        ({"full_name": "two\nlines"}, ["/full_name"]),
        ({"country": "UK"}, ["/country"]),
        ({"country": "fr"}, ["/country"]),
        ({"category": "weather"}, ["/category"]),
        ({"details": ""}, ["/details"]),
        ({"related_tickets": ["T"] * (MANY + 1)}, ["/related_tickets"]),
        ({"related_tickets": ["T", 7]}, ["/related_tickets/1"]),
        ({"occurred_at": "yesterday"}, ["/occurred_at/from"]),
        ({"occurred_at": "2026-02-30"}, ["/occurred_at/from"]),
        ({"occurred_at": {"from": "2026-05-02", "to": "2026-05-01"}}, ["/occurred_at"]),
        ({"occurred_at": 7}, ["/occurred_at"]),
        ({"occurred_at": "2026-06"}, ["/occurred_at"]),
        ({"language": "français"}, ["/language"]),
        ({"language": "xx-1"}, ["/language"]),
        ({"sent_at": "2026-05-22T16:00:01Z"}, ["/sent_at"]),
        ({"sent_at": "2026-05-22T16:00:00"}, ["/sent_at"]),
        ({"sent_at": "0001-01-01T00:00:00+23:59"}, ["/sent_at"]),
        ({"sent_at": "0001-01-01T00:00:00Z"}, ["/sent_at"]),
        ({"sent_at": "1700000000"}, ["/sent_at"]),
        ({"channel": "pigeon"}, ["/channel"]),
        ({"legal_entity": "a b"}, ["/legal_entity"]),
        ({"password": "hunter2", "a/b~c": 1}, ["/password", "/a~1b~0c"]),
        ({"account_email": None, "country": None}, ["/account_email", "/country"]),
    ],
)
def test_a_mistake_is_named_by_pointer_and_nothing_is_recorded(
    world: World, facts: dict[str, Any], expected: list[str]
):
    before = world.plaint.store.count()

    answer = world.send(**facts)

    assert answer.status_code == 422
    assert pointers(answer) == expected
    assert world.plaint.store.count() == before


@pytest.mark.parametrize(
    "facts",
    [
        {"no_account": True, "account_id": None},
        {"occurred_at": "2026-05"},
        {"occurred_at": "2026-05-22"},
        {"occurred_at": "2026-05-22T10:00:00Z"},
        {"occurred_at": {"from": "2026-05-22", "to": "2026-05"}},
        {"language": "zh-Hant-HK"},
        {"account_email": "zoë+x@bücher.example"},
    ],
)
def test_what_is_in_order_is_taken(world: World, facts: dict[str, Any]):
    assert world.send(**facts).status_code == 201


def test_no_error_repeats_what_was_typed(world: World):
    secret = "Zaphod-Beeblebrox"
    wrong: dict[str, Any] = dict.fromkeys(A_COMPLAINT, secret) | {
        "sent_at": secret,
        "occurred_at": secret,
        "channel": secret,
    }

    answer = world.send(**wrong)

    assert answer.status_code == 422
    assert secret not in answer.text


def test_the_same_request_under_one_key_is_recorded_once_also_across_a_restart(either: World, tmp_path: Path):
    key = {"Idempotency-Key": '"try-1"'}
    first = either.send(key)
    again = World(tmp_path, either.settings.database_url)
    again.now = either.now

    repeated = again.send(key)
    reordered = again.client.post(
        "/v1/complaints",
        content=json.dumps(dict(reversed(A_COMPLAINT.items())), indent=2),
        headers={"Idempotency-Key": "try-1", "Content-Type": "application/json; charset=utf-8"},
    )
    other = again.send(key, details="Something else.")

    for answer in (repeated, reordered):
        assert (answer.status_code, answer.json()) == (201, first.json())
        assert {name: answer.headers[name] for name in ("etag", "location")} == {
            name: first.headers[name] for name in ("etag", "location")
        }
    assert problem(other, "key-reused", 422)
    assert again.plaint.store.position_of(UUID(first.json()["id"])) == first.json()["position"]
    assert len([e for _, e in again.plaint.store.everything() if e.TOPIC == "complaint.received"]) == 1
    again.close()


def test_a_key_is_looked_up_before_the_body_is_judged(world: World):
    world.send({"Idempotency-Key": "k"})

    invalid = world.send({"Idempotency-Key": "k"}, country="XX")
    broken = world.client.post("/v1/complaints", content=b"{", headers={"Idempotency-Key": "k"})

    assert problem(invalid, "key-reused", 422)
    assert problem(broken, "key-reused", 422)


def test_a_key_belongs_to_one_principal(world: World, handler: dict[str, str]):
    first = world.send({"Idempotency-Key": "k"})
    second = world.send(handler | {"Idempotency-Key": "k"})

    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


def test_a_key_lasts_72_hours(world: World):
    first = world.send({"Idempotency-Key": "k"})
    world.later(hours=72, seconds=1)

    assert world.send({"Idempotency-Key": "k"}).json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", '""', "a b", "x" * 201, "é"])
def test_a_malformed_key_is_refused(world: World, key: str):
    answer = world.send({"Idempotency-Key": key.encode("latin-1")})  # type: ignore[dict-item]

    assert problem(answer, "malformed-header", 400)


def test_an_address_that_sends_too_much_is_told_when_to_come_back(tmp_path: Path):
    world = World(tmp_path, rates=Rates(new_cases=2))

    answers = [world.send() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert problem(answers[-1], "too-many-requests", 429)
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert world.send(world.token(Role.HANDLER)).status_code == 201
    world.close()


def test_a_complaint_with_a_token_names_its_sender(
    world: World, handler: dict[str, str], supervisor: dict[str, str]
):
    id = world.send(handler).json()["id"]

    actors = {e["actor"] for e in world.get(f"/v1/complaints/{id}/history", supervisor).json()["items"]}

    assert len(actors) == 1
    assert actors.pop().startswith("token:")


def test_the_clocks_of_a_european_complaint_are_those_of_house_and_mica(
    world: World, supervisor: dict[str, str]
):
    id = world.received(country="FR")

    case = world.get(f"/v1/complaints/{id}", supervisor).json()

    assert case["regimes"] == ["house", "mica"]
    assert START.isoformat().startswith(case["received_at"][:19])
