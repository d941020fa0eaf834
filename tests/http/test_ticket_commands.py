"""What is asked of tickets over HTTP, in the frame in which complaints are asked."""

from __future__ import annotations

from typing import Any

import pytest
from httpx2 import Response

from domain.access import Role
from domain.commands import TICKET_COMMANDS
from tests.http.world import World, a_ticket, pointers, problem

BODIES: dict[str, dict[str, Any]] = {
    "triage": {"category": "fees", "impact": 2, "urgency": 1},
    "acknowledge": {},
    "assign": {"assignee": "handler-7"},
    "hand-over": {"reason_code": "other", "reason": "The team is asked first."},
    "investigate": {},
    "reply": {"text": "We look into it."},
    "request-information": {"text": "Which card?"},
    "follow-up": {"questions": ["Since when?"]},
    "supply-information": {"text": "The blue one.", "answers": ["Monday."]},
    "book-appointment": {
        "kind": "video_call",
        "starts_at": "2026-06-02T14:00:00+02:00",
        "ends_at": "2026-06-02T14:30:00+02:00",
        "zone": "Europe/Paris",
        "how_to_join": "Open the link.",
    },
    "cancel-appointment": {"reason": "The customer is ill."},
    "suspend": {"cause": "vendor"},
    "resume": {},
    "escalate": {"reason": "A whole branch waits."},
    "de-escalate": {},
    "solve": {"text": "It works again."},
    "rate": {"score": 4, "comment": "Quick."},
    "close": {},
    "reopen": {"reason": "It broke again."},
    "note": {"text": "Called back."},
    "add-representative": {"name": "A. Lawyer", "power_of_attorney": "Deed 7"},
    "remove-representative": {"number": 1},
    "name-person-complained-of": {"user": "handler-7"},
    "promote": {"reason": "The customer is dissatisfied.", "category": "fees", "country": "FR"},
}


KEPT_BY_OTHERS = {"set-sensitivity", "place-hold", "lift-hold"}
"""How closely a ticket is kept, and how long, is not the handler's to say."""


def ask(
    world: World,
    id: str,
    name: str,
    who: dict[str, str],
    body: Any = None,
    *,
    tag: str | None = "*",
    **more: str,
) -> Response:
    headers = who | more | ({"If-Match": tag} if tag else {})
    answer = world.client.post(f"/v1/tickets/{id}/{name}", json=body, headers=headers)
    world.settle()
    return answer


def test_a_ticket_lives_its_whole_life(either: World):
    """Every command is one POST; each answer holds the ETag for the next."""
    handler = either.token(Role.HANDLER, "support")
    id, tag, seen = a_ticket(either), '"1"', list[str]()
    for name, body in BODIES.items():
        either.later(hours=1)
        answer = ask(either, id, name, handler, body, tag=tag)
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] != tag
        assert answer.json()["reference"].startswith("T-")
        tag = answer.headers["etag"]
        seen.append(either.get(f"/v1/tickets/{id}", handler).json()["status"])

    offered = [command.NAME for command in TICKET_COMMANDS]
    assert list(BODIES) == [name for name in offered if name not in KEPT_BY_OTHERS]
    assert seen == [
        *["open"] * 6,
        "pending",
        "pending",
        "open",
        "open",
        "open",
        "pending",
        "open",
        "open",
        "open",
        "solved",
        "solved",
        "closed",
        *["open"] * 5,
        "closed",
    ]


@pytest.mark.parametrize("name", BODIES)
def test_every_command_needs_a_token_a_right_a_visible_ticket_and_a_version(
    world: World, stranger: dict[str, str], admin: dict[str, str], name: str
):
    id, handler, body = a_ticket(world), world.token(Role.HANDLER, "support"), BODIES[name]

    assert problem(ask(world, id, name, {}, body), "unauthenticated", 401)
    assert problem(ask(world, id, name, admin, body), "forbidden", 403)
    foreign = problem(ask(world, id, name, stranger, body), "not-found", 404)
    assert problem(ask(world, "0" * 32, name, stranger, body), "not-found", 404) == foreign
    assert foreign == {"detail": "There is no such ticket."}
    assert problem(ask(world, id, name, handler, body, tag=None), "version-required", 428)
    assert problem(ask(world, id, name, handler, body, tag='"9"'), "stale-version", 412)["version"] == 1
    assert pointers(ask(world, id, name, handler, body | {"colour": "red"})) == ["/colour"]


def test_a_command_for_tickets_reaches_no_complaint(world: World, handler: dict[str, str]):
    id = world.received()

    assert problem(ask(world, id, "note", handler, {"text": "x"}), "not-found", 404)


def test_a_repeat_is_answered_as_the_first_was(world: World, supervisor: dict[str, str]):
    id = a_ticket(world)
    first = ask(world, id, "solve", supervisor, {}, tag='"1"', **{"Idempotency-Key": "k1"})
    again = ask(world, id, "solve", supervisor, {}, tag=None, **{"Idempotency-Key": "k1"})

    assert again.json() == first.json()
    assert problem(
        ask(
            world,
            id,
            "solve",
            supervisor,
            {"occurred_at": "2026-05-22T16:00:00Z"},
            **{"Idempotency-Key": "k1"},
        ),
        "key-reused",
        422,
    )


