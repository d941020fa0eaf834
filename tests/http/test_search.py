"""Search over the API: what is found, page by page, by whom, and what is refused."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
import structlog
from sqlalchemy import text
from starlette.testclient import TestClient

from domain import commands as c
from domain.access import Role, Sensitivity
from domain.reading import Part
from tests.http.test_reads import stored
from tests.http.world import World, problem


def settle(world: World) -> None:
    world.settle()
    world.plaint.search.engine.catch_up()


def found(world: World, who: dict[str, str], path: str = "/v1/search", **query: Any) -> list[tuple[str, Any]]:
    """Return the ids that are found, each with the fields it is found by."""
    answer = world.get(path, who, **query)
    assert answer.status_code == 200, answer.text
    return [(each["id"], each.get("matched")) for each in answer.json()["items"]]


def test_a_case_is_found_by_all_that_is_said_on_it(either: World):
    who = either.token(Role.SUPERVISOR)
    id = either.received(full_name="Zoé Quixote", account_email="quixote@example.org")
    either.ask(id, "note", who, {"text": "Called the bank about fees."}, tag="*")
    settle(either)
    reference = either.get(f"/v1/complaints/{id}", who).json()["reference"]

    for q, matched in {
        reference: ["reference"],
        reference.lower().replace("-", " "): ["reference"],
        f"#{reference.replace('-', '')}.": ["reference"],
        "Quixote@Example.org": ["account_email"],
        "<mailto:quixote@example.org>": ["account_email"],
        "zoe QUIXOTE": ["full_name"],
        "Quixote, Zoé": ["full_name"],
        "aa12n84gabcdefgh": ["account_id"],
        "AA12-N84G-ABCD-EFGH": ["account_id"],
        "withdrawal arriving": ["category", "details"],
        '"the bank" fee': ["notes"],
        "bank withdrawal -unicorn": ["category", "details", "notes"],
    }.items():
        assert found(either, who, q=q) == [(id, matched)], q
    listed = either.get("/v1/complaints", who).json()["items"][0]
    assert either.get("/v1/search", who, q="bank").json() == {
        "items": [listed | {"matched": ["notes"]}],
        "next": None,
    }


def test_lists_are_narrowed_by_what_is_searched(either: World):
    who = either.token(Role.SUPERVISOR)
    ids = [either.received(details=f"{word} and more") for word in ("zeppelin", "balloon", "zeppelin")]
    settle(either)

    assert {id for id, _ in found(either, who, "/v1/complaints", q="zeppelin")} == {ids[0], ids[2]}
    assert found(either, who, "/v1/complaints", q="zeppelin", category="fees") == []
    assert found(either, who, "/v1/tickets", q="zeppelin") == []
    first = either.get("/v1/complaints", who, q="zeppelin", limit=1, sort="-received_at").json()
    second = either.get(first["next"], who).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [ids[2], ids[0]]
    assert second["next"] is None


def test_pages_hold_every_hit_once(either: World):
    who = either.token(Role.SUPERVISOR)
    ids = {either.received(details="zeppelin " * n) for n in (1, 2, 3, 4, 5)}
    settle(either)
    seen, address = list[str](), "/v1/search?q=zeppelin&limit=2"
    while address:
        page = either.get(address, who).json()
        seen += [each["id"] for each in page["items"]]
        address = page["next"]

    assert len(seen) == 5
    assert set(seen) == ids


def test_filters_narrow_a_search(world: World, supervisor: dict[str, str]):
    id = world.received(details="zeppelin")
    settle(world)

    assert found(world, supervisor, q="zeppelin", kind="complaint", team="complaints", status="received")
    for wrong in ({"kind": "ticket"}, {"team": "payments"}, {"status": "closed"}):
        assert found(world, supervisor, q="zeppelin", **wrong) == [], wrong
    # The index has not heard of it yet, and is not believed.
    world.plaint.desk.command(UUID(id), c.Assign(team="payments"), "anna")
    world.settle()
    assert found(world, supervisor, q="zeppelin", team="complaints") == []


def test_rights_hold_before_the_index_has_heard_of_a_change(
    world: World, handler: dict[str, str], stranger: dict[str, str]
):
    id = world.received(details="zeppelin")
    settle(world)
    assert found(world, handler, q="zeppelin") == [(id, ["details"])]
    assert found(world, stranger, q="zeppelin") == []

    world.plaint.desk.command(UUID(id), c.Assign(team="payments"), "anna")
    world.settle()

    assert found(world, handler, q="zeppelin") == []
    assert found(world, handler, "/v1/complaints", q="zeppelin") == []


def test_who_may_not_read_what_is_personal_cannot_search_it(world: World):
    """Nor learn of it by leaving it out."""
    auditor = world.token(Role.AUDITOR)
    id = world.received(details="zeppelin", full_name="Zoé Quixote")
    settle(world)

    for q in ("zeppelin", "Zoé Quixote", "someone@example.org", "someone@example.org withdrawal"):
        assert found(world, auditor, q=q) == [], q
    assert found(world, auditor, q="withdrawal -zeppelin") == [(id, ["category"])]
    problem(world.get("/v1/search", world.token(Role.ADMIN), q="zeppelin"), "forbidden", 403)
    problem(world.get("/v1/search", q="zeppelin"), "unauthenticated", 401)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({}, "q: This is required."),
        ({"q": ""}, "q: Give a word to look for."),
        ({"q": "…!"}, "q: Give a word to look for."),
        ({"q": "-fees"}, "q: Give a word to look for besides those to leave out."),
        ({"q": "f*"}, "q: Give at least 2 letters before the asterisk."),
        ({"q": "fee " * 33}, "q: Give at most 32 words."),
        ({"q": "x" * 10_000}, "q: Give at most 500 characters."),
        ({"q": "fees", "limit": "0"}, "limit: Give 1 or more."),
    ],
)
def test_a_question_that_says_nothing_is_refused_by_name(
    world: World, supervisor: dict[str, str], query: dict[str, str], sentence: str
):
    settle(world)

    for path in ("/v1/search", "/v1/complaints"):
        if path == "/v1/search" or "q" in query:
            assert problem(world.get(path, supervisor, **query), "invalid", 422)["detail"] == sentence


def test_a_cursor_belongs_to_its_question(world: World, supervisor: dict[str, str]):
    for _ in range(2):
        world.received(details="zeppelin balloon")
    settle(world)
    cursor = world.get("/v1/search?q=zeppelin&limit=1", supervisor).json()["next"].rpartition("cursor=")[2]

    problem(world.get(f"/v1/search?q=balloon&cursor={cursor}", supervisor), "invalid", 422)


def test_a_reader_waits_for_what_they_wrote(world: World, supervisor: dict[str, str]):
    sent = world.send(details="zeppelin").json()
    problem(world.get(f"/v1/search?q=zeppelin&after={sent['position']}", supervisor), "not-yet", 503)

    settle(world)

    assert found(world, supervisor, q="zeppelin", after=sent["position"]) == [(sent["id"], ["details"])]


def test_an_index_that_is_not_built_is_told(world: World, supervisor: dict[str, str]):
    """The desk goes on without it, and says how far it is."""
    with world.plaint.search.database.write() as connection:
        connection.execute(text("UPDATE generations SET version = 99"))

    for path in ("/v1/search", "/v1/complaints"):
        said = problem(world.get(path, supervisor, q="zeppelin"), "not-yet", 503)
        assert "search" in said["detail"]
    assert world.get("/readyz").json()["search_lag"] is None


def test_monitoring_is_told_how_far_the_index_is(world: World):
    settle(world)
    world.send()
    world.settle()

    told = TestClient(world.app, client=("127.0.0.1", 1)).get("/metrics").text
    assert world.get("/readyz").json()["search_lag"] == 3
    assert 'plaint_read_model_lag_events{projection="search"} 3\n' in told
    assert 'plaint_read_model_stopped{projection="search"} 0\n' in told


def test_what_is_looked_for_is_not_logged(world: World, supervisor: dict[str, str]):
    with structlog.testing.capture_logs() as said:
        for q in ("zeppelin", "zeppelin*", '-"zeppelin'):
            world.get("/v1/search", supervisor, q=q)

    assert said
    assert "zeppelin" not in str(said)


def test_a_purpose_opens_what_is_kept_closer_to_a_search(world: World):
    who = world.token(Role.COMPLIANCE)
    id = world.received(details="zeppelin")
    restricted = c.SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="x")
    world.plaint.desk.command(UUID(id), restricted, "anna")
    settle(world)

    assert found(world, who, q="zeppelin") == []
    assert found(world, who | {"Purpose": "Sample of May"}, q="zeppelin") == [(id, ["details"])]


def test_what_is_found_for_a_purpose_is_recorded_with_it(world: World):
    """Each case on the page; a search without a purpose, which opens nothing that is personal, leaves no trace."""
    auditor = world.token(Role.AUDITOR)
    ids = [UUID(world.received(details="zeppelin")) for _ in range(2)]
    world.received(details="balloon")
    settle(world)

    found(world, auditor, q="withdrawal")
    found(world, auditor | {"Purpose": "Nothing to be found"}, q="gondola")
    before = stored(world)
    hits = found(world, auditor | {"Purpose": "Sample of May"}, q="zeppelin")

    assert before == []
    assert {UUID(id) for id, _ in hits} == set(ids)
    assert [(each.originator_id, each.part) for each in stored(world)] == [
        (UUID(id), Part.SEARCH) for id, _ in hits
    ]
    world.later(seconds=1)
    (told,) = world.get("/v1/reads", auditor | {"Purpose": "Check"}, case=str(ids[0])).json()["items"]
    assert (told["part"], told["purpose"]) == ("search", "Sample of May")


def test_a_cursor_shows_nothing_of_its_place(world: World, supervisor: dict[str, str]):
    ids = [UUID(world.received(details="zeppelin")) for _ in range(2)]
    settle(world)
    for path in ("/v1/search", "/v1/complaints"):
        cursor = world.get(f"{path}?q=zeppelin&limit=1", supervisor).json()["next"].rpartition("cursor=")[2]
        raw = urlsafe_b64decode(unquote(cursor))
        assert not any(id.bytes in raw for id in ids)
