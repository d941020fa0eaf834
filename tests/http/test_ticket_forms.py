"""Requests through forms: read, checked, sent, kept under the version of the form, and refused in words."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from adapters.forms import Library, shipped_forms
from adapters.http.limits import Rates
from domain.access import Role
from domain.forms import FormError
from tests.http.form_files import CLOSE, RESET, german, write
from tests.http.world import World, pointers, problem

FIELDS: dict[str, Any] = {"account_email": "someone@example.org", "subject": "Lost word"}
SENT: dict[str, Any] = {
    "form": "reset",
    "language": "en",
    "contact_email": "contact@example.org",
    "fields": FIELDS,
}


@pytest.fixture(scope="session")
def with_forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store of a firm with forms of its own, to be copied."""
    folder = tmp_path_factory.mktemp("with-forms")
    write(folder, reset=RESET, close_account=CLOSE)
    World(folder).close()
    return folder


@pytest.fixture
def desk(with_forms: Path, tmp_path: Path) -> Generator[World]:
    shutil.copytree(with_forms, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path)
    yield made
    made.close()


def send(world: World, who: dict[str, str] | None = None, **changes: Any) -> Any:
    """Send the form changed by *changes*; those of ``fields`` are added to its fields."""
    fields = FIELDS | changes.pop("fields", {})
    return world.client.post("/v1/tickets", json=SENT | {"fields": fields} | changes, headers=who)


def told(answer: Any) -> list[tuple[str, str, str]]:
    """Return the mistakes of a refusal."""
    return [(each["pointer"], each["type"], each["detail"]) for each in answer.json()["errors"]]


def test_a_form_is_sent_without_a_token_and_answered_with_a_number_and_a_copy(either: World):
    write(either.settings.data, reset=RESET)
    either.plaint.migrate()

    answer = send(either, fields={"country": "US", "seen": "2026-05-21", "device": "Old phone"})

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body == {
        "id": body["id"],
        "reference": body["reference"],
        "version": 3,
        "position": either.plaint.store.position_of(UUID(body["id"])),
        "form": "reset",
        "form_version": "1",
        "title": "Reset",
        "afterwards": ["Look into your mailbox."],
        "advice": [
            {"id": "spam", "text": "Look into the spam folder too.", "confirm": False, "stops": False}
        ],
        "notices": [{"id": "slow", "text": "Slower than usual."}],
        "never_asked": body["never_asked"],
        "sent": SENT | {"fields": FIELDS | {"country": "US", "seen": "2026-05-21", "device": "Old phone"}},
        "awaiting_files": False,
        "files": [],
        "upload": {
            "url": f"/v1/tickets/{body['id']}/attachments",
            "token": body["upload"]["token"],
            "expires_at": "2026-05-22T17:00:00Z",
            "most": 5,
            "required": False,
        },
    }
    assert body["reference"].startswith("T-")
    assert body["never_asked"].startswith("We never ask for a password")
    assert answer.headers["location"] == f"/v1/tickets/{body['id']}"
    assert answer.headers["etag"] == '"3"'


def test_the_ticket_keeps_what_was_answered_and_pins_the_form(desk: World):
    supervisor = desk.token(Role.SUPERVISOR)
    id = send(desk, fields={"country": "US", "seen": "2026-05-21", "device": "Old phone"}).json()["id"]
    desk.settle()

    ticket = desk.get(f"/v1/tickets/{id}", supervisor).json()

    assert ticket["submission"] == {
        "form": "reset",
        "form_version": "1",
        "privacy_notice": "1",
        "channel": "web",
        "language": "en",
        "legal_entity": "main",
        "team": "complaints",
        "category": "account_access",
        "severity": "high",
        "contact_email": "contact@example.org",
        "account_email": "someone@example.org",
        "subject": "Lost word",
        "fields": {"country": "US", "device": "Old phone"},
        "chosen": {"seen": "2026-05-21"},
    }
    assert (ticket["category"], ticket["severity"], ticket["team"]) == (
        "account_access",
        "high",
        "complaints",
    )
    assert [(each["regime"], each["milestone"]) for each in ticket["clocks"]] == [
        ("house", "acknowledgement"),
        ("house", "decision"),
    ]


def test_what_a_person_answered_is_sealed_in_the_log(desk: World):
    send(desk, fields={"device": "Grandmother's phone", "description": "Someone Somewhere wrote this."})

    stored = b"".join(path.read_bytes() for path in desk.settings.data.glob("*.db*"))

    assert b"close_account" in stored
    for secret in (b"Grandmother", b"Somewhere wrote", b"contact@example", b"someone@example"):
        assert secret not in stored


def test_the_same_request_again_opens_no_second_ticket(desk: World):
    first, again = (send(desk, {"Idempotency-Key": "k"}) for _ in range(2))

    assert (again.status_code, again.json()) == (201, first.json())
    other = send(desk, {"Idempotency-Key": "k"}, language="fr")
    assert problem(other, "key-reused", 422)


