"""A complaint, and an issue, of which what is said late in their life is filled with words to look for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain import commands as c
from domain.access import Role
from domain.complaint.redress import RedressWish
from domain.ids import derived
from domain.kernel import Event
from tests.http.world import World

ANSWER: dict[str, Any] = {
    "outcome": "upheld",
    "reasons": "canary-proposed-reasons",
    "redress": (RedressWish(kind="in_kind", description="canary-redress"),),
}
WORDS = {
    "canary-consulted",
    "canary-department",
    "canary-finding",
    "canary-override",
    "canary-handed-over",
    "canary-true-name",
    "canary-correction",
    "canary-proposed-reasons",
    "canary-redress",
    "canary-returned",
    "canary-payment",
    "canary-comment",
    "canary-referred",
    "canary-ombudsman",
    "canary-hold",
    "canary-freed",
    "canary-split",
    "canary-other-person",
}
ISSUE = ("canary-cause", "canary-action", "canary-found-cause", "canary-taken-action", "canary-announced")
"""What is said of an issue, which no case is found by."""


def life(id: UUID) -> tuple[tuple[str, c.Command], ...]:
    """Return what is asked of the complaint *id*, each with who asks it."""
    consultation = derived(id, "consultation/1")
    return (
        ("anna", c.Triage(category="fees", severity="high", admissible=True)),
        ("anna", c.Investigate()),
        (
            "anna",
            c.RecordStep(kind="department_consulted", summary="canary-consulted", department="payments"),
        ),
        ("anna", c.AnswerConsultation(consultation=consultation, text="canary-department")),
        ("anna", c.RecordFinding(point="1", finding="substantiated", summary="canary-finding")),
        ("anna", c.NamePersonComplainedOf(user="carl")),
        ("anna", c.Assign(assignee="carl", override_reason="canary-override")),
        ("anna", c.HandOver(reason_code="other", reason="canary-handed-over")),
        ("anna", c.Correct(what="full_name", value="canary-true-name", reason="canary-correction")),
        ("anna", c.ProposeResolution(**ANSWER)),
        ("ben", c.ReturnResolution(reason="canary-returned")),
        ("anna", c.ProposeResolution(**ANSWER)),
        ("ben", c.ApproveResolution()),
        ("anna", c.Resolve(**ANSWER)),
        ("anna", c.PayRedress(redress=1, reference="canary-payment")),
        ("anna", c.Close()),
        ("anna", c.Rate(score=1, comment="canary-comment")),
        ("anna", c.ReferExternally(body="ombudsman", reference="canary-referred")),
        ("anna", c.RecordExternalOutcome(body="ombudsman", outcome="upheld", reasons="canary-ombudsman")),
        ("anna", c.PlaceHold(kind="legal", reason="canary-hold")),
        ("anna", c.LiftHold(reason="canary-freed")),
        ("anna", c.Note(text="canary-note")),
    )


def live(world: World, **form: Any) -> None:
    """Let a complaint live until after its end, let another begin with a note of it, and tell of an issue."""
    id = UUID(world.received(**form))
    for who, command in life(id):
        world.plaint.desk.command(id, command, who)
    part = split(world, "complaints", id, "canary-split")
    merge(world, "complaints", part, world.received(), "canary-other-person")
    issue(world)


def split(world: World, path: str, id: UUID, reason: str) -> str:
    """Let another case begin with the last note of the case *id*; return its id."""
    note = last(world, id, "noted").originator_version
    answer = world.client.post(
        f"/v1/{path}/{id}/split",
        json={"versions": [note], "reason": reason},
        headers=world.token(Role.SUPERVISOR) | {"If-Match": "*"},
    )
    assert answer.status_code == 201, answer.text
    world.settle()
    return str(answer.json()["id"])


def merge(world: World, path: str, id: str, other: str, reason: str) -> None:
    """Let the case *id* go on in *other*, of somebody else for all that is known."""
    answer = world.client.post(
        f"/v1/{path}/{id}/merge",
        json={"other": other, "other_person_reason": reason},
        headers=world.token(Role.SUPERVISOR) | {"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.text


def last(world: World, id: UUID, word: str) -> Event:
    """Return the last event of the case whose topic ends with *word*."""
    return [each for each in world.plaint.store.history(id) if each.TOPIC.endswith(f".{word}")][-1]


def issue(world: World) -> None:
    """Open an issue, learn more about it, and announce something to those concerned."""
    cause, action, found, taken, told = ISSUE
    lead = world.token(Role.SUPERVISOR) | {"If-Match": "*"}
    opened = {"title": "Withdrawals stand still", "cause": cause, "action": action}
    answer = world.client.post("/v1/issues", json=opened, headers=lead)
    assert answer.status_code == 201, answer.text
    path = f"/v1/issues/{answer.json()['id']}"
    for order, said in (("change", {"cause": found, "action": taken}), ("update-all", {"text": told})):
        answer = world.client.post(f"{path}/{order}", json=said, headers=lead)
        assert answer.status_code == 200, answer.text
