"""The forms of the catalogue over HTTP: each is sent as its example says, and none takes a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.http.problems import SAFE_PATHS
from domain.access import Role
from domain.kernel import facts_of
from domain.sensitive import Kind
from tests.http.test_screening import CARD, IBAN, PHRASE, refusals
from tests.http.world import World, problem

EXAMPLES = sorted((Path(__file__).parents[1] / "data" / "forms").glob("*.json"))


def example(path: Path, parent: str | None = None) -> dict[str, Any]:
    """Return what is sent; *parent* stands for the case that the example names."""
    body = json.loads(path.read_text("utf-8"))
    if "parent" in body["fields"]:
        body["fields"]["parent"] = parent
    return body


def request(world: World, **changes: Any) -> Any:
    body = example(Path(EXAMPLES[0].with_name("general_request.json")))
    headers = changes.pop("headers", {})
    return world.client.post("/v1/tickets", json=body | {"fields": body["fields"] | changes}, headers=headers)


def test_every_form_of_the_catalogue_is_sent_as_its_example_says(world: World):
    parent = request(world).json()["reference"]
    world.settle()
    handler = world.token(Role.SUPERVISOR, "complaints")

    answers = {
        path.stem: world.client.post("/v1/tickets", json=example(path, parent), headers=handler)
        for path in EXAMPLES
    }

    assert {id: answer.text for id, answer in answers.items() if answer.status_code != 201} == {}
    assert {id: answer.json()["form"] for id, answer in answers.items()} == {id: id for id in answers}
    assert [id for id, answer in answers.items() if not answer.json()["afterwards"]] == []


def test_a_request_with_a_secret_is_refused_with_the_place_in_the_form(either: World):
    answers = [
        request(either, headers={"Idempotency-Key": "k"}, description=f"It is {PHRASE}") for _ in range(2)
    ]

    assert problem(answers[0], "sensitive-value", 422)["errors"] == [
        {
            "pointer": "/fields/description",
            "type": "seed_phrase",
            "detail": SAFE_PATHS[Kind.SEED_PHRASE],
        }
    ]
    assert answers[1].json() == answers[0].json()
    assert refusals(either) == [
        {
            "form": "general_request",
            "channel": "web",
            "field": "/fields/description",
            "kind": Kind.SEED_PHRASE,
        }
    ]


def test_the_short_answers_of_a_form_are_looked_at_too(world: World):
    parent = request(world).json()["reference"]
    world.settle()
    body = example(EXAMPLES[0].with_name("follow_up_questions.json"), parent)
    body["fields"]["answers"] = ["In March.", f"The card is {CARD}"]

    answer = world.client.post("/v1/tickets", json=body)

    assert [each["pointer"] for each in answer.json()["errors"]] == ["/fields/answers/1"]


def test_an_iban_in_a_request_is_flagged_on_its_ticket(world: World):
    id = request(world, description=f"Refund me at {IBAN}").json()["id"]

    events = [event for _, event in world.plaint.store.numbered(UUID(id))]

    assert [facts_of(event) for event in events if event.TOPIC == "ticket.value_flagged"] == [
        {"field": "/fields/description", "kind": Kind.IBAN}
    ]
