"""Who leaves keeps nothing: no token, no open case; and a broken hand-over is gone on with."""

from __future__ import annotations

import pytest

from adapters import leaver
from adapters.desk import Desk
from adapters.tokens import create
from adapters.views.queries import NotBuilt
from domain.access import Role
from domain.directory import user_id
from projections.tokens import TokenRow
from tests.http.staffing import Headers, add, assigned, post, token_of
from tests.http.world import World, pointers, problem


def work(world: World, rounds: int = 4) -> None:
    """Let the worker look as often as it takes."""
    for _ in range(rounds):
        world.plaint.leavers.run()
        world.settle()


def assignees(world: World, ids: list[str]) -> list[str | None]:
    supervisor = world.token(Role.SUPERVISOR)
    return [world.get(f"/v1/complaints/{id}", supervisor).json()["assignee"] for id in ids]


def staffed(world: World) -> tuple[Headers, Headers]:
    """Return an administrator and a supervisor of a desk with three handlers, of two teams."""
    admin, supervisor = world.token(Role.ADMIN), world.token(Role.SUPERVISOR)
    post(world, "/v1/teams", admin, {"name": "payments"})
    add(world, admin, "anna", teams=["complaints", "payments"])
    add(world, admin, "ben")
    return admin, supervisor


def test_who_leaves_keeps_no_token_and_no_open_case(either: World):
    """The successor gets the cases of the teams that they are of, the queues get the others."""
    admin, supervisor = staffed(either)
    anna, bens = token_of(either, "anna"), token_of(either, "ben")
    mine = [assigned(either, supervisor, "anna") for _ in range(2)]
    elsewhere = either.received()
    given = {"team": "payments", "assignee": "user:anna"}
    either.ask(elsewhere, "assign", supervisor, given, tag="*")
    ended = assigned(either, supervisor, "anna")
    either.ask(ended, "withdraw", supervisor, {"reason": "Found it."}, tag="*")

    left = post(either, "/v1/users/anna/leave", admin, {"successor": "ben"}, if_match="*")

    assert left.status_code == 200, left.text
    told = {name: left.json()[name] for name in ("tokens_revoked", "handed_over", "handing_over")}
    assert told == {"tokens_revoked": 1, "handed_over": 3, "handing_over": True}
    assert problem(either.get("/v1/me", anna), "unauthenticated", 401)
    assert either.get("/v1/me", bens).status_code == 200
    assert assignees(either, [*mine, elsewhere, ended]) == ["user:ben", "user:ben", None, "user:anna"]

    work(either)
    shown = either.get("/v1/users/anna", admin).json()
    assert (shown["status"], shown["handing_over"]) == ("left", None)


def test_every_case_says_why_and_by_whom_it_was_handed_over(world: World):
    admin, supervisor = staffed(world)
    id = assigned(world, supervisor, "anna")
    me = world.get("/v1/me", admin).json()["id"]

    post(world, "/v1/users/anna/leave", admin, {"reason": "moved"}, if_match="*")

    last = world.get(f"/v1/complaints/{id}/history", supervisor).json()["items"][-1]
    assert (last["topic"], last["actor"]) == ("complaint.assigned", me)
    assert last["facts"] == {"team": "complaints", "reason_code": "moved"}


def test_a_hand_over_that_is_cut_short_is_gone_on_with(either: World, monkeypatch: pytest.MonkeyPatch):
    """The process ends after the first of several commits; another one finishes."""
    admin, supervisor = staffed(either)
    ids = [assigned(either, supervisor, "anna") for _ in range(5)]
    monkeypatch.setattr(leaver, "BATCH", 2)

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "command_all", dying_after(1))
        cut = either.client.post("/v1/users/anna/leave", json={}, headers=admin | {"If-Match": "*"})
        assert cut.status_code == 200
        either.settle()
        with pytest.raises(KeyboardInterrupt):
            work(either)
    either.settle()

    assert [each is None for each in assignees(either, ids)].count(True) == 2
    shown = either.get("/v1/users/anna", admin).json()
    assert (shown["status"], shown["handing_over"]["reason_code"], shown["open_cases"]) == ("left", "left", 3)

    work(either)

    assert assignees(either, ids) == [None] * 5
    assert either.get("/v1/users/anna", admin).json()["handing_over"] is None
    topics = [
        [each.TOPIC for each in either.plaint.store.history(user_id("anna"))].count(topic)
        for topic in ("user.left", "user.handed_over")
    ]
    assert topics == [1, 1]


