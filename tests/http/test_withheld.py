"""What is personal is opened at the edge; where it cannot be, the rest goes on and says so."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.http.commands import EXAMPLES
from adapters.vault.errors import VaultAway
from adapters.views.rebuilding import rebuild
from domain.access import RIGHTS, Role
from domain.commands import COMMANDS
from domain.commands.needs import NEEDS
from domain.complaint import Complaint
from domain.privacy import ERASED, Sealed, Withheld, kept_fields
from projections.replay import fold
from scheduler.deadlines import Deadlines
from tests.http.world import A_COMPLAINT, World, problem

ERASED_VALUE, SEALED_VALUE = {"withheld": "erased"}, {"withheld": "sealed"}
PERSONAL = ("account_email", "account_id", "full_name", "country", "details")


def worked(world: World, who: dict[str, str]) -> str:
    """Return a case with a note, an escalation and a decision."""
    id = world.received(related_tickets=["T-1"])
    for version, (command, body) in enumerate(
        [
            ("note", {"text": "Called at noon.", "occurred_at": "2026-05-22T16:00:00Z"}),
            ("escalate", {"reason": "The amount is large."}),
            ("resolve", {"outcome": "upheld", "reasons": "Our fault."}),
        ],
        4,
    ):
        answer = world.ask(id, command, who, body, tag="*")
        assert answer.status_code == 200, (version, answer.text)
    return id


def erase(world: World, id: str) -> None:
    subject = world.plaint.vault.subject_of(UUID(id))
    assert subject is not None
    assert world.plaint.vault.destroy(subject) == 1


def lock(world: World) -> None:
    """Take the master key away, and let the process forget what it holds, as a new one would."""
    world.settings.master_key.rename(world.settings.data / "hidden.key")
    reopen(world)


def reopen(world: World) -> None:
    chances, now = world.chances, world.now
    world.close()
    world.__init__(world.settings.data, world.settings.database_url)
    world.chances, world.now = chances, now


def shown(world: World, id: str, who: dict[str, str]) -> list[Any]:
    """Return every personal value that the API shows of the worked case."""
    case = world.get(f"/v1/complaints/{id}", who).json()
    history = world.get(f"/v1/complaints/{id}/history", who).json()["items"]
    return [
        *(case["submission"][name] for name in (*PERSONAL, "related_tickets")),
        case["escalation_reason"],
        case["decision"]["reasons"],
        *(
            item["facts"][name]
            for item in history
            for name in ("details", "text", "reason", "reasons")
            if name in item["facts"]
        ),
    ]


def test_lists_go_on_while_the_vault_is_away(world: World):
    """Their cursors are this process's own then; what was signed under the vault's key is good again later."""
    for _ in range(3):
        world.received()
    supervisor = world.token(Role.SUPERVISOR)
    before = world.get("/v1/complaints?limit=1", supervisor).json()["next"]
    lock(world)
    own = world.get("/v1/complaints?limit=1", supervisor).json()["next"]

    assert len(world.get(own, supervisor).json()["items"]) == 1
    assert problem(world.get(before, supervisor), "invalid", 422)
    (world.settings.data / "hidden.key").rename(world.settings.master_key)
    reopen(world)
    assert len(world.get(before, supervisor).json()["items"]) == 1
    assert len(world.get(own, supervisor).json()["items"]) == 1


CLEAR = [
    *(A_COMPLAINT[name] for name in PERSONAL),
    ["T-1"],
    "The amount is large.",
    "Our fault.",
    "The withdrawal has not arrived.",
    "Called at noon.",
    "The amount is large.",
    "Our fault.",
]


def test_a_reader_gets_what_was_written(either: World):
    who = either.token(Role.SUPERVISOR)

    assert shown(either, worked(either, who), who) == CLEAR


def test_what_was_erased_reads_as_erased_everywhere(either: World):
    """In the document, the history, an aggregate, and a read model that is built anew; others stay."""
    who = either.token(Role.SUPERVISOR)
    id, other = worked(either, who), worked(either, who)
    vault = either.plaint.vault
    assert vault.subject_of(UUID(id)) == vault.subject_of(UUID(other))
    third = either.received(account_email="else@example.org")
    subject = vault.subject_of(UUID(id))
    assert subject is not None
    vault.destroy(subject)
    rebuild(either.plaint.views)

    assert shown(either, id, who) == shown(either, other, who) == [ERASED_VALUE] * len(CLEAR)
    details = either.get(f"/v1/complaints/{third}", who).json()["submission"]["details"]
    assert details == A_COMPLAINT["details"]
    complaint = either.plaint.store.load(Complaint, UUID(id))
    assert complaint is not None
    assert complaint.decision == ("upheld", ERASED)
    assert complaint.version == either.get(f"/v1/complaints/{id}", who).json()["version"]


def test_what_was_erased_is_not_brought_back_by_a_repeat(world: World, supervisor: dict[str, str]):
    """A client that sends once more what it had sent is told that all is recorded."""
    id = worked(world, supervisor)
    before = world.plaint.store.count()
    erase(world, id)

    note = {"text": "Called at noon.", "occurred_at": "2026-05-22T16:00:00Z"}
    assert world.ask(id, "note", supervisor, note, tag="*").status_code == 200
    decision = {"outcome": "upheld", "reasons": "Our fault."}
    assert world.ask(id, "resolve", supervisor, decision, tag="*").status_code == 200
    assert world.plaint.store.count() == before

    refused = world.ask(id, "note", supervisor, {"text": "Something new."}, tag="*")
    assert "erased" in problem(refused, "conflict", 409)["detail"]
    assert world.ask(id, "close", supervisor, {}, tag="*").status_code == 200


def test_without_the_vault_what_is_not_personal_goes_on(either: World):
    who = either.token(Role.SUPERVISOR)
    id = worked(either, who)
    lock(either)

    assert shown(either, id, who) == [SEALED_VALUE] * len(CLEAR)
    for path in ("", "/clocks", "/history"):
        assert either.get(f"/v1/complaints/{id}{path}", who).status_code == 200
    assert either.get("/v1/complaints", who).json()["items"][0]["id"] == id
    assert either.get("/v1/dashboards/sla", who).json()["open"] == 1
    assert either.ask(id, "close", who, {}, tag="*").status_code == 200
    rebuild(either.plaint.views)
    assert either.get(f"/v1/complaints/{id}", who).json()["status"] == "closed"


def test_without_the_vault_nothing_personal_is_taken(either: World):
    """With the remedy, and nothing half-written; with the key back all is as before."""
    who = either.token(Role.SUPERVISOR)
    id = worked(either, who)
    lock(either)
    before = either.plaint.store.count()

    for refused in (either.send(), either.ask(id, "note", who, {"text": "Called."}, tag="*")):
        said = problem(refused, "vault-away", 503)
        assert "PLAINT_MASTER_KEY_FILE" in said["detail"]
        assert refused.headers["retry-after"]
    ready = either.get("/readyz")
    assert "master.key is missing" in problem(ready, "vault-away", 503)["detail"]
    assert either.plaint.store.count() == before

    (either.settings.data / "hidden.key").rename(either.settings.master_key)
    reopen(either)
    assert shown(either, id, who) == CLEAR
    assert either.get("/readyz").status_code == 200


def test_deadlines_fire_without_the_vault(either: World):
    id = either.received()
    lock(either)
    either.later(days=30)
    plaint = either.plaint
    plaint.views.catch_up()

    deadlines: Deadlines = plaint.deadlines
    assert deadlines.tick() == 1

    assert not deadlines.failing
    topics = [event.TOPIC for _, event in plaint.store.numbered(UUID(id))]
    assert topics.count("clock.missed") >= 2


@pytest.mark.parametrize("given", [{"sealed": "AQID"}, {"erased": True}])
def test_nobody_can_hand_in_a_sealed_value(world: World, supervisor: dict[str, str], given: dict[str, Any]):
    for name in ("details", "full_name", "account_email", "desired_outcome", "people_involved"):
        assert world.send(**{name: given}).status_code == 422
    id, compliance = world.received(), world.token(Role.COMPLIANCE)
    for command in COMMANDS:
        for name in {"text", "reason", "reasons", "summary"} & set(command.model_fields):
            version = world.get(f"/v1/complaints/{id}", supervisor).json()["version"]
            body = EXAMPLES[command.NAME]
            who = supervisor if RIGHTS[Role.SUPERVISOR] >= {NEEDS[command]} else compliance
            answer = world.ask(id, command.NAME, who, body | {name: given}, version=version)
            assert (command.NAME, answer.status_code) == (command.NAME, 422)
            assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{name}"]


def test_a_value_moved_to_another_case_is_not_shown_there(world: World, supervisor: dict[str, str]):
    """Whoever can write into a read model learns nothing of one case through another."""
    one, other = (UUID(world.received(details=f"Secret {n}.")) for n in range(2))
    file = world.plaint.queries.whole(one).file
    assert file is not None
    stolen: Any = file.submission["details"]
    assert list(stolen) == ["sealed"]

    assert world.plaint.showing.document(stolen, one) == "Secret 0."
    assert world.plaint.showing.document(stolen, other) == SEALED_VALUE


def test_the_description_says_what_is_withheld(world: World):
    schemas = world.client.get("/openapi.json").json()["components"]["schemas"]

    kinds = [{"type": "string"}, {"$ref": "#/components/schemas/Withheld"}, {"type": "null"}]
    assert schemas["CaseDocument"]["properties"]["escalation_reason"]["anyOf"] == kinds
    assert schemas["Decision"]["properties"]["reasons"]["anyOf"] == kinds
    assert schemas["Withheld"]["properties"]["withheld"]["enum"] == ["erased", "sealed"]
    assert Withheld(withheld="erased").model_dump() == ERASED_VALUE


def test_an_explanation_withholds_the_reason(world: World, supervisor: dict[str, str]):
    id = world.received()
    clock = world.get(f"/v1/complaints/{id}/clocks", supervisor).json()["items"][0]["id"]
    world.later(days=20)
    world.plaint.deadlines.tick()
    body = {"clock": clock, "reason_code": "third_party", "reason": "The post was on strike."}
    assert world.ask(id, "excuse-miss", supervisor, body, tag="*").status_code == 200

    def reasons() -> list[Any]:
        answer = world.get(f"/v1/complaints/{id}/clocks/{clock}/explain", supervisor)
        return [each["reason"] for each in answer.json()["history"] if each["reason"] is not None]

    assert reasons() == ["The post was on strike."]
    erase(world, id)
    assert reasons() == [ERASED_VALUE]


def test_what_is_kept_of_a_case_is_sealed(world: World):
    """In the log and in its row; folding needs no key."""
    id = UUID(world.received())
    stored = world.plaint.store.numbered(id)
    kept = world.plaint.queries.whole(id).file

    received = stored[0][1]
    for path in kept_fields(type(received)):
        value = getattr(received, path[0])
        assert value is None or value == () or isinstance(value, Sealed), path
    assert fold(stored).file == kept
    assert A_COMPLAINT["details"] not in json.dumps(kept.submission if kept else "")


def test_a_vault_that_fails_in_between_is_told(world: World, supervisor: dict[str, str]):
    id = worked(world, supervisor)
    world.settings.master_key.unlink()
    (world.settings.data / "vault.db").unlink()
    world.plaint.vault._looked -= timedelta(days=1).total_seconds()

    assert isinstance(world.plaint.vault.away(), VaultAway)
    problem(world.ask(id, "note", supervisor, {"text": "Called."}, tag="*"), "vault-away", 503)
    assert shown(world, id, supervisor) == [SEALED_VALUE] * len(CLEAR)
