"""A case that is kept closely is read for a purpose; one that is hidden is opened by an act that is recorded."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from domain.access import Principal, Role
from tests.http.rights import (
    CONFIDENTIAL,
    NOWHERE,
    OTHER_ENTITY,
    OTHER_TEAM,
    OWN,
    RESTRICTED,
    Matrix,
    Prepared,
    matrix,
)
from tests.http.world import problem

BECAUSE = {"reason": "The money leaves tonight."}
HIDDEN = (OTHER_TEAM, OTHER_ENTITY, RESTRICTED, CONFIDENTIAL)


@pytest.fixture
def desk(five_cases: Prepared, tmp_path: Path) -> Generator[Matrix]:
    with matrix(five_cases, tmp_path) as made:
        yield made


@pytest.fixture
def anna(desk: Matrix) -> Principal:
    return desk.person(Role.HANDLER)


def of(desk: Matrix, name: str, kind: str = "complaint") -> str:
    return f"/v1/{kind}s/{desk.ids[kind][name]}"


def break_glass(desk: Matrix, who: Principal, path: str, body: Any = None, **headers: str) -> Response:
    answer = desk.ask("post", f"{path}/break-glass", who, headers=headers, json=body or BECAUSE)
    desk.world.settle()
    return answer


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.COMPLIANCE])
def test_a_case_above_normal_is_read_for_a_purpose_by_whoever_sees_it(desk: Matrix, role: Role):
    who = desk.person(role)
    for path in ("", "/history", "/clocks"):
        said = problem(
            desk.ask("get", of(desk, RESTRICTED) + path, who, purpose=False), "purpose-required", 403
        )
        assert "`Purpose`" in said["detail"]
        assert desk.ask("get", of(desk, RESTRICTED) + path, who).status_code == 200


def test_whoever_does_not_see_it_is_not_asked_for_a_purpose(desk: Matrix, anna: Principal):
    problem(desk.ask("get", of(desk, RESTRICTED), anna, purpose=False), "not-found", 404)


def test_its_complainant_says_no_purpose(desk: Matrix):
    case = desk.ids["complaint"][RESTRICTED]
    who = Principal(id="them", role=Role.COMPLAINANT, cases=frozenset({case}))

    assert desk.ask("get", of(desk, RESTRICTED), who, purpose=False).status_code == 200


@pytest.mark.parametrize("kind", ["complaint", "ticket"])
@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_case_is_read_by_name_for_an_hour_and_never_listed(
    desk: Matrix, anna: Principal, name: str, kind: str
):
    path = of(desk, name, kind)
    lists = ("/v1/complaints", "/v1/tickets", "/v1/queues/complaints")
    before = [desk.ask("get", each, anna).json() for each in lists]
    assert desk.ask("get", path, anna).status_code == 404

    opened = break_glass(desk, anna, path)
    assert opened.status_code == 200
    assert opened.headers["etag"] == f'"{opened.json()["version"]}"'

    assert desk.ask("get", path, anna).json()["reference"] == opened.json()["reference"]
    last = desk.ask("get", f"{path}/history", anna).json()["items"][-1]
    assert (last["topic"], last["actor"], last["facts"]) == (
        f"{kind}.emergency_access_granted",
        anna.id,
        {"principal": anna.id, **BECAUSE, "until": "2026-05-22T17:00:00Z"},
    )
    assert desk.ask("get", f"{path}/clocks", anna).status_code == 200
    other = anna.model_copy(update={"id": "zoe"})
    assert desk.ask("get", path, other).status_code == 404
    assert [desk.ask("get", each, anna).json() for each in lists] == before
    desk.world.later(hours=1)
    assert desk.ask("get", path, anna).status_code == 404


def test_a_case_opened_in_an_emergency_cannot_be_changed(desk: Matrix, anna: Principal):
    break_glass(desk, anna, of(desk, OTHER_TEAM))

    path, note = f"{of(desk, OTHER_TEAM)}/note", {"text": "Called."}
    changed = desk.ask("post", path, anna, headers={"If-Match": "*"}, json=note)
    problem(changed, "not-found", 404)


def test_a_case_above_normal_that_was_opened_is_read_for_a_purpose(desk: Matrix, anna: Principal):
    break_glass(desk, anna, of(desk, CONFIDENTIAL))

    problem(desk.ask("get", of(desk, CONFIDENTIAL), anna, purpose=False), "purpose-required", 403)


def test_nothing_is_recorded_on_a_case_that_is_seen_or_open_already(desk: Matrix, anna: Principal):
    store = desk.world.plaint.store
    before = store.count()
    seen = break_glass(desk, anna, of(desk, OWN))
    assert store.count() == before
    assert seen.json() == {
        name: desk.ask("get", of(desk, OWN), anna).json()[name]
        for name in ("id", "reference", "version", "position")
    }

    first = break_glass(desk, anna, of(desk, OTHER_TEAM))
    again = break_glass(desk, anna, of(desk, OTHER_TEAM))
    assert store.count() == before + 1
    assert again.json() == first.json()


@pytest.mark.parametrize("kind", ["complaint", "ticket"])
def test_no_mistake_tells_whether_there_is_a_case(desk: Matrix, anna: Principal, kind: str):
    """By id and by reference; what is refused is refused before anybody looks, and nothing is recorded."""
    before = desk.world.plaint.store.count()
    other = "ticket" if kind == "complaint" else "complaint"
    there, elsewhere = of(desk, OTHER_TEAM, kind), f"/v1/{kind}s/{desk.ids[other][OTHER_TEAM]}"
    supervisor = desk.person(Role.SUPERVISOR)
    hidden = desk.ask("get", there, supervisor).json()["reference"]
    named, unnamed = f"/v1/{kind}s/{hidden}", f"/v1/{kind}s/{hidden[0]}-0000000000A"
    nowhere = f"/v1/{kind}s/{NOWHERE}"

    for body in ({"reason": " "}, {"reason": "x", "until": "2030-01-01T00:00:00Z"}, {"because": "x"}):
        answers = [break_glass(desk, anna, path, body) for path in (there, nowhere, named, unnamed)]
        assert {each.status_code for each in answers} == {422}
        assert all(each.json() == answers[0].json() for each in answers)
    unknown = [break_glass(desk, anna, path) for path in (nowhere, unnamed, elsewhere)]
    read = [desk.ask("get", path, anna) for path in (nowhere, there, elsewhere, named, unnamed)]
    assert {each.status_code for each in [*unknown, *read]} == {404}
    assert all(each.json() == unknown[0].json() for each in [*unknown, *read])
    assert desk.world.plaint.store.count() == before


def test_a_case_whose_keys_are_gone_is_as_one_that_is_not_there(desk: Matrix, anna: Principal):
    """No reason can be recorded on it, and another answer would tell that it is there."""
    vault, case = desk.world.plaint.vault, desk.ids["complaint"][OTHER_TEAM]
    subject = vault.subject_of(case)
    assert subject is not None
    vault.destroy(subject)

    answer = break_glass(desk, anna, of(desk, OTHER_TEAM))
    assert answer.json() == break_glass(desk, anna, f"/v1/complaints/{NOWHERE}").json()


def test_the_act_is_safe_to_repeat(desk: Matrix, anna: Principal):
    first, again = (
        break_glass(desk, anna, of(desk, OTHER_TEAM), **{"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (again.status_code, again.json()) == (200, first.json())

    refused = break_glass(desk, anna, of(desk, OTHER_TEAM), {"reason": "Else."}, **{"Idempotency-Key": "k"})
    problem(refused, "key-reused", 422)


def test_a_case_that_is_restricted_leaves_the_lists_and_counts_of_others_at_once(
    desk: Matrix, anna: Principal
):
    supervisor, path = desk.person(Role.SUPERVISOR), of(desk, OWN)
    body = {"sensitivity": "restricted", "reason": "A colleague is named."}
    answer = desk.ask("post", f"{path}/set-sensitivity", supervisor, json=body, headers={"If-Match": "*"})
    desk.world.settle()

    assert answer.status_code == 200
    assert desk.ask("get", "/v1/complaints", anna).json()["items"] == []
    assert desk.ask("get", "/v1/dashboards/sla", anna).json()["received"] == 0
    assert desk.ask("get", path, anna).status_code == 404
    assert desk.ask("get", path, supervisor).json()["sensitivity"] == "restricted"


def test_who_acts_as_another_is_recorded_as_both(desk: Matrix, anna: Principal):
    as_anna = anna.model_copy(update={"behind": "root"})
    break_glass(desk, as_anna, of(desk, OTHER_TEAM))

    last = desk.ask("get", f"{of(desk, OTHER_TEAM)}/history", anna).json()["items"][-1]
    assert (last["actor"], last["facts"]["principal"]) == (f"{anna.id} by root", anna.id)
