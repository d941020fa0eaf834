"""The directory over HTTP: who may change it, who sees what of it, and whom a case can be given to."""

from __future__ import annotations

from typing import Any

import pytest

from domain.access import Role
from tests.http.staffing import Headers, add, post, token_of
from tests.http.world import World, pointers, problem


def items(world: World, path: str, who: Headers, **query: Any) -> list[dict[str, Any]]:
    answer = world.get(path, who, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_store_begins_with_its_default_team_and_its_legal_entity(either: World):
    admin = either.token(Role.ADMIN)

    assert [(each["name"], each["legal_entity"]) for each in items(either, "/v1/teams", admin)] == [
        ("complaints", "main")
    ]
    assert [each["code"] for each in items(either, "/v1/legal-entities", admin)] == ["main"]


def test_a_user_is_added_read_and_changed(either: World):
    admin = either.token(Role.ADMIN)
    added = add(either, admin, "anna", email="anna@example.org")

    shown = either.get(added.headers["location"], admin)
    assert shown.headers["etag"] == added.headers["etag"] == '"1"'
    facts = shown.json()
    assert (facts["login"], facts["assignee"], facts["name"], facts["email"], facts["status"]) == (
        "anna",
        "user:anna",
        "Anna Example",
        "anna@example.org",
        "active",
    )

    changed = post(either, "/v1/users/anna/change", admin, {"role": "supervisor"}, if_match='"1"')
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert either.get("/v1/users/anna", admin).json()["role"] == "supervisor"
    stale = post(either, "/v1/users/anna/change", admin, {"role": "handler"}, if_match='"1"')
    assert problem(stale, "stale-version", 412)["version"] == 2
    unversioned = post(either, "/v1/users/anna/change", admin, {"role": "handler"})
    assert problem(unversioned, "version-required", 428)


def test_null_takes_away_what_may_be_missing_and_what_is_left_out_stays(world: World, admin: Headers):
    add(world, admin, "anna", email="anna@example.org", capacity=3)
    post(world, "/v1/teams", admin, {"name": "second-line"})
    ladder = [{"level": 1, "team": "second-line"}]
    post(world, "/v1/teams", admin, {"name": "payments", "title": "Payments", "escalates_to": ladder})

    post(world, "/v1/users/anna/change", admin, {"capacity": None, "skills": ["fees"]}, if_match="*")
    shown = world.get("/v1/users/anna", admin).json()
    assert (shown["capacity"], shown["email"], shown["skills"]) == (None, "anna@example.org", ["fees"])
    nameless = post(world, "/v1/users/anna/change", admin, {"name": None, "capacity": 1}, if_match="*")
    assert (nameless.status_code, pointers(nameless)) == (422, ["/name"])

    post(world, "/v1/teams/payments/change", admin, {"title": None}, if_match="*")
    team = world.get("/v1/teams/payments", admin).json()
    assert (team["title"], team["escalates_to"]) == (None, ladder)
    nowhere = {"escalates_to": [{"level": 1, "team": "nowhere"}]}
    refused = post(world, "/v1/teams/payments/change", admin, nowhere, if_match="*")
    assert (refused.status_code, pointers(refused)) == (422, ["/escalates_to"])
    post(world, "/v1/teams/payments/change", admin, {"escalates_to": None}, if_match="*")
    assert world.get("/v1/teams/payments", admin).json()["escalates_to"] is None


def test_a_repeated_request_gets_the_first_answer_and_adds_nobody(world: World, admin: Headers):
    body = {"login": "anna", "name": "Anna Example", "role": "handler"}
    first = post(world, "/v1/users", admin, body, idempotency_key="k")

    assert post(world, "/v1/users", admin, body, idempotency_key="k").json() == first.json()
    assert problem(post(world, "/v1/users", admin, body), "conflict", 409)
    other = post(world, "/v1/users", admin, body | {"login": "ben"}, idempotency_key="k")
    assert problem(other, "key-reused", 422)


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"teams": ["nowhere"]}, "/teams"),
        ({"legal_entities": ["nowhere"]}, "/legal_entities"),
        ({"role": "complainant"}, "/role"),
        ({"login": "Anna@example.org"}, "/login"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_the_directory_lacks_is_refused_where_it_stands(
    world: World, admin: Headers, facts: dict[str, Any], pointer: str
):
    body = {"login": "anna", "name": "Anna Example", "role": "handler"} | facts
    answer = post(world, "/v1/users", admin, body)

    assert answer.status_code == 422
    assert pointers(answer) == [pointer]


def test_only_who_manages_the_staff_changes_it_and_sees_addresses(world: World, admin: Headers):
    add(world, admin, "anna", email="anna@example.org")
    post(world, "/v1/teams", admin, {"name": "payments"})
    add(world, admin, "ben", teams=["payments"], email="ben@example.org")

    seen = {
        role: [each["login"] for each in items(world, "/v1/users", world.token(role))]
        for role in Role
        if role is not Role.COMPLAINANT
    }

    everybody = ["anna", "ben"]
    assert seen == dict.fromkeys(seen, everybody) | {Role.HANDLER: ["anna"]}
    for role in set(seen) - {Role.ADMIN}:
        who = world.token(role)
        assert "example.org" not in world.get("/v1/users", who).text
        assert "email" not in world.get("/v1/users/anna", who).json()
        assert [each["name"] for each in items(world, "/v1/teams", who)] == ["complaints", "payments"]
        for path in ("/v1/users", "/v1/teams", "/v1/legal-entities", "/v1/tokens", "/v1/users/anna/leave"):
            assert problem(post(world, path, who, {}), "forbidden", 403)
    assert problem(world.get("/v1/users/ben", world.token(Role.HANDLER)), "not-found", 404)
    assert problem(world.get("/v1/users"), "unauthenticated", 401)
    assert problem(world.get("/v1/users", world.token(Role.COMPLAINANT)), "forbidden", 403)


def test_lists_go_on_by_a_cursor(world: World, admin: Headers):
    for login in ("anna", "ben", "cleo"):
        add(world, admin, login)
        world.later(seconds=1)

    first = world.get("/v1/users", admin, limit=2).json()
    second = world.get(first["next"], admin).json()

    assert [[each["login"] for each in page["items"]] for page in (first, second)] == [
        ["anna", "ben"],
        ["cleo"],
    ]
    assert second["next"] is None
    foreign = world.get(first["next"].replace("/v1/users", "/v1/teams"), admin)
    assert pointers(foreign) == ["cursor"]


def test_nothing_personal_of_a_user_is_stored_in_clear(world: World, admin: Headers):
    add(world, admin, "anna", name="Nobody Elsewhere", email="nobody@example.org")

    for file in world.settings.data.iterdir():
        if file.is_file():
            assert b"Elsewhere" not in file.read_bytes(), file.name


def test_a_team_with_open_cases_is_not_closed_and_a_closed_one_gets_none(world: World, admin: Headers):
    supervisor = world.token(Role.SUPERVISOR)
    assert post(world, "/v1/teams", admin, {"name": "payments"}).status_code == 201
    id = world.received()
    world.ask(id, "assign", supervisor, {"team": "payments"}, tag="*")

    refused = post(world, "/v1/teams/payments/close", admin, if_match="*")
    assert "open cases" in problem(refused, "conflict", 409)["detail"]
    world.ask(id, "assign", supervisor, {"team": "complaints"}, tag="*")
    assert post(world, "/v1/teams/payments/close", admin, if_match="*").status_code == 200
    assert world.get("/v1/teams/payments", admin).json()["open"] is False

    late = world.ask(id, "assign", supervisor, {"team": "payments"}, tag="*")
    assert pointers(late) == ["/team"]
    assert world.get("/v1/queues/payments", supervisor).status_code == 200
    assert problem(post(world, "/v1/teams/complaints/close", admin, if_match="*"), "conflict", 409)


def test_teams_and_entities_are_called_otherwise(world: World, admin: Headers):
    for path, title in (("/v1/teams/complaints", "Complaints"), ("/v1/legal-entities/main", "Example SA")):
        assert post(world, f"{path}/change", admin, {"title": title}, if_match='"1"').status_code == 200
        assert world.get(path, admin).json()["title"] == title
    assert problem(world.get("/v1/teams/nowhere", admin), "not-found", 404)
    assert problem(world.get("/v1/legal-entities/nowhere", admin), "not-found", 404)


def test_who_changes_the_directory_goes_on_at_once_from_what_they_wrote(either: World):
    """The log says what there is, however far behind the read models are."""
    admin, handler, id = either.token(Role.ADMIN), either.token(Role.SUPERVISOR), either.received()

    def ask(path: str, body: Any, tag: str | None = None, who: Headers = admin) -> int:
        named = {} if tag is None else {"If-Match": tag}
        return either.client.post(path, json=body, headers=who | named).status_code

    assert ask("/v1/legal-entities", {"code": "eu"}) == 201
    assert ask("/v1/legal-entities/eu/change", {"title": "Example Europe SE"}, '"1"') == 200
    assert ask("/v1/teams", {"name": "alpha", "legal_entity": "eu"}) == 201
    assert ask("/v1/teams/alpha/change", {"title": "Alpha"}, '"1"') == 200
    assert ask("/v1/users", {"login": "anna", "name": "Anna", "role": "handler", "teams": ["alpha"]}) == 201
    assert ask("/v1/users/anna/change", {"capacity": 3}, '"1"') == 200
    assert ask("/v1/users/anna/change", {"capacity": 4}, '"1"') == 412
    assert ask("/v1/tokens", {"role": "handler", "teams": ["alpha"], "name": "n"}) == 201
    given = {"team": "alpha", "assignee": "anna"}
    assert ask(f"/v1/complaints/{id}/assign", given, "*", handler) == 200
    assert ask("/v1/teams/alpha/close", {}, '"2"') == 409
    assert ask(f"/v1/complaints/{id}/assign", {"team": "complaints"}, "*", handler) == 200
    assert ask("/v1/teams/alpha/close", {}, '"2"') == 200
    assert ask(f"/v1/complaints/{id}/assign", {"team": "alpha"}, "*", handler) == 422


def test_until_there_are_users_any_name_is_an_assignee(world: World):
    handler, id = world.token(Role.HANDLER), world.received()

    assert world.ask(id, "assign", handler, {"assignee": "desk 7"}, tag="*").status_code == 200


def test_once_there_are_users_an_assignee_is_one_of_the_team(world: World, admin: Headers):
    handler, id = world.token(Role.HANDLER), world.received()
    add(world, admin, "anna")
    add(world, admin, "aud", role="auditor")
    post(world, "/v1/teams", admin, {"name": "payments"})
    add(world, admin, "ben", teams=["payments"])

    for wrong in ("desk 7", "user:nobody", "ben", "aud"):
        answer = world.ask(id, "assign", handler, {"assignee": wrong}, tag="*")
        assert pointers(answer) == ["/assignee"], wrong
    for right in ("anna", "user:anna"):
        assert world.ask(id, "assign", handler, {"assignee": right}, tag="*").status_code == 200
        assert world.get(f"/v1/complaints/{id}", handler).json()["assignee"] == "user:anna"
    both = {"team": "payments", "assignee": "user:ben"}
    assert world.ask(id, "assign", handler, both, tag="*").status_code == 200


def test_everybody_may_take_a_case_for_themselves(world: World, admin: Headers):
    handler, id = world.token(Role.HANDLER), world.received()
    add(world, admin, "anna")

    me = world.get("/v1/me", handler).json()["id"]
    assert world.ask(id, "assign", handler, {"assignee": me}, tag="*").status_code == 200


def test_me_says_who_i_am_and_what_i_may(world: World, admin: Headers):
    add(world, admin, "anna")

    assert world.get("/v1/me", token_of(world, "anna")).json() == {
        "id": "user:anna",
        "role": "handler",
        "rights": [
            "attach_files",
            "break_glass",
            "invite_complainants",
            "read_cases",
            "read_personal",
            "work_cases",
        ],
        "teams": ["complaints"],
        "legal_entities": [],
        "levels": ["normal"],
        "behind": None,
    }
    assert problem(world.get("/v1/me"), "unauthenticated", 401)
