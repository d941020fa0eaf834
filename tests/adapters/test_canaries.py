"""No clear personal text is in any file or table: every personal field is filled with a word to look for."""

from __future__ import annotations

import csv
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from adapters.database import Database
from adapters.eventstore.mapper import EventMapper
from adapters.importers import cfpb
from adapters.importers.run import import_file
from adapters.reading.log import Asked
from adapters.search.words import folded
from adapters.views.rebuilding import rebuild
from domain import commands as c
from domain.access import Role, Scope, Sensitivity
from domain.catalogue import EVENTS
from domain.clocks import ClockPaused, ClockRetargeted, clock_id
from domain.complaint import Complaint
from domain.directory import User, user_id
from domain.directory.orders import AddUser, ChangeUser, Impersonate
from domain.kernel import Event
from domain.privacy import Path as Place
from domain.privacy import kept_fields
from domain.webhook_commands import ChangeWithin, RotateTo
from domain.webhooks import Terms, Webhook
from tests.adapters import canary_complaints, canary_tickets
from tests.http.filing import put_file
from tests.http.world import World

FORM: dict[str, Any] = {
    "account_email": "canary-email@example.org",
    "account_id": "canary-account",
    "full_name": "canary-name",
    "details": "canary-details",
    "desired_outcome": "canary-wish",
    "related_tickets": ["canary-ticket"],
    "people_involved": ["canary-witness"],
}
TAKEN_DOWN: dict[str, Any] = {
    "complainant": {"client_reference": "canary-client", "address": {"street": "canary-street"}},
    "dealings": {"wallets": ["canary-wallet"], "damage": "canary-damage"},
    "evidence_note": "canary-evidence",
}
TAKEN_WORDS = ("canary-client", "canary-street", "canary-wallet", "canary-damage", "canary-evidence")
CARE = ("canary-care", "canary-lifted")
"""What is never searched."""
ROW = {
    "complaint_id": "1",
    "date_received": "2023-08-01",
    "product": "Mortgage",
    "narrative": "canary-narrative",
    "state": "canary-state",
    "zip_code": "canary-zip",
    "tags": "canary-tags",
    "submitted_via": "Web",
    "company_response": "In progress",
}
STAFF = ("canary-staff", "canary-staff-email", "canary-staff-renamed", "canary-staff-moved")
HOOK = ("hook", "hook-secret", "hook-about", "hook-moved", "hook-changed", "hook-rotated")
LIFE: tuple[tuple[c.Command, ...], ...] = (
    (
        c.Triage(category="fees", severity="high", admissible=True, reason="canary-triage"),
        c.Investigate(),
        c.RecordStep(kind="other", summary="canary-step"),
        c.RequestInformation(text="canary-question"),
        c.SupplyInformation(text="canary-answer"),
        c.SendUpdate(text="canary-update"),
        c.SendUpdate(text="canary-delay", kind="delay_notice"),
        c.SendUpdate(text="canary-holding", kind="holding_reply"),
        c.Escalate(reason="canary-escalation"),
        c.Note(text="canary-note"),
        c.Resolve(outcome="upheld", reasons="canary-decision"),
        c.Reopen(reason="canary-reopened"),
        c.Withdraw(reason="canary-withdrawn"),
    ),
    (
        c.Redirect(reason="canary-redirected"),
        c.SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="canary-sensitivity"),
    ),
    (c.Triage(category="fees", severity="low", admissible=False, reason="canary-inadmissible"),),
    (
        c.AddRepresentative(name="canary-lawyer", power_of_attorney="canary-deed"),
        c.RemoveRepresentative(number=1, reason="canary-mandate"),
        c.FlagVulnerability(how_known=CARE[0], driver="health"),
        c.LiftVulnerability(reason=CARE[1]),
        c.Triage(
            category="fees",
            severity="low",
            admissible=True,
            in_scope_regimes=("house",),
            scope_reason="canary-scope",
        ),
    ),
)


OF_NO_CASE = {
    *("canary-rejected", "canary-purpose", "canary-impersonation", *CARE),
    *(*(f"canary-{each}" for each in HOOK), *STAFF, *canary_complaints.ISSUE),
}
"""What is said on no case, so that no case is found by it."""


def canaries() -> set[str]:
    """Return every word to look for."""
    said = [
        *(text for each in FORM.values() for text in ([each] if isinstance(each, str) else each)),
        *(text for text in ROW.values() if text.startswith("canary")),
        *(
            str(value)
            for life in LIFE
            for command in life
            for value in command.model_dump().values()
            if str(value).startswith("canary")
        ),
        *TAKEN_WORDS,
        *(*STAFF, "canary-impersonation"),
        *("canary-paused", "canary-retargeted", "canary-proposed", "canary-excused", "canary-rejected"),
        *(*canary_tickets.WORDS, *canary_complaints.WORDS, *canary_complaints.ISSUE),
        *("canary-emergency", "canary-purpose"),
        *(f"canary-{each}" for each in HOOK),
    ]
    return set(said)


