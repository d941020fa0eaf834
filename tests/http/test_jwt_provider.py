"""Tokens of an identity provider that really runs, and its keys as they come and go."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from adapters.places import utc_now
from domain.access import Principal, Role
from tests.http.world import World, problem
from tests.identity.provider import Provider

AUDIENCE = "plaint-api"
ROLES = "desk=handler, leads=supervisor"


@pytest.fixture
def desk(tmp_path: Path, fresh: Path, identity_provider: Provider) -> Generator[World]:
    """A desk that takes the provider's tokens, by the real time."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    settings: dict[str, Any] = {
        "oidc_issuer": identity_provider.issuer,
        "oidc_audience": AUDIENCE,
        "oidc_roles": ROLES,
    }
    made = World(tmp_path, now=utc_now, **settings)
    yield made
    made.close()


def shown(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims(**more: Any) -> dict[str, Any]:
    return {"aud": AUDIENCE, "sub": "anna@example.org", "roles": ["desk"], "teams": ["complaints"]} | more


def test_a_token_of_the_provider_is_somebody_with_a_role_and_teams(desk: World, identity_provider: Provider):
    """What the log will call them says nothing of what the provider calls them."""
    assert desk.plaint.identity is not None
    who = desk.plaint.identity.bearer(identity_provider.token(claims()))
    again = desk.plaint.identity.bearer(identity_provider.token(claims(roles="leads")))
    other = desk.plaint.identity.bearer(identity_provider.token(claims(sub="bert@example.org")))

    assert who == Principal(id=who.id, role=Role.HANDLER, teams=("complaints",))
    assert (again.id, again.role) == (who.id, Role.SUPERVISOR)
    assert other.id != who.id
    assert who.id.startswith("oidc:")
    assert "anna" not in who.id
    assert desk.get("/v1/complaints", shown(identity_provider.token(claims()))).status_code == 200


def test_a_token_without_a_role_is_told_what_to_ask_for(desk: World, identity_provider: Provider):
    token = identity_provider.token(claims(roles=["cook"]))

    refused = problem(desk.get("/v1/complaints", shown(token)), "forbidden", 403)

    assert "PLAINT_OIDC_ROLES" in refused["detail"]


def test_a_new_key_is_taken_at_once_and_the_old_one_as_long_as_it_is_there(
    desk: World, identity_provider: Provider
):
    before = identity_provider.rotate()
    old = identity_provider.token(claims(), kid=before)
    assert desk.get("/v1/complaints", shown(old)).status_code == 200

    after = identity_provider.rotate()
    new = identity_provider.token(claims(), kid=after)

    assert after != before
    assert desk.get("/v1/complaints", shown(new)).status_code == 200
    assert desk.get("/v1/complaints", shown(old)).status_code == 200


def test_a_proof_of_sign_in_opens_no_api(desk: World, identity_provider: Provider):
    token = identity_provider.token(claims(nonce="n"), typ="JWT")

    refused = problem(desk.get("/v1/complaints", shown(token)), "unauthenticated", 401)

    assert "proof of sign-in" in refused["detail"]
