"""People of an identity provider that names their login here: the directory has the last word on each."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.places import utc_now
from domain.access import Principal, Role, Sensitivity
from tests.http.staffing import Headers, add, assigned, post
from tests.http.test_signin import at_provider, browser
from tests.http.world import World, problem
from tests.identity.provider import Provider

AUDIENCE = "plaint-api"


@pytest.fixture
def desk(tmp_path: Path, fresh: Path, identity_provider: Provider) -> Generator[World]:
    """A desk whose people sign in at a provider that knows their login here."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    settings: dict[str, Any] = {
        "oidc_issuer": identity_provider.issuer,
        "oidc_audience": AUDIENCE,
        "oidc_client_id": "console",
        "oidc_roles": "desk=handler, leads=supervisor",
        "oidc_login_claim": "plaint_login",
    }
    made = World(tmp_path, pages=True, now=utc_now, **settings)
    yield made
    made.close()


@pytest.fixture
def admin(desk: World) -> Headers:
    return desk.token(Role.ADMIN)


def claims(login: object = "anna", **more: Any) -> dict[str, Any]:
    return {"aud": AUDIENCE, "sub": "248289761001", "roles": ["desk"], "plaint_login": login} | more


def shown(provider: Provider, **said: Any) -> Headers:
    return {"Authorization": f"Bearer {provider.token(claims(**said))}"}


def signed_in(desk: World, provider: Provider) -> TestClient:
    """Return a browser in which the user anna signed in."""
    provider.says({"roles": ["desk"], "plaint_login": "anna"})
    who = browser(desk)
    begun = who.get(at_provider(who.get("/sign-in/start").headers["location"]))
    assert begun.status_code == 303, begun.text
    return who


def test_who_the_provider_names_is_the_user_of_that_login(
    desk: World, admin: Headers, identity_provider: Provider
):
    """They have the teams and the clearance of the directory, which the provider may narrow."""
    add(desk, admin, "anna", teams=["complaints"], clearance="restricted")
    assert desk.plaint.identity is not None

    plain = desk.plaint.identity.bearer(identity_provider.token(claims()))
    elsewhere = desk.plaint.identity.bearer(identity_provider.token(claims(teams=["payments"])))
    promoted = desk.plaint.identity.bearer(identity_provider.token(claims(roles=["leads"])))

    anna = Principal(
        id="user:anna", role=Role.HANDLER, teams=("complaints",), clearance=Sensitivity.RESTRICTED
    )
    assert plain == anna
    assert elsewhere == anna.model_copy(update={"teams": ()})
    assert promoted == anna, "a role of the provider is no more than the user's own"


@pytest.mark.parametrize("login", ["zoe", None, "", "Anna Example", ["anna"], "a" * 64])
def test_who_is_no_user_here_is_told_so(
    desk: World, admin: Headers, identity_provider: Provider, login: object
):
    add(desk, admin, "anna")

    refused = problem(desk.get("/v1/complaints", shown(identity_provider, login=login)), "forbidden", 403)

    assert "login" in refused["detail"]


def test_who_leaves_is_out_at_once_and_stays_out_of_what_was_begun(
    desk: World, admin: Headers, identity_provider: Provider
):
    """Their session and their access token end as their cases go on; a return needs a new sign-in."""
    add(desk, admin, "anna")
    add(desk, admin, "ben")
    supervisor = desk.token(Role.SUPERVISOR)
    case = assigned(desk, supervisor, "user:anna")
    session, token = signed_in(desk, identity_provider), shown(identity_provider)
    assert session.get("/queue").status_code == 200
    assert desk.get("/v1/complaints", token).status_code == 200

    left = post(desk, "/v1/users/anna/leave", admin, {"successor": "ben"}, if_match="*")

    assert left.status_code == 200, left.text
    assert session.get("/queue").status_code == 303
    problem(desk.get("/v1/complaints", token), "forbidden", 403)
    assert desk.get(f"/v1/complaints/{case}", supervisor).json()["assignee"] == "user:ben"

    desk.plaint.leavers.run()
    desk.settle()
    back = post(desk, "/v1/users/anna/return", admin, {}, if_match="*")
    assert back.status_code == 200, back.text
    assert session.get("/queue").status_code == 303
    assert signed_in(desk, identity_provider).get("/queue").status_code == 200