@pytest.mark.parametrize(
    ("name", "body", "kind", "where"),
    [
        ("assign", {}, "rule", "/team"),
        ("assign", {"team": "nobody"}, "rule", "/team"),
        ("triage", {"category": "nonsense"}, "rule", "/category"),
        ("note", {"text": "x", "occurred_at": "2030-01-01T00:00:00Z"}, "rule", "/occurred_at"),
        ("suspend", {"cause": "weather"}, "invalid", "/cause"),
    ],
)
def test_what_a_ticket_cannot_be_told_is_refused_by_its_place(
    world: World, supervisor: dict[str, str], *, name: str, body: dict[str, Any], kind: str, where: str
):
    answer = ask(world, a_ticket(world), name, supervisor, body)

    assert problem(answer, kind, 422)
    assert pointers(answer) == [where]


def test_a_team_without_a_name_stays_and_another_starts_without_a_person(
    world: World, supervisor: dict[str, str]
):
    id = a_ticket(world, assignee="anna")
    world.token(Role.HANDLER, "payments")

    assert ask(world, id, "assign", supervisor, {"team": "support"}).json()["version"] == 1
    assert ask(world, id, "assign", supervisor, {"team": "payments"}).json()["version"] == 2
    case = world.get(f"/v1/tickets/{id}", supervisor).json()
    assert (case["team"], case["assignee"]) == ("payments", None)


def test_a_ticket_matters_by_as_many_steps_more_as_there_are(world: World, supervisor: dict[str, str]):
    """From high there is one step, to critical; back at first it is high again."""
    id = a_ticket(world, severity="high")

    ask(world, id, "escalate", supervisor, {"reason": "x", "level": 3})
    raised = world.get(f"/v1/tickets/{id}", supervisor).json()
    assert ask(world, id, "escalate", supervisor, {"reason": "y"}).json()["version"] == raised["version"]
    ask(world, id, "de-escalate", supervisor)
    lowered = world.get(f"/v1/tickets/{id}", supervisor).json()

    assert [(each["severity"], each["level"], each["escalated"]) for each in (raised, lowered)] == [
        ("critical", 1, True),
        ("high", 0, False),
    ]


def test_what_is_solved_is_reopened_first(world: World, supervisor: dict[str, str]):
    id = a_ticket(world)
    ask(world, id, "solve", supervisor)

    assert problem(ask(world, id, "investigate", supervisor), "conflict", 409)
    assert ask(world, id, "reopen", supervisor, {"reason": "again"}).status_code == 200
    assert ask(world, id, "investigate", supervisor).status_code == 200


def test_what_was_said_stands_in_the_ticket_and_in_its_history_for_its_customer(either: World):
    handler = either.token(Role.HANDLER, "support")
    id = a_ticket(either)
    for name in ("reply", "follow-up", "book-appointment"):
        assert ask(either, id, name, handler, BODIES[name]).status_code == 200
    said = either.get(f"/v1/tickets/{id}", handler).json()

    assert (said["acknowledged_at"], said["questions"]) == (said["replied_at"], ["Since when?"])
    assert said["appointment"] == {
        "number": 1,
        "kind": "video_call",
        "starts_at": "2026-06-02T12:00:00Z",
        "ends_at": "2026-06-02T12:30:00Z",
        "zone": "Europe/Paris",
        "how_to_join": "Open the link.",
        "remind_at": None,
    }
    answers = {"answers": ["Monday."], "text": "Thanks."}
    assert ask(either, id, "supply-information", handler, answers).status_code == 200
    ask(either, id, "solve", handler, {"text": "It works again."})
    assert ask(either, id, "rate", handler, BODIES["rate"]).status_code == 200
    said = either.get(f"/v1/tickets/{id}", handler).json()
    assert (said["questions"], said["answer"]) == (None, "It works again.")
    assert said["rating"] == {"score": 4, "comment": "Quick.", "rated_at": said["rating"]["rated_at"]}
    facts = {
        each["topic"]: each["facts"]
        for each in either.get(f"/v1/tickets/{id}/history", handler).json()["items"]
    }
    assert facts["ticket.information_supplied"] == answers
    assert facts["ticket.rated"] == BODIES["rate"]


def test_what_cannot_be_is_refused_with_its_place(world: World):
    handler, id = world.token(Role.HANDLER, "support"), a_ticket(world)
    booking = BODIES["book-appointment"]

    refused: list[tuple[str, dict[str, Any], str]] = [
        ("book-appointment", booking | {"zone": "Mars/Base"}, "/zone"),
        ("book-appointment", booking | {"starts_at": "2026-05-01T14:00:00Z"}, "/starts_at"),
        ("book-appointment", booking | {"ends_at": booking["starts_at"]}, "/ends_at"),
        ("supply-information", {"answers": ["Nobody asked."]}, "/answers"),
        ("follow-up", {"questions": []}, "/questions"),
        ("rate", {"score": 6}, "/score"),
    ]
    for name, body, place in refused:
        assert pointers(ask(world, id, name, handler, body)) == [place]
    assert problem(ask(world, id, "rate", handler, {"score": 3}), "conflict", 409)


def test_a_solved_ticket_is_taken_up_again_when_its_customer_still_supplies_something(world: World):
    handler, id = world.token(Role.HANDLER, "support"), a_ticket(world)
    ask(world, id, "solve", handler, {"text": "It works again."})

    assert ask(world, id, "supply-information", handler).status_code == 200
    untold = world.get(f"/v1/tickets/{id}", handler).json()["status"]
    assert ask(world, id, "supply-information", handler, {"text": "It does not."}).status_code == 200

    assert (untold, world.get(f"/v1/tickets/{id}", handler).json()["status"]) == ("solved", "open")