@pytest.mark.parametrize(
    ("changes", "mistakes"),
    [
        (
            {"fields": {"subject": "", "age": 5, "seen": "21/05/2026"}},
            [
                ("/fields/age", "unknown", "The form has no such field; leave it out."),
                ("/fields/subject", "missing", "This is required."),
                ("/fields/seen", "date", "Enter a date such as 2026-05-22."),
            ],
        ),
        (
            {"fields": {"seen": "2026-05-23"}, "language": "fr-CA"},
            [("/fields/seen", "not_in_future", "Donnez un jour déjà venu.")],
        ),
        (
            {"fields": {"parent": "T-00000000000"}},
            [
                (
                    "/fields/parent",
                    "no_parent",
                    "There is no case of that number here; check it, or leave it out.",
                )
            ],
        ),
        (
            {"form_version": "0"},
            [
                (
                    "/form_version",
                    "form_changed",
                    "The form has changed since you read it; read it again, then send what it asks for.",
                )
            ],
        ),
        ({"form": "complaint"}, [("/form", "complaint", "Send a complaint to POST /v1/complaints.")]),
        (
            {"form": "shared"},
            [("/form", "unknown", "There is no such form; GET /v1/forms lists those that there are.")],
        ),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_stored(
    desk: World, changes: dict[str, Any], mistakes: list[tuple[str, str, str]]
):
    before = desk.plaint.store.ends()

    refused = send(desk, **changes)

    assert (refused.status_code, told(refused)) == (422, mistakes)
    assert desk.plaint.store.ends() == before


@pytest.mark.parametrize("missing", ["form", "language", "contact_email"])
def test_what_every_request_says_is_required(desk: World, missing: str):
    body = {name: value for name, value in SENT.items() if name != missing}

    refused = desk.client.post("/v1/tickets", json=body)

    assert (refused.status_code, pointers(refused)) == (422, [f"/{missing}"])


def test_a_form_that_asks_for_it_is_sent_signed_in(desk: World):
    """A handler may send it for a customer; a team that nobody has loses no request."""
    closing = {"form": "close_account", "fields": {"sure": True}}
    body = SENT | closing

    refused = desk.client.post("/v1/tickets", json=body)
    assert problem(refused, "unauthenticated", 401)["detail"] == "Sign in to send this form."
    answer = desk.client.post("/v1/tickets", json=body, headers=desk.token(Role.HANDLER, "complaints"))
    assert answer.status_code == 201, answer.text
    desk.settle()
    ticket = desk.get(f"/v1/tickets/{answer.json()['id']}", desk.token(Role.SUPERVISOR)).json()
    assert ticket["team"] == "complaints"


def test_a_request_names_the_case_that_it_belongs_to(desk: World):
    first = send(desk).json()
    desk.settle()

    second = send(desk, fields={"parent": first["reference"].lower()}, confirmed=["again"]).json()
    desk.settle()

    ticket = desk.get(f"/v1/tickets/{second['id']}", desk.token(Role.SUPERVISOR)).json()
    assert ticket["submission"]["parent"] == first["id"]


def test_a_second_request_for_the_same_account_has_to_be_confirmed(desk: World):
    """Within the hours of the form, for the same account alone, and never twice."""
    first = send(desk)
    desk.plaint.search.prepare()
    desk.plaint.search.engine.catch_up()

    again = send(desk)
    assert (first.status_code, told(again)) == (
        201,
        [("/confirmed", "again", "You have just asked; wait, or confirm.")],
    )
    assert send(desk, fields={"account_email": "another@example.org"}).status_code == 201
    assert send(desk, confirmed=["again"]).status_code == 201
    desk.later(hours=13)
    assert send(desk).status_code == 201


def test_new_tickets_without_a_token_are_limited(with_forms: Path, tmp_path: Path):
    shutil.copytree(with_forms, tmp_path, dirs_exist_ok=True)
    world = World(tmp_path, rates=Rates(new_cases=1))

    statuses = [send(world, confirmed=["again"]).status_code for _ in range(2)]
    world.close()

    assert statuses == [201, 429]


def test_a_form_is_read_with_its_schema_and_its_labels(desk: World):
    form = desk.get("/v1/forms/reset", lang="fr", region="US").json()

    assert {name: form[name] for name in ("id", "version", "kind", "title", "sign_in")} == {
        "id": "reset",
        "version": "1",
        "kind": "ticket",
        "title": "Réinitialisation",
        "sign_in": False,
    }
    assert form["notices"] == [{"id": "slow", "text": "Plus lent que d’habitude."}]
    assert form["attachments"] == {"most": 5, "most_signed_in": 10, "required": False}
    assert form["labels"]["seen"] == {"kind": "date", "label": "Quand"}
    Draft202012Validator.check_schema(form["schema"])
    assert form["schema"]["properties"]["seen"] == {"title": "Quand", "type": "string", "format": "date"}
    assert form["schema"]["x-rules"] == [
        {"id": "past", "rule": "not_in_future", "fields": ["seen"], "message": "Donnez un jour déjà venu."}
    ]
    assert desk.get("/v1/forms/reset", region="FR").json()["notices"] == []
    listed = [each["id"] for each in desk.get("/v1/forms").json()["items"]]
    assert listed == sorted({*shipped_forms(), "reset"})


def test_an_earlier_version_of_a_form_stays_readable(desk: World):
    """A changed text needs a new version; the old one is read as it was."""
    write(desk.settings.data, reset=RESET.replace('"Reset"', '"Anew"'))
    with pytest.raises(FormError, match=r"reset\.toml: version: That version of the form is loaded"):
        desk.plaint.migrate()

    changed = RESET.replace('"Reset"', '"Anew"').replace('version = "1"', 'version = "2"')
    write(desk.settings.data, reset=changed)
    desk.plaint.migrate()

    answers = [desk.get("/v1/forms/reset"), desk.get("/v1/forms/reset", version="1")]
    titles = [answer.json()["title"] for answer in answers]
    assert titles == ["Anew", "Reset"]
    detail = problem(desk.get("/v1/forms/reset", version="9"), "not-found", 404)["detail"]
    assert detail == "That version of the form was never in force; leave it out to read the one that is."


def test_a_form_is_checked_before_it_is_sent_and_nothing_is_stored(desk: World):
    before = desk.plaint.store.ends()
    fields = {"country": "US", "seen": "2026-06-01", "account_email": "someone@example.org", "subject": "x"}

    answer = desk.client.post("/v1/forms/reset/check", json={"language": "fr", "fields": fields})

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "mistakes": [
                {"pointer": "/fields/seen", "type": "not_in_future", "detail": "Donnez un jour déjà venu."}
            ],
            "advice": [
                {
                    "id": "spam",
                    "text": "Regardez aussi les indésirables.",
                    "confirm": False,
                    "stops": False,
                }
            ],
            "notices": [{"id": "slow", "text": "Plus lent que d’habitude."}],
        },
    )
    assert desk.plaint.store.ends() == before


