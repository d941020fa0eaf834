"""The link of a ticket over the API: it opens that ticket and no other, as its customer may see it."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.identity.guests import opens
from domain.access import Principal, Role
from tests.http.test_ticket_commands import ask
from tests.http.world import World, problem

A_REQUEST: dict[str, Any] = {
    "form": "general_request",
    "language": "en",
    "contact_email": "someone@example.org",
    "fields": {
        "account_email": "someone@example.org",
        "subject": "My card",
        "description": "It fails.",
    },
}


@pytest.fixture
def desk(tmp_path: Path, fresh: Path) -> Generator[World]:
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path, public_url="https://plaint.example/")
    yield made
    made.close()


@pytest.fixture
def handler(desk: World) -> dict[str, str]:
    return desk.token(Role.HANDLER, "support")


def a_request(world: World, **changes: Any) -> str:
    answer = world.client.post("/v1/tickets", json=A_REQUEST | changes)
    assert answer.status_code == 201, answer.text
    world.settle()
    return answer.json()["id"]


def link(world: World, id: str, who: dict[str, str], body: Any = None, **headers: str) -> Any:
    answer = world.client.post(f"/v1/tickets/{id}/links", json=body, headers=who | headers)
    world.settle()
    return answer


def customer(made: Any) -> dict[str, str]:
    """Return the header of whoever comes in by the link that was *made*."""
    return {"Authorization": f"Bearer {made.json()['url'].rpartition('/')[2]}"}


def test_a_link_opens_one_ticket_until_it_expires(desk: World, handler: dict[str, str]):
    id, other, complaint = a_request(desk), a_request(desk), desk.received()
    made = link(desk, id, handler, {"expires_in_days": 2})
    mine = customer(made)

    assert (made.status_code, made.headers["etag"]) == (201, '"4"')
    assert made.json()["expires_at"] == "2026-05-24T16:00:00Z"
    assert opens(desk.plaint, mine["Authorization"].removeprefix("Bearer ")) == Principal(
        id=f"complainant:{id}", role=Role.COMPLAINANT, cases=frozenset({UUID(id)})
    )
    assert desk.get(f"/v1/tickets/{id}", mine).json()["reference"].startswith("T-")
    problem(desk.get(f"/v1/tickets/{other}", mine), "not-found", 404)
    problem(desk.get(f"/v1/complaints/{complaint}", mine), "not-found", 404)
    problem(desk.get(f"/v1/complaints/{id}", mine), "not-found", 404)
    assert desk.get("/v1/tickets", mine).status_code == 403
    assert desk.get(f"/v1/complaints/{complaint}/history", handler).status_code == 404
    desk.later(days=2)
    problem(desk.get(f"/v1/tickets/{id}", mine), "unauthenticated", 401)


def test_a_link_that_was_taken_back_opens_nothing_from_then_on(desk: World, handler: dict[str, str]):
    id = a_request(desk)
    mine = customer(link(desk, id, handler))
    assert desk.get(f"/v1/tickets/{id}", mine).status_code == 200

    gone = desk.client.delete(f"/v1/tickets/{id}/links", headers=handler)

    assert (gone.status_code, gone.json()["version"]) == (200, 5)
    problem(desk.get(f"/v1/tickets/{id}", mine), "unauthenticated", 401)
    assert desk.get(f"/v1/tickets/{id}", customer(link(desk, id, handler))).status_code == 200
    assert [
        each.TOPIC for each in desk.plaint.store.history(UUID(id)) if each.TOPIC.startswith("ticket.")
    ] == [
        "ticket.opened",
        "ticket.link_issued",
        "ticket.links_revoked",
        "ticket.link_issued",
    ]


def test_the_same_request_is_answered_with_the_same_link(desk: World, handler: dict[str, str]):
    id, key = a_request(desk), {"Idempotency-Key": "k"}
    first = link(desk, id, handler, {"expires_in_days": 7}, **key)
    desk.later(hours=1)

    assert link(desk, id, handler, {"expires_in_days": 7}, **key).json() == first.json()
    problem(link(desk, id, handler, {"expires_in_days": 8}, **key), "key-reused", 422)


def test_only_who_works_on_a_ticket_hands_out_its_links(desk: World, handler: dict[str, str]):
    id, complaint = a_request(desk), desk.received()

    problem(link(desk, id, desk.token(Role.AUDITOR)), "forbidden", 403)
    problem(link(desk, id, desk.token(Role.HANDLER, "payments")), "not-found", 404)
    problem(link(desk, complaint, desk.token(Role.SUPERVISOR)), "not-found", 404)
    problem(link(desk, id, handler, {"expires_in_days": 31}), "rule", 422)
    problem(link(desk, id, customer(link(desk, id, handler))), "forbidden", 403)


def test_by_the_link_a_customer_reads_what_is_theirs_answers_and_rates(desk: World, handler: dict[str, str]):
    """Nothing of the desk's work is there: no note, no name of who works on it, no other command."""
    id = a_request(desk)
    mine = customer(link(desk, id, handler))
    ask(desk, id, "note", handler, {"text": "Rings often."})
    ask(desk, id, "follow-up", handler, {"questions": ["Which card?", "Since when?"]})

    shown = desk.get(f"/v1/tickets/{id}", mine).json()
    answered = ask(desk, id, "supply-information", mine, {"answers": ["The blue one.", "Monday."]})
    ask(desk, id, "solve", handler, {"text": "It works again."})
    rated = ask(desk, id, "rate", mine, {"score": 4, "comment": "Quick."})

    assert shown["questions"] == ["Which card?", "Since when?"]
    assert not {"team", "assignee", "severity", "sensitivity", "level", "issues"} & shown.keys()
    assert [each.status_code for each in (answered, rated)] == [200, 200]
    problem(ask(desk, id, "reply", mine, {"text": "As the desk."}), "forbidden", 403)
    history = desk.get(f"/v1/tickets/{id}/history", mine)
    assert [each["topic"] for each in history.json()["items"]] == [
        "ticket.opened",
        "ticket.follow_up_asked",
        "ticket.information_supplied",
        "ticket.solved",
        "ticket.rated",
    ]
    assert "Rings often" not in history.text
    assert desk.plaint.store.history(UUID(id))[-1].actor == f"complainant:{id}"