def dying_after(commits: int):
    """Return a ``command_all`` that is killed after so many commits."""
    real, left = Desk.command_all, iter(range(commits))

    def command_all(self: Desk, orders: object, actor: str) -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(self, orders, actor)  # type: ignore[arg-type]

    return command_all


def test_a_case_that_comes_back_to_somebody_who_left_goes_on_to_their_successor(world: World):
    admin, supervisor = staffed(world)
    id = assigned(world, supervisor, "anna")
    world.ask(id, "withdraw", supervisor, {"reason": "Found it."}, tag="*")
    post(world, "/v1/users/anna/leave", admin, {"successor": "ben"}, if_match="*")
    work(world)

    world.ask(id, "reopen", supervisor, {"reason": "It was another one."}, tag="*")
    assert assignees(world, [id]) == ["user:anna"]
    work(world, 1)

    assert assignees(world, [id]) == ["user:ben"]


def test_who_comes_back_needs_a_new_token(world: World):
    admin, _ = staffed(world)
    old = token_of(world, "anna")
    post(world, "/v1/users/anna/leave", admin, {}, if_match="*")
    work(world)
    world.later(seconds=1)

    assert post(world, "/v1/users/anna/return", admin, {}, if_match="*").status_code == 200

    assert problem(world.get("/v1/me", old), "unauthenticated", 401)
    assert world.get("/v1/me", token_of(world, "anna")).json()["id"] == "user:anna"


