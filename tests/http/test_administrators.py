"""An administrator of some legal entities has no say over the others, and makes nobody who has."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.tokens import create
from domain.access import Role, Sensitivity
from tests.http.staffing import Headers, add, post
from tests.http.world import World, problem


@pytest.fixture
def of_eu(world: World, admin: Headers) -> Headers:
    """An administrator of the legal entity ``eu`` alone, in a group that has three."""
    for code in ("eu", "us"):
        post(world, "/v1/legal-entities", admin, {"code": code})
    post(world, "/v1/teams", admin, {"name": "europe", "legal_entity": "eu"})
    post(world, "/v1/teams", admin, {"name": "america", "legal_entity": "us"})
    add(world, admin, "anna", legal_entities=["eu"])
    add(world, admin, "ben", legal_entities=["eu", "us"])
    add(world, admin, "carl")
    add(world, admin, "dora", legal_entities=["eu"], clearance="restricted")
    made = create(world.plaint, Role.ADMIN, legal_entities=("eu",))
    world.settle()
    return {"Authorization": f"Bearer {made.secret}"}


EU: dict[str, Any] = {"legal_entities": ["eu"]}
EVE: dict[str, Any] = {"login": "eve", "name": "Eve Example", "role": "handler"}
BEYOND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/tokens", {"role": "handler"}),
    ("/v1/tokens", {"role": "admin"}),
    ("/v1/tokens", {"role": "handler", "legal_entities": ["eu", "us"]}),
    ("/v1/tokens", {"role": "handler", "clearance": "confidential"} | EU),
    ("/v1/tokens", {"role": "handler", "user": "ben"}),
    ("/v1/tokens", {"role": "handler", "user": "carl"}),
    ("/v1/users", EVE),
    ("/v1/users", EVE | {"legal_entities": ["us"]}),
    ("/v1/users", EVE | EU | {"clearance": "restricted"}),
    ("/v1/users/anna/change", {"legal_entities": []}),
    ("/v1/users/anna/change", {"legal_entities": ["us"]}),
    ("/v1/users/anna/change", {"clearance": "restricted"}),
    ("/v1/users/ben/change", EU),
    ("/v1/users/carl/change", EU),
    ("/v1/users/ben/leave", {}),
    ("/v1/users/carl/return", {}),
    ("/v1/teams", {"name": "asia"}),
    ("/v1/teams/america/change", {"title": "Ours"}),
    ("/v1/teams/europe/change", {"legal_entity": "us"}),
    ("/v1/teams/europe/change", {"legal_entity": None}),
    ("/v1/teams/america/close", {}),
    ("/v1/legal-entities", {"code": "asia"}),
    ("/v1/legal-entities/us/change", {"title": "Ours"}),
)


def test_what_reaches_beyond_the_legal_entities_of_an_administrator_is_refused(world: World, of_eu: Headers):
    before = world.plaint.store.count()

    for path, body in BEYOND:
        refused = problem(post(world, path, of_eu, body, if_match="*"), "forbidden", 403)
        assert "beyond your legal entities" in refused["detail"], path

    assert world.plaint.store.count() == before


def test_within_their_legal_entities_an_administrator_does_as_any_other(world: World, of_eu: Headers):
    for path, body, status in (
        ("/v1/tokens", {"role": "handler"} | EU, 201),
        ("/v1/tokens", {"role": "handler", "user": "anna"}, 201),
        ("/v1/users", EVE | EU, 201),
        ("/v1/users/anna/change", {"role": "supervisor"}, 200),
        ("/v1/users/anna/leave", {}, 200),
        ("/v1/teams", {"name": "iberia", "legal_entity": "eu"}, 201),
        ("/v1/teams/europe/close", {}, 200),
        ("/v1/legal-entities/eu/change", {"title": "Example Europe SA"}, 200),
    ):
        answer = post(world, path, of_eu, body, if_match="*")
        assert answer.status_code == status, f"{path}: {answer.text}"


def test_they_end_no_token_of_another_legal_entity(world: World, of_eu: Headers):
    mine, group = (create(world.plaint, Role.HANDLER, legal_entities=of).id for of in (("eu",), ()))
    closely = create(
        world.plaint, Role.HANDLER, legal_entities=("eu",), clearance=Sensitivity.CONFIDENTIAL
    ).id
    world.settle()

    problem(post(world, f"/v1/tokens/{group}/revoke", of_eu), "forbidden", 403)
    assert [post(world, f"/v1/tokens/{id}/revoke", of_eu).status_code for id in (mine, closely)] == [200, 200]


def test_they_act_only_as_users_of_their_legal_entities(world: World, of_eu: Headers):
    """And as nobody who sees what is kept more closely than they may see."""
    for login, status in (("anna", 200), ("ben", 403), ("carl", 403), ("dora", 403)):
        answer = world.get("/v1/me", of_eu | {"On-Behalf-Of": f"user:{login}"})
        assert answer.status_code == status, login


def test_they_are_told_only_of_who_gets_at_cases_of_their_legal_entities(
    world: World, admin: Headers, of_eu: Headers
):
    """Users and tokens alike: those of their entity, of it and others, and of every one."""
    add(world, admin, "emil", legal_entities=["us"])
    made = {
        "ours": create(world.plaint, Role.HANDLER, name="ours", legal_entities=("eu",)),
        "theirs": create(world.plaint, Role.HANDLER, name="theirs", legal_entities=("us",)),
        "of emil": create(world.plaint, Role.HANDLER, name="of emil", user="emil"),
        "of anna": create(world.plaint, Role.HANDLER, name="of anna", user="anna"),
    }
    world.settle()

    def names(path: str, who: Headers, key: str) -> list[str]:
        """Return who or what is listed, two to a page but for the last."""
        found, pages, following = list[str](), list[int](), f"{path}?limit=2"
        while following:
            page = world.client.get(following, headers=who).json()
            found += [each[key] for each in page["items"]]
            pages.append(len(page["items"]))
            following = page["next"]
        assert set(pages[:-1]) <= {2}
        return sorted(found)

    assert names("/v1/users", of_eu, "login") == ["anna", "ben", "carl", "dora"]
    assert names("/v1/users", admin, "login") == ["anna", "ben", "carl", "dora", "emil"]
    problem(world.get("/v1/users/emil", of_eu), "not-found", 404)
    problem(post(world, "/v1/users/emil/leave", of_eu, {}, if_match="*"), "not-found", 404)
    assert set(made) - set(names("/v1/tokens", of_eu, "name")) == {"theirs", "of emil"}
    assert set(made) <= set(names("/v1/tokens", admin, "name"))


def test_no_answer_tells_that_another_legal_entity_has_somebody_of_that_name(
    world: World, admin: Headers, of_eu: Headers
):
    """Named by who knows nothing of them, somebody of its staff is nobody."""
    add(world, admin, "hank", legal_entities=["us"])
    made = create(world.plaint, Role.SUPERVISOR, legal_entities=("main", "eu"))
    lead, id = {"Authorization": f"Bearer {made.secret}", "If-Match": "*"}, world.received()
    issue = {"title": "Withdrawals stand still", "kind": "mass_event", "due": "2026-06-05"}

    for name, status in (("anna", 200), ("hank", 422), ("nobody", 422)):
        answers = [
            world.client.post(
                f"/v1/complaints/{id}/name-person-complained-of", json={"user": name}, headers=lead
            ),
            world.client.post("/v1/issues", json=issue | {"owner": name}, headers=lead),
        ]
        assert [each.status_code for each in answers] == [status, 201 if status == 200 else 422]
        assert not [each.text for each in answers if name in each.text and status == 422]
    acting = [
        world.client.get("/v1/me", headers=of_eu | {"On-Behalf-Of": f"user:{name}"}).json()["detail"]
        for name in ("hank", "nobody")
    ]
    assert acting[0] == acting[1]
