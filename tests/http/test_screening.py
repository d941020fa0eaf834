"""Secrets over HTTP: refused before anything of them is stored, on record, and told with the safe path."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from adapters.http.problems import SAFE_PATHS
from domain.access import Role
from domain.kernel import facts_of
from domain.sensitive import Kind
from domain.sensitive.events import IntakeValueRefused
from tests.http.filing import a_png
from tests.http.world import World, a_ticket, problem

PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
CARD = "4111 1111 1111 1111"
IBAN = "FR1420041010050500013M02606"
HTML = {"Accept": "text/html"}


def refusals(world: World) -> list[dict[str, Any]]:
    """What was refused before there was a case, as the log has it."""
    store = world.plaint.store
    found = (
        store.decode(each)
        for log in store.logs
        for each in store.notifications(log, 0, 10_000, topics=[IntakeValueRefused.TOPIC])
    )
    return [facts_of(event) for event in found]


def history(world: World, id: str) -> list[tuple[str, dict[str, Any]]]:
    """What happened to a case after its receipt, but for clocks."""
    events = [event for _, event in world.plaint.store.numbered(UUID(id))]
    return [(event.TOPIC, facts_of(event)) for event in events[1:] if not event.TOPIC.startswith("clock.")]


def test_a_complaint_with_a_secret_is_refused_and_that_is_on_record(either: World):
    answer = either.send(details=f"I typed {PHRASE} somewhere.", desired_outcome=f"Pay to {CARD}")

    assert problem(answer, "sensitive-value", 422) == {
        "detail": "Nothing of it was kept. Take out what `errors` names and send the rest again.",
        "errors": [
            {"pointer": "/details", "type": "seed_phrase", "detail": SAFE_PATHS[Kind.SEED_PHRASE]},
            {"pointer": "/desired_outcome", "type": "card_number", "detail": SAFE_PATHS[Kind.CARD_NUMBER]},
        ],
    }
    assert refusals(either) == [
        {"form": "complaint", "channel": "web", "field": "/details", "kind": Kind.SEED_PHRASE},
        {"form": "complaint", "channel": "web", "field": "/desired_outcome", "kind": Kind.CARD_NUMBER},
    ]
    either.settle()
    assert either.get("/v1/complaints", either.token(Role.HANDLER, "complaints")).json()["items"] == []


def test_the_sender_is_told_in_french(world: World):
    answer = world.send({"Accept-Language": "fr"}, details="mot de passe : azerty123")

    body = problem(answer, "sensitive-value", 422)
    assert body["errors"] == [
        {
            "pointer": "/details",
            "type": "password",
            "detail": "Retirez le mot de passe et changez-le ; personne ici n’en demande jamais.",
        }
    ]
    assert answer.headers["content-language"] == "fr"


def test_a_refusal_is_repeated_under_its_key_and_recorded_once(world: World):
    key = {"Idempotency-Key": "once"}
    first, again = (world.send(key, details=PHRASE) for _ in range(2))

    assert again.json() == first.json()
    assert again.status_code == 422
    assert len(refusals(world)) == 1
    problem(world.send(key, details="Nothing secret."), "key-reused", 422)


def test_what_is_told_a_case_is_refused_on_its_own_stream(either: World):
    id, who = either.received(), either.token(Role.HANDLER, "complaints")
    version = either.get(f"/v1/complaints/{id}", who).json()["version"]
    body = {"text": f"The client gave me {PHRASE}.", "visibility": "internal"}

    first = either.ask(id, "note", who, body, version=version, key="k")
    again = either.ask(id, "note", who, body, version=version, key="k")

    assert problem(first, "sensitive-value", 422)["errors"][0]["pointer"] == "/text"
    assert first.json()["version"] == version + 1
    assert first.headers["etag"] == f'"{version + 1}"'
    assert again.json() == first.json()
    assert history(either, id) == [("complaint.value_refused", {"field": "/text", "kind": Kind.SEED_PHRASE})]
    assert either.ask(id, "note", who, {"text": "Without it."}, version=version + 1).status_code == 200


def test_a_case_that_changed_is_told_so_before_its_text_is_looked_at(world: World):
    id, who = world.received(), world.token(Role.HANDLER, "complaints")

    problem(world.ask(id, "note", who, {"text": PHRASE}, version=1), "stale-version", 412)

    assert history(world, id) == []


def test_a_ticket_has_it_on_record_too(world: World):
    id = a_ticket(world, team="complaints")
    who = world.token(Role.HANDLER, "complaints") | {"If-Match": "*"}

    answer = world.client.post(f"/v1/tickets/{id}/note", json={"text": f"Card {CARD}"}, headers=who)

    problem(answer, "sensitive-value", 422)
    assert history(world, id) == [("ticket.value_refused", {"field": "/text", "kind": Kind.CARD_NUMBER})]


def test_each_of_many_is_refused_by_itself(world: World):
    ids, who = [world.received() for _ in range(2)], world.token(Role.HANDLER, "complaints")
    texts = (PHRASE, "Nothing secret.")
    body = {
        "command": "note",
        "items": [{"id": i, "body": {"text": t}} for i, t in zip(ids, texts, strict=True)],
    }

    answers = [
        world.client.post("/v1/complaints/bulk", json=body, headers=who | {"Idempotency-Key": "b"})
        for _ in range(2)
    ]

    assert [[each["status"] for each in answer.json()["results"]] for answer in answers] == [[422, 200]] * 2
    assert answers[0].json()["results"][0]["problem"]["errors"][0]["pointer"] == "/items/0/body/text"
    assert [topic for topic, _ in history(world, ids[0])] == ["complaint.value_refused"]


def test_an_iban_is_kept_and_flagged(world: World):
    id = world.received(details=f"Pay me back to {IBAN}.")
    who = world.token(Role.HANDLER, "complaints")

    answer = world.ask(id, "note", who, {"text": f"Refund goes to {IBAN}."}, tag="*")

    assert answer.status_code == 200
    assert [(topic, facts.get("field")) for topic, facts in history(world, id)] == [
        ("complaint.value_flagged", "/details"),
        ("complaint.noted", None),
        ("complaint.value_flagged", "/text"),
    ]


def test_the_reason_of_an_emergency_is_looked_at_before_the_case(world: World):
    """So that what is answered does not tell whether there is such a case."""
    who = world.token(Role.SUPERVISOR, "payments")

    answers = [
        world.client.post(f"/v1/complaints/{id}/break-glass", json={"reason": PHRASE}, headers=who)
        for id in (world.received(), "C-0000000000*")
    ]

    assert answers[0].json() == answers[1].json()
    assert [each["form"] for each in refusals(world)] == ["break-glass", "break-glass"]


def test_an_auditor_reads_what_was_refused(world: World):
    world.send(details=PHRASE)
    world.settle()

    items = world.get("/v1/log", world.token(Role.AUDITOR), limit=200).json()["items"]

    assert [each["facts"] for each in items if each["topic"] == "intake.value_refused"] == [
        {"form": "complaint", "channel": "web", "field": "/details", "kind": "seed_phrase"}
    ]


@pytest.fixture
def pages(tmp_path: Path, fresh: Path) -> Generator[World]:
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path, pages=True, public_url="https://plaint.example/")
    yield made
    made.close()


def test_the_page_tells_it_at_the_field_and_takes_the_corrected_form(pages: World):
    browser = TestClient(pages.app, base_url="https://plaint.example", headers=HTML)
    filled = {
        "key": "0" * 32,
        "account_email": "someone@example.org",
        "no_account": "true",
        "full_name": "Someone",
        "country": "FR",
        "category": "fees",
        "language": "fr",
    }
    headers = {"Origin": "https://plaint.example"}

    def send(details: str, do: str) -> Any:
        return browser.post(
            "/complain?lang=fr", data=filled | {"details": details, "do": do}, headers=headers
        )

    refused = [send("code 2FA 123456", do) for do in ("review", "send")]

    assert [answer.status_code for answer in refused] == [422, 422]
    assert "Retirez le code ; personne ici n’en demande jamais." in refused[0].text
    assert [each["field"] for each in refusals(pages)] == ["/details", "/details"]
    assert send("Les frais sont faux.", "send").status_code == 201


CANARY = "Hunter2-canary-Zq9"


def test_nothing_of_what_is_refused_is_in_a_file_or_a_log_line(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    id, who = world.received(), world.token(Role.HANDLER, "complaints")
    text = {"text": f"my password is {CANARY}"}

    answers = [
        world.send({"Idempotency-Key": "a"}, details=f"my password is {CANARY}"),
        world.send(details=f"my password is {CANARY}", full_name=CANARY),
        world.ask(id, "note", who, text, tag="*", key="b"),
        world.ask(id, "note", who, text, tag="*", key="b"),
    ]
    world.settle()

    assert [answer.status_code for answer in answers] == [422] * 4
    assert not any(CANARY in answer.text for answer in answers)
    wanted = CANARY.encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if wanted in path.read_bytes()] == []
    printed = capfd.readouterr()
    assert CANARY not in caplog.text + printed.out + printed.err
    # The test can fail: what is accepted in clear is found where it is kept in clear.
    assert any(b"value_refused" in path.read_bytes() for path in files)


def test_an_issue_is_told_no_secret_and_that_is_on_record(either: World):
    who = either.token(Role.SUPERVISOR) | {"If-Match": "*"}
    key = {"Idempotency-Key": "issue"}
    sound = {"title": "Withdrawals stand still", "kind": "theme"}
    first, again = (
        either.client.post("/v1/issues", json=sound | {"title": PHRASE}, headers=who | key) for _ in range(2)
    )
    id = either.client.post("/v1/issues", json=sound, headers=who).json()["id"]
    changed = either.client.post(f"/v1/issues/{id}/change", json={"cause": CARD}, headers=who)
    told = either.client.post(f"/v1/issues/{id}/update-all", json={"text": PHRASE}, headers=who)

    assert problem(first, "sensitive-value", 422)["errors"][0]["pointer"] == "/title"
    assert again.json() == first.json()
    problem(changed, "sensitive-value", 422)
    problem(told, "sensitive-value", 422)
    assert refusals(either) == [
        {"form": "issue", "channel": "api", "field": "/title", "kind": Kind.SEED_PHRASE},
        {"form": "issue", "channel": "api", "field": "/cause", "kind": Kind.CARD_NUMBER},
        {"form": "issue", "channel": "api", "field": "/text", "kind": Kind.SEED_PHRASE},
    ]


def test_a_file_with_a_secret_in_its_name_is_refused_and_nothing_of_it_is_kept(either: World):
    sent = either.send().json()
    who = {"Upload-Token": sent["upload"]["token"], "Idempotency-Key": "files"}
    files = [("file", (name, a_png(), "image/png")) for name in ("a.png", f"{PHRASE}.png")]
    address = f"/v1/complaints/{sent['id']}/attachments"

    first, again = (either.client.post(address, files=files, headers=who) for _ in range(2))

    assert problem(first, "sensitive-value", 422)["errors"] == [
        {"pointer": "/files/1/name", "type": "seed_phrase", "detail": SAFE_PATHS[Kind.SEED_PHRASE]}
    ]
    assert again.json() == first.json()
    assert history(either, sent["id"]) == [
        ("complaint.value_refused", {"field": "/files/1/name", "kind": Kind.SEED_PHRASE})
    ]


def test_why_a_file_is_removed_is_looked_at_too(world: World):
    sent, who = world.send().json(), world.token(Role.HANDLER, "complaints") | {"If-Match": "*"}
    address = f"/v1/complaints/{sent['id']}/attachments"
    added = world.client.post(
        address,
        files=[("file", ("a.png", a_png(), "image/png"))],
        headers={"Upload-Token": sent["upload"]["token"]},
    )
    file = added.json()["files"][0]["id"]

    answer = world.client.request("DELETE", f"{address}/{file}", json={"reason": CARD}, headers=who)

    assert problem(answer, "sensitive-value", 422)["errors"][0]["pointer"] == "/reason"
    assert history(world, sent["id"])[-1] == (
        "complaint.value_refused",
        {"field": "/reason", "kind": Kind.CARD_NUMBER},
    )


@pytest.mark.parametrize(("form", "field"), [("general_request", "description"), ("complaint", "details")])
def test_a_form_that_is_checked_says_what_would_be_refused_and_records_nothing(
    world: World, form: str, field: str
):
    attempt = {"language": "fr", "fields": {field: f"Ma carte : {CARD}"}}

    answer = world.client.post(f"/v1/forms/{form}/check", json=attempt)

    found = [each for each in answer.json()["mistakes"] if each["type"] == "card_number"]
    assert found == [
        {
            "pointer": f"/fields/{field}",
            "type": "card_number",
            "detail": "Retirez le numéro de carte ; ses quatre derniers chiffres suffisent.",
        }
    ]
    assert refusals(world) == []
