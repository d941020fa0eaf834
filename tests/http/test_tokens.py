"""Tokens over HTTP: shown once, never wider than their user, and ended within a second everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters import tokens
from adapters.bootstrap import Plaint
from adapters.token_uses import TokenUses
from domain.access import Role
from domain.directory import User, user_id
from domain.directory.errors import MoreThanTheUser
from domain.directory.orders import ChangeUser, Leave
from tests.http.staffing import Headers, add, post, token_of
from tests.http.world import World, pointers, problem


def bearer(secret: str) -> Headers:
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_is_made_shown_once_listed_and_revoked(either: World):
    admin = either.token(Role.ADMIN)
    made = post(either, "/v1/tokens", admin, {"role": "handler", "name": "night shift"})
    assert made.status_code == 201
    handler = bearer(made.json()["token"])
    assert either.get("/v1/complaints", handler).status_code == 200

    listed = either.get("/v1/tokens", admin)
    assert made.json()["token"] not in listed.text
    assert "sha256" not in listed.text
    found = {each["id"]: each for each in listed.json()["items"]}[made.json()["id"]]
    assert (found["name"], found["role"], found["teams"], found["revoked_at"]) == (
        "night shift",
        "handler",
        ["complaints"],
        None,
    )

    assert post(either, f"/v1/tokens/{made.json()['id']}/revoke", admin).json()["revoked"]
    assert problem(either.get("/v1/complaints", handler), "unauthenticated", 401)


def test_a_repeated_request_makes_one_token_and_cannot_show_it_again(world: World, admin: Headers):
    body = {"role": "handler"}
    first = post(world, "/v1/tokens", admin, body, idempotency_key="k").json()
    again = post(world, "/v1/tokens", admin, body, idempotency_key="k").json()

    assert first["token"]
    assert again == first | {"token": None}
    assert len(world.get("/v1/tokens", admin).json()["items"]) == 2


def test_a_token_is_refused_that_would_be_wider_than_its_user(world: World, admin: Headers):
    add(world, admin, "anna")
    post(world, "/v1/teams", admin, {"name": "payments"})

    for body, pointer in (
        ({"role": "supervisor", "user": "anna"}, "/role"),
        ({"role": "handler", "user": "anna", "teams": ["payments"]}, "/role"),
        ({"role": "handler", "user": "nobody"}, "/user"),
        ({"role": "handler", "teams": ["nowhere"]}, "/teams"),
        ({"role": "handler", "legal_entities": ["nowhere"]}, "/legal_entities"),
        ({"role": "handler", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    ):
        assert pointers(post(world, "/v1/tokens", admin, body)) == [pointer]
    with pytest.raises(MoreThanTheUser):
        tokens.create(world.plaint, Role.ADMIN, user="anna")


def test_a_token_of_a_user_acts_in_their_name_and_follows_what_they_may(world: World, admin: Headers):
    add(world, admin, "sue", role="supervisor", teams=[])
    sue, id = token_of(world, "sue", Role.SUPERVISOR), world.received()
    assert world.ask(id, "acknowledge", sue, {}, tag="*").status_code == 200
    history = world.get(f"/v1/complaints/{id}/history", sue).json()["items"]
    assert {each["actor"] for each in history if each["topic"] == "complaint.acknowledged"} == {"user:sue"}

    post(world, "/v1/users/sue/change", admin, {"role": "handler"}, if_match="*")

    assert world.get("/v1/me", sue).json()["role"] == "handler"
    assert world.get("/v1/complaints", sue).json()["items"] == []


def test_tokens_of_one_user_share_no_receipts_and_no_emergency(world: World, admin: Headers):
    """What was answered under a key is for the token that sent it; so is a case opened in an emergency."""
    post(world, "/v1/teams", admin, {"name": "payments"})
    post(world, "/v1/teams", admin, {"name": "fees"})
    add(world, admin, "anna", teams=["complaints", "payments"])
    wide = bearer(tokens.create(world.plaint, Role.HANDLER, user="anna").secret)
    narrow = bearer(tokens.create(world.plaint, Role.HANDLER, user="anna", teams=("payments",)).secret)
    id = world.received()

    first = world.ask(id, "note", wide, {"text": "Called."}, key="k", tag="*")
    assert first.status_code == 200
    assert world.ask(id, "note", wide, {"text": "Called."}, key="k", tag="*").json() == first.json()
    assert problem(world.ask(id, "note", narrow, {"text": "Called."}, key="k", tag="*"), "not-found", 404)

    world.ask(id, "assign", wide, {"team": "fees"}, tag="*")
    path, why = f"/v1/complaints/{id}", {"reason": "Nobody of the team is there."}
    assert post(world, f"{path}/break-glass", wide, why).status_code == 200
    assert [world.get(path, who).status_code for who in (wide, narrow)] == [200, 404]


def test_revocation_bites_within_a_second_in_every_process(either: World, monkeypatch: pytest.MonkeyPatch):
    """Two installations on one store, each with its own worker and its own memory of tokens."""
    at = [100.0]
    made = tokens.create(either.plaint, Role.HANDLER)
    other = Plaint.open(either.settings)
    try:
        other.start(["worker"])
        other.wake()
        monkeypatch.setattr(other.admission, "_monotonic", lambda: at[0])
        assert other.admission.principal(made.secret)

        tokens.revoke(either.plaint, made.id)
        at[0] += 0.99
        assert other.admission.principal(made.secret) is None
    finally:
        other.stop()


def test_what_the_log_says_of_a_token_and_its_user_counts_while_no_read_model_moves(either: World):
    """A process that follows nothing: made, changed, gone and revoked are all seen within the time trusted."""
    admin = either.token(Role.ADMIN)
    at = [100.0]
    plaint = either.plaint
    admission = tokens.Admission(plaint.standing, plaint.uses, lambda: either.now, lambda: at[0])

    def came_in(secret: str) -> str | None:
        at[0] += tokens.LASTS
        who = admission.principal(secret)
        return who and f"{who.id} {who.role}"

    def asked(path: str, body: Any) -> Any:
        answer = either.client.post(path, json=body, headers=admin | {"If-Match": "*"})
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    either.settle()
    anna = {"login": "anna", "name": "Anna Example", "role": "supervisor"}
    asked("/v1/users", anna)
    of_anna = asked("/v1/tokens", {"role": "supervisor", "user": "anna"})
    assert came_in(of_anna["token"]) == "user:anna supervisor"
    either.settle()

    of_program = asked("/v1/tokens", {"role": "handler"})
    assert came_in(of_program["token"]) == f"token:{of_program['id']} handler"
    plaint.desk.command(user_id("anna"), ChangeUser(role=Role.HANDLER), "system:cli", kind=User)
    assert came_in(of_anna["token"]) == "user:anna handler"
    plaint.desk.command(user_id("anna"), Leave(), "system:cli", kind=User)
    assert came_in(of_anna["token"]) is None
    asked(f"/v1/tokens/{of_program['id']}/revoke", None)
    assert came_in(of_program["token"]) is None
    assert came_in("plaint_unknown") is None


def test_a_token_is_known_also_when_the_read_model_moves_between_two_looks(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """The first unknown token that a process is shown may be one that has just been made elsewhere."""
    made = tokens.create(world.plaint, Role.HANDLER)
    queries, ask = world.plaint.queries, world.plaint.queries.token

    def moved_after(sha256: str) -> Any:
        found = ask(sha256)
        world.settle()
        return found

    monkeypatch.setattr(queries, "token", moved_after)

    assert world.get("/v1/me", bearer(made.secret)).status_code == 200


def test_what_was_read_of_a_token_is_not_trusted_for_longer_than_half_a_second(world: World):
    """Where nobody says that it changed; within that time it costs no read."""
    at = [100.0]
    made = tokens.create(world.plaint, Role.HANDLER)
    world.settle()
    admission = tokens.Admission(world.plaint.standing, world.plaint.uses, lambda: world.now, lambda: at[0])
    assert admission.principal(made.secret)
    tokens.revoke(world.plaint, made.id)
    world.settle()

    at[0] += tokens.LASTS - 0.01
    assert admission.principal(made.secret)
    assert admission.at_hand(made.secret) == admission.principal(made.secret)
    at[0] += 0.01
    assert admission.at_hand(made.secret) is None
    assert admission.principal(made.secret) is None


def test_a_token_expires_also_while_it_is_remembered(world: World):
    made = tokens.create(world.plaint, Role.HANDLER, expires_at=world.now + timedelta(seconds=1))
    world.settle()
    assert world.plaint.admission.principal(made.secret)

    world.later(seconds=1)

    assert world.plaint.admission.principal(made.secret) is None


def test_the_last_use_is_written_in_the_background_once_a_minute(either: World):
    admin = either.token(Role.ADMIN)
    handler = either.token(Role.HANDLER)
    id = either.get("/v1/me", handler).json()["id"].removeprefix("token:")
    used = either.now

    def last_use() -> str | None:
        listed = either.get("/v1/tokens", admin).json()["items"]
        return next(each["used_at"] for each in listed if each["id"] == id)

    assert last_use() is None
    either.plaint.uses.write()
    assert last_use() == used.isoformat().replace("+00:00", "Z")

    for seconds, expected in ((59, used), (1, used + timedelta(seconds=60))):
        either.later(seconds=seconds)
        either.get("/v1/me", handler)
        either.plaint.uses.write()
        assert last_use() == expected.isoformat().replace("+00:00", "Z")


def test_a_use_that_could_not_be_written_is_written_later(world: World, monkeypatch: pytest.MonkeyPatch):
    uses, id = TokenUses(world.plaint.views_database), tokens.create(world.plaint, Role.HANDLER).id
    uses.note(id, world.now)
    with monkeypatch.context() as patch:
        patch.setattr(world.plaint.views_database, "write", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            uses.write()
        uses.write_last()

    uses.write()

    assert world.plaint.staff.last_uses([id]) == {id: world.now}