def test_a_token_that_a_leaving_overlooked_opens_nothing_after_a_return(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """It was made before they left, and the read models did not show it yet."""
    admin, _ = staffed(world)
    old = token_of(world, "anna")

    def none_yet(_login: str) -> list[TokenRow]:
        return []

    monkeypatch.setattr(world.plaint.staff, "tokens_of", none_yet)
    post(world, "/v1/users/anna/leave", admin, {}, if_match="*")
    work(world, 1)
    world.settle()
    world.later(seconds=1)
    post(world, "/v1/users/anna/return", admin, {}, if_match="*")

    assert problem(world.get("/v1/me", old), "unauthenticated", 401)


def test_the_cases_of_somebody_who_is_away_are_handed_over_by_a_supervisor(world: World):
    admin, supervisor = staffed(world)
    ids = [assigned(world, supervisor, "anna") for _ in range(2)]
    anna = token_of(world, "anna")

    for who, status in ((anna, 403), (admin, 403), (supervisor, 200)):
        answer = post(world, "/v1/users/anna/hand-over", who, {"to": "ben"}, if_match="*")
        assert answer.status_code == status
    work(world)

    assert assignees(world, ids) == ["user:ben"] * 2
    assert world.get("/v1/me", anna).status_code == 200
    again = assigned(world, supervisor, "anna")
    work(world)
    assert assignees(world, [again]) == ["user:anna"]


@pytest.mark.parametrize(
    ("command", "body", "pointer"),
    [
        ("leave", {"successor": "nobody"}, "/successor"),
        ("leave", {"reason": "quarrel"}, "/reason"),
        ("hand-over", {"to": "nobody"}, "/to"),
    ],
)
def test_a_successor_is_somebody_on_the_staff(world: World, command: str, body: dict[str, str], pointer: str):
    admin, supervisor = staffed(world)
    who = admin if command == "leave" else supervisor

    assert pointers(post(world, f"/v1/users/anna/{command}", who, body, if_match="*")) == [pointer]


def fails(*_args: object, **_named: object) -> None:
    raise ZeroDivisionError


def test_a_failure_of_one_case_leaves_the_hand_over_unfinished(world: World, monkeypatch: pytest.MonkeyPatch):
    """It is tried again after a rest, which grows."""
    at = [100.0]
    world.plaint.leavers = leaver.Leavers(world.plaint, lambda: at[0])
    admin, supervisor = staffed(world)
    id = assigned(world, supervisor, "anna")

    with monkeypatch.context() as patch:
        patch.setattr("domain.complaint.Complaint.hand_over", fails)
        post(world, "/v1/users/anna/leave", admin, {}, if_match="*")
        work(world, 1)
    assert world.get("/v1/users/anna", admin).json()["handing_over"] is not None

    at[0] += leaver.FIRST - 0.1
    work(world)
    assert assignees(world, [id]) == ["user:anna"]
    at[0] += 0.1
    work(world)
    assert assignees(world, [id]) == [None]
    assert world.get("/v1/users/anna", admin).json()["handing_over"] is None


def test_a_hand_over_ends_when_nothing_more_can_be_handed_over_and_says_what_was_left(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """Eight rounds, further and further apart; what is left is tried every five minutes."""
    at, tried = [100.0], list[float]()
    world.plaint.leavers = leaver.Leavers(world.plaint, lambda: at[0])
    admin, supervisor = staffed(world)
    id = assigned(world, supervisor, "anna")

    def fails_again(*_args: object, **_named: object) -> None:
        tried.append(at[0])
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("domain.complaint.Complaint.hand_over", fails)
        post(world, "/v1/users/anna/leave", admin, {}, if_match="*")
        patch.setattr("domain.complaint.Complaint.hand_over", fails_again)
        for seconds in (0, 2, 4, 8, 16, 32, 64, 128):
            at[0] += seconds
            work(world, 2)
        shown = world.get("/v1/users/anna", admin).json()
        assert (shown["handing_over"], shown["not_handed_over"], len(tried)) == (None, 1, 8)
        at[0] += 255
        work(world, 1)
        assert len(tried) == 8

    at[0] += leaver.LONGEST
    work(world)
    assert assignees(world, [id]) == [None]


def test_read_models_that_are_being_built_let_the_work_wait(world: World, monkeypatch: pytest.MonkeyPatch):
    def not_built() -> list[object]:
        raise NotBuilt("users")

    with monkeypatch.context() as patch:
        patch.setattr(world.plaint.staff, "handing_over", not_built)
        world.plaint.leavers.run()


def test_who_hands_over_moves_only_the_cases_that_exist_for_them(either: World):
    """The worker that goes on with it, too; who leaves hands over all."""
    admin, supervisor = staffed(either)
    post(either, "/v1/legal-entities", admin, {"code": "eu"})
    mine, theirs = (assigned(either, supervisor, "anna", legal_entity=code) for code in ("eu", "main"))
    of_eu = create(either.plaint, Role.SUPERVISOR, legal_entities=("eu",))
    either.settle()
    who = {"Authorization": f"Bearer {of_eu.secret}"}

    asked = post(either, "/v1/users/anna/hand-over", who, {"to": "ben"}, if_match="*")
    assert asked.json()["handed_over"] == 1
    assert either.get("/v1/users/anna", admin).json()["open_cases"] == 0
    work(either)

    assert assignees(either, [mine, theirs]) == ["user:ben", "user:anna"]
    assert either.get("/v1/users/anna", admin).json()["handing_over"] is None
    post(either, "/v1/users/anna/leave", admin, {"successor": "ben"}, if_match="*")
    assert assignees(either, [mine, theirs]) == ["user:ben"] * 2