def test_the_complaint_form_is_checked_in_its_own_words(desk: World):
    answer = desk.client.post("/v1/forms/complaint/check", json={"fields": {"country": "XX", "b": 1}})

    found = {each["pointer"]: each["detail"] for each in answer.json()["mistakes"]}
    assert found["/fields/country"] == "Choose a country from the list."
    assert found["/fields/full_name"] == "Enter your full name."
    assert found["/fields/b"] == "This is unknown; leave it out."


def test_a_language_is_added_by_a_file_and_a_submission_pins_what_was_seen(desk: World):
    """German is spoken once the whole form is said in it; what was seen stays readable as it was."""
    write(desk.settings.data, **german())
    desk.plaint.migrate()
    desk.plaint.forms = Library(desk.plaint.store)
    asked = desk.client.get("/v1/forms/reset", headers={"Accept-Language": "de-AT, fr;q=0.5"})
    sent = send(desk, language="de-AT")
    write(
        desk.settings.data,
        **{"reset.de": german("2")["reset.de"].replace('title = "Deutsch"', 'title = "Neu"')},
    )
    desk.plaint.migrate()
    desk.plaint.forms = Library(desk.plaint.store)

    assert (asked.headers["content-language"], asked.json()["title"]) == ("de", "Deutsch")
    assert (asked.json()["seen"], asked.json()["languages"]) == ("1~de.1", ["en", "fr", "de"])
    assert (sent.status_code, sent.json()["form_version"], sent.json()["title"]) == (201, "1~de.1", "Deutsch")
    assert desk.get("/v1/forms/reset", lang="de").json()["title"] == "Neu"
    seen = desk.get("/v1/forms/reset", version="1~de.1").json()
    assert (seen["language"], seen["title"], seen["seen"]) == ("de", "Deutsch", "1~de.1")
    problem(desk.get("/v1/forms/reset", version="1~de.9"), "not-found", 404)
    mistakes = send(desk, language="de", fields={"seen": "2026-06-01"})
    assert told(mistakes) == [("/fields/seen", "not_in_future", "Deutsch")]


def test_a_language_that_is_spoken_in_part_is_not_offered(desk: World):
    """A form half in one language and half in another tells nobody what they agree to."""
    part = german()["reset.de"].replace('title = "Deutsch"', "")
    write(desk.settings.data, **german() | {"reset.de": part})
    desk.plaint.migrate()
    desk.plaint.forms = Library(desk.plaint.store)

    answer = desk.client.get("/v1/forms/reset", headers={"Accept-Language": "de, fr;q=0.5"})

    assert (answer.headers["content-language"], answer.json()["languages"]) == ("fr", ["en", "fr"])