def spellings(word: str) -> Iterator[bytes]:
    """Yield *word* in clear, in hexadecimal, and as it stands within base64 wherever it begins."""
    plain = word.encode()
    yield from (plain, plain.hex().encode(), plain.hex().upper().encode())
    for before in range(3):
        coded = b64encode(b"\0" * before + plain)
        yield coded[4 if before else 0 : -4]


def found(haystack: Iterable[tuple[str, bytes]], words: set[str]) -> dict[str, set[str]]:
    """Return the words that are somewhere, each with the places."""
    places: dict[str, set[str]] = {}
    for place, content in haystack:
        for word in words:
            if any(each in content for each in spellings(word)):
                places.setdefault(word, set()).add(place)
    return places


def everything(folder: Path, url: str | None, said: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the data directory, every row of every table of PostgreSQL, and all that was printed."""
    yield "output", said.encode()
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    if url is None:
        return
    database = Database(url)
    with database.read() as connection:
        tables = connection.execute(
            text(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            )
        ).all()
        assert {"public", "vault", "log_00", "log_reads"} <= {schema for schema, _ in tables}
        for schema, table in tables:
            rows = connection.execute(text(f'SELECT each::text FROM "{schema}"."{table}" AS each'))
            yield f"{schema}.{table}", "\n".join(rows.scalars()).encode()
    database.close()


def live(world: World, outside: Path) -> None:
    """Give every personal field of every event a value."""
    supervisor, other = world.token(Role.SUPERVISOR), world.token(Role.SUPERVISOR)
    plaint, numbers = world.plaint, count()
    for life in LIFE:
        id = world.received(**FORM)
        for command in life:
            body = command.model_dump(mode="json", exclude_none=True)
            answer = world.ask(id, command.NAME, supervisor, body, tag="*", key=f"{id}-{next(numbers)}")
            assert answer.status_code in {200, 422}, answer.text
            if answer.status_code == 422:
                plaint.desk.command(UUID(id), command, "anna")
    assert world.send(supervisor, **FORM, **TAKEN_DOWN).status_code == 201
    id = world.received(**FORM)
    clock = str(clock_id(UUID(id), "house", "acknowledgement", 1))
    stand_still(world, UUID(id), UUID(clock))
    world.later(days=30)
    plaint.deadlines.tick()
    for who, word in ((supervisor, "canary-proposed"), (other, "canary-excused")):
        excuse = {"clock": clock, "reason_code": "third_party", "reason": word}
        assert world.ask(id, "excuse-miss", who, excuse, tag="*").status_code == 200
    world.ask(id, "note", supervisor, {"text": "canary-rejected", "surprise": "canary-rejected"}, tag="*")
    stranger = world.token(Role.HANDLER, "payments")
    emergency = world.ask(id, "break-glass", stranger, {"reason": "canary-emergency"})
    assert emergency.status_code == 200, emergency.text
    hooks(world)
    imports(world, outside)
    files(world)
    canary_complaints.live(world, **FORM)
    canary_tickets.live(world, outside.with_stem("tickets"))
    staff(world)
    world.settle()
    answer = world.get("/v1/log", world.token(Role.AUDITOR) | {"Purpose": "canary-purpose"}, limit=200)
    assert "canary-" in answer.text
    for path in ("", "/history"):
        reader = supervisor | {"Purpose": "canary-purpose"}
        assert "canary-" in world.get(f"/v1/complaints/{id}{path}", reader).text
    rebuild(plaint.views)
    plaint.search.engine.catch_up()


def hooks(world: World) -> None:
    """Add a webhook, move it, and give it another secret."""
    plaint, grant = world.plaint, Scope(teams=None)
    url, secret, about, moved, changed, rotated = (f"canary-{each}" for each in HOOK)
    webhook = Webhook(plaint.desk.fresh_id(world.now))
    terms = Terms(topics=("*",))
    webhook.add(
        f"https://example.org/{url}", terms, secret, plaint.desk.context("anna"), grant, description=about
    )
    plaint.store.append(webhook)
    orders = (
        ChangeWithin(grant=grant, url=f"https://example.org/{moved}", description=changed),
        RotateTo(secret=rotated),
    )
    for order in orders:
        plaint.desk.command(webhook.id, order, "anna", kind=Webhook)
    plaint.outbox.follower.follow()


def stand_still(world: World, id: UUID, clock: UUID) -> None:
    """Record what no shipped regime allows: a pause by hand, and a change of the promise, with reasons."""
    plaint = world.plaint
    complaint = plaint.store.load(Complaint, id)
    assert complaint is not None
    running = complaint.clocks[clock]
    by = plaint.desk.context("anna")
    complaint.record(ClockPaused, by, clock_id=UUID(int=1), reason="canary-paused")
    complaint.record(
        ClockRetargeted,
        by,
        clock_id=UUID(int=1),
        cause="calendar",
        reason="canary-retargeted",
        version=running.version,
        calendar=running.calendar,
        calendar_version=running.calendar_version,
        started_at=running.started_at,
        old_due_date=running.due_date,
        old_due_before=running.due_before,
        due_date=running.due_date,
        due_before=running.due_before,
    )
    plaint.store.append(complaint)


def staff(world: World) -> None:
    """Add a user, change what is personal of them, and act as them for a reason."""
    plaint, anna = world.plaint, user_id("anna")
    names: dict[str, Any] = {"name": "canary-staff", "email": "canary-staff-email"}
    plaint.desk.command(
        anna, AddUser(login="anna", role=Role.HANDLER, **names), "admin", kind=User, begins=True
    )
    names = {"name": "canary-staff-renamed", "email": "canary-staff-moved"}
    for order in (ChangeUser(**names), Impersonate(reason="canary-impersonation")):
        plaint.desk.command(anna, order, "admin", kind=User)
    world.settle()
    shown = world.get("/v1/users/anna", world.token(Role.ADMIN)).json()
    assert {name: shown[name] for name in names} == names


def files(world: World) -> None:
    """Let a case have a file, and have it removed; what files hold is looked for where they are tested."""
    case = UUID(world.received(**FORM))
    file = put_file(world, case)
    found = world.plaint.store.load(Complaint, case, opened=False)
    assert found is not None
    world.plaint.attachments.files.remove(found, file, "It shows somebody else.", "setup")


def imports(world: World, outside: Path) -> None:
    """Import a row that is good and one that is not."""
    with outside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(cfpb.COLUMNS)
        for row in (ROW, ROW | {"complaint_id": "2", "date_received": "canary-rejected"}):
            writer.writerow([row.get(name, "") for name in cfpb.COLUMNS])
    assert import_file(world.plaint, outside).rejected == 1


def said_by(world: World) -> set[tuple[str, Place]]:
    """Return every personal field that some stored event says something in."""
    readings = world.plaint.readings.log.find(Asked(), limit=100)
    events = [event for _, event in world.plaint.store.everything()]
    return {
        (event.TOPIC, path)
        for event in [*events, *(each.event for each in readings if each.event)]
        for path in kept_fields(type(event))
        if _value(event, path)
    }


def _value(event: Any, path: Place) -> Any:
    for name in path:
        event = event and getattr(event, name)
    return event


def as_it_is(_mapper: EventMapper, event: Event, _values: object) -> Event:
    return event


@pytest.fixture
def url(database_url: str) -> str | None:
    return None if database_url.startswith("sqlite") else database_url


def a_world(folder: Path, url: str | None, monkeypatch: pytest.MonkeyPatch) -> World:
    if url is not None:
        monkeypatch.setenv("PLAINT_VAULT_URL", url)
    return World(folder, url)


def test_no_personal_text_is_stored_or_printed_in_clear_but_in_the_search_index(
    tmp_path: Path, url: str | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """As the index folds them: every text that was opened stands there, and nobody else has learned them from it.

    Addresses, accounts and names are hashed there too.
    """
    folder = tmp_path / "data"
    world = a_world(folder, url, monkeypatch)
    try:
        live(world, tmp_path / "register.csv")
        assert said_by(world) == {(each.TOPIC, path) for each in EVENTS for path in kept_fields(each)}
        held = list(everything(folder, url, "".join(capfd.readouterr())))
    finally:
        world.close()
    assert found(held, canaries()) == {}
    where = found(held, set(map(folded, canaries())))
    named = {"canary-name", "canary-true-name", "canary-witness"}
    hashed = named | {"canary-email@example.org", "canary-account", "canary-ticket"}
    assert set(where) == {folded(each) for each in canaries() - hashed - OF_NO_CASE}
    places = {place for each in where.values() for place in each}
    assert places <= ({"search.words"} if url else {"search.db", "search.db-wal"})


def test_the_same_search_finds_what_was_not_sealed(
    tmp_path: Path, url: str | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """In the log and in the read models, where it stands in bytes and in text."""
    monkeypatch.setattr(EventMapper, "_sealed", as_it_is)
    folder = tmp_path / "data"
    world = a_world(folder, url, monkeypatch)
    try:
        live(world, tmp_path / "register.csv")
        where = found(everything(folder, url, "".join(capfd.readouterr())), canaries())
    finally:
        world.close()
    assert set(where) == canaries() - {"canary-rejected"}
    places = {re.sub(r"^log_[0-9a-f]{2}", "log", each) for each in where["canary-details"]}
    wanted = {"log.events", "public.case_files"} if url else {"log.db-wal", "views.db-wal"}
    assert wanted <= places


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_the_search_knows_a_word_in_every_spelling(before: str):
    hidden = (before + "canary-note" + "x" * 7).encode()

    for coded in (hidden, hidden.hex().encode(), b64encode(hidden)):
        assert found([("here", coded)], {"canary-note"}) == {"canary-note": {"here"}}
