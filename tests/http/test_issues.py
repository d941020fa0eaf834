"""Issues over HTTP: who opens them, whose cases they show, and what follows from them by itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from domain.access import Principal, Role
from domain.complaint.events import UpdateSent
from tests.http.reacting import react
from tests.http.rights import Prepared, acting
from tests.http.world import World, a_ticket, pointers, problem

RULE = {"category": ["withdrawal"], "received_from": "2026-05-22T08:00:00Z"}
AN_ISSUE: dict[str, Any] = {
    "title": "Withdrawals stand still",
    "kind": "mass_event",
    "cause": "A full queue.",
}


@pytest.fixture
def supervisor(world: World) -> dict[str, str]:
    return world.token(Role.SUPERVISOR)


def post(
    world: World,
    path: str,
    who: dict[str, str],
    body: Any = None,
    *,
    version: int | None = None,
    key: str | None = None,
) -> Response:
    tag = {} if version is None else {"If-Match": f'"{version}"'}
    repeatable = {} if key is None else {"Idempotency-Key": key}
    answer = world.client.post(f"/v1/issues{path}", json=body, headers=who | tag | repeatable)
    react(world)
    return answer


def an_issue(world: World, who: dict[str, str], **facts: Any) -> str:
    answer = post(world, "", who, AN_ISSUE | facts)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def cases_of(world: World, issue: str, who: dict[str, str]) -> list[str]:
    return [each["id"] for each in world.get(f"/v1/issues/{issue}/cases", who).json()["items"]]


def test_an_issue_is_opened_changed_mitigated_closed_and_opened_again(
    world: World, supervisor: dict[str, str]
):
    opened = post(world, "", supervisor, AN_ISSUE, key="k")
    again = post(world, "", supervisor, AN_ISSUE, key="k")
    id = opened.json()["id"]
    assert (opened.status_code, again.json()) == (201, opened.json())
    assert opened.headers["location"].endswith(f"/v1/issues/{id}")

    problem(post(world, f"/{id}/close", supervisor), "version-required", 428)
    problem(post(world, f"/{id}/close", supervisor, version=7), "stale-version", 412)
    changed = post(world, f"/{id}/change", supervisor, {"action": "A second queue."}, version=1)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert post(world, f"/{id}/mitigate", supervisor, version=2).json()["version"] == 3
    assert post(world, f"/{id}/close", supervisor, version=3).json()["version"] == 4
    problem(post(world, f"/{id}/update-all", supervisor, {"text": "Over."}, version=4), "conflict", 409)
    closed = world.get(f"/v1/issues/{id}", supervisor).json()
    assert (closed["status"], closed["cause"], closed["action"]) == (
        "closed",
        "A full queue.",
        "A second queue.",
    )
    assert post(world, f"/{id}/reopen", supervisor, version=4).json()["version"] == 5

    problem(world.get("/v1/issues/nothing", supervisor), "not-found", 404)
    assert pointers(post(world, "", supervisor, AN_ISSUE | {"owner": "nobody"})) == ["/owner"]
    assert post(world, "", supervisor, AN_ISSUE | {"rule": {}}).status_code == 422


def test_issues_are_listed_the_newest_first_page_by_page(world: World, supervisor: dict[str, str]):
    ids: list[str] = []
    for title in ("First", "Second", "Third"):
        ids.append(an_issue(world, supervisor, title=title))
        world.later(minutes=1)
    post(world, f"/{ids[1]}/close", supervisor, version=1)

    first = world.get("/v1/issues", supervisor, limit=2).json()
    second = world.client.get(first["next"], headers=supervisor).json()

    assert [each["id"] for each in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None
    listed = world.get("/v1/issues", supervisor, status="closed").json()["items"]
    assert [each["title"] for each in listed] == ["Second"]


def test_cases_are_linked_by_the_rule_whether_they_came_before_or_after(
    world: World, supervisor: dict[str, str]
):
    before, other = world.received(), world.received(category="fees")
    issue = an_issue(world, supervisor, rule=RULE)
    after = world.received()
    react(world)

    assert cases_of(world, issue, supervisor) == sorted([before, after])
    assert world.get(f"/v1/complaints/{after}", supervisor).json()["issues"] == [issue]
    assert world.get(f"/v1/complaints/{other}", supervisor).json()["issues"] == []
    triage = {"category": "withdrawal", "severity": "high", "admissible": True}
    world.ask(other, "triage", supervisor, triage, version=3)
    react(world)
    assert cases_of(world, issue, supervisor) == sorted([before, after, other])
    shown = world.get(f"/v1/issues/{issue}", supervisor).json()
    assert (shown["cases"], shown["open_cases"]) == (3, 3)


def test_a_case_is_linked_and_taken_away_by_hand(world: World, supervisor: dict[str, str]):
    issue, complaint, ticket = an_issue(world, supervisor), world.received(), a_ticket(world)
    reference = world.get(f"/v1/complaints/{complaint}", supervisor).json()["reference"]

    linked = post(world, f"/{issue}/link", supervisor, {"case": reference})
    post(world, f"/{issue}/link", supervisor, {"case": ticket})

    assert (linked.status_code, linked.json()["id"]) == (200, complaint)
    assert cases_of(world, issue, supervisor) == sorted([complaint, ticket])
    assert post(world, f"/{issue}/unlink", supervisor, {"case": complaint}).status_code == 200
    assert cases_of(world, issue, supervisor) == [ticket]
    unknown = post(world, f"/{issue}/link", supervisor, {"case": issue})
    assert (unknown.status_code, pointers(unknown)) == (422, ["/case"])


def updates(world: World, id: str) -> list[str]:
    events = world.plaint.store.events_mapper
    history = map(events.opened, world.plaint.store.history(UUID(id)))
    return [str(each.text) for each in history if isinstance(each, UpdateSent)]


def test_an_update_reaches_every_linked_open_case_once_each_as_its_own_letter(
    world: World, supervisor: dict[str, str]
):
    issue = an_issue(world, supervisor, rule=RULE)
    one, two, ended, other = (
        world.received(),
        world.received(),
        world.received(),
        world.received(category="fees"),
    )
    world.ask(ended, "withdraw", supervisor, {"reason": "It came."}, version=3)
    react(world)

    answer = post(world, f"/{issue}/update-all", supervisor, {"text": "It runs again."}, version=1)

    assert answer.status_code == 200
    assert [updates(world, id) for id in (one, two, ended, other)] == [
        ["It runs again."],
        ["It runs again."],
        [],
        [],
    ]
    history = world.get(f"/v1/complaints/{one}/history", supervisor).json()["items"]
    last = next(each for each in history if each["topic"] == "complaint.update_sent")
    assert last["actor"] == "reaction:tell_every_linked_case"
    assert world.get(f"/v1/issues/{issue}", supervisor).json()["last_update_at"] is not None


def test_what_is_told_of_an_issue_is_looked_at_as_what_is_told_of_a_case(
    world: World, supervisor: dict[str, str]
):
    """A secret in a text that goes to everybody would reach everybody."""
    issue, secret = an_issue(world, supervisor), "My card is 4111 1111 1111 1111."

    answers = [
        post(world, "", supervisor, AN_ISSUE | {"title": secret}),
        post(world, f"/{issue}/change", supervisor, {"cause": secret}, version=1),
        post(world, f"/{issue}/update-all", supervisor, {"text": secret}, version=1),
    ]

    assert [problem(answer, "sensitive-value", 422)["errors"][0]["pointer"] for answer in answers] == [
        "/title",
        "/cause",
        "/text",
    ]
    assert world.get(f"/v1/issues/{issue}", supervisor).headers["ETag"] == '"1"'


def test_a_reader_sees_and_counts_the_cases_that_exist_for_them(five_cases: Prepared, tmp_path: Path):
    """And a supervisor of one legal entity tells and links none of another."""
    store, ids = five_cases
    shutil.copytree(store, tmp_path, dirs_exist_ok=True)
    world = World(tmp_path)
    try:
        people = acting(world)

        def person(name: str, role: Role, entities: tuple[str, ...] = ()) -> dict[str, str]:
            people[name] = Principal(id=name, role=role, teams=("complaints",), legal_entities=entities)
            return {"X-Principal": name}

        of_main = person("main", Role.SUPERVISOR, ("main",))
        everywhere = person("all", Role.SUPERVISOR)
        handler, auditor = person("handler", Role.HANDLER, ("main",)), person("auditor", Role.AUDITOR)
        issue = an_issue(world, of_main, rule=RULE | {"received_from": "2026-01-01T00:00:00Z"})
        complaints = {name: str(id) for name, id in ids["complaint"].items()}
        mine = [complaints[name] for name in ("own", "other team", "restricted")]

        assert cases_of(world, issue, everywhere) == sorted(mine)
        assert cases_of(world, issue, handler) == [complaints["own"]]
        shown = world.get(f"/v1/issues/{issue}", handler).json()
        assert (shown["cases"], shown["cause"]) == (1, "A full queue.")
        assert "cause" not in world.get(f"/v1/issues/{issue}", auditor).json()
        other = complaints["other entity"]
        refused = post(world, f"/{issue}/link", of_main, {"case": other})
        assert (refused.status_code, pointers(refused)) == (422, ["/case"])
        post(world, f"/{issue}/link", everywhere, {"case": other})
        post(world, f"/{issue}/update-all", of_main, {"text": "It runs again."}, version=1)
        assert (updates(world, other), updates(world, mine[0])) == ([], ["It runs again."])
        assert post(world, "", handler, AN_ISSUE).status_code == 403
        elsewhere = person("elsewhere", Role.SUPERVISOR, ("second",))
        assert world.get("/v1/issues", elsewhere).json()["items"] == []
        assert [each["id"] for each in world.get("/v1/issues", handler).json()["items"]] == [issue]
        for path in (f"/v1/issues/{issue}", f"/v1/issues/{issue}/cases"):
            problem(world.get(path, elsewhere), "not-found", 404)
        for path, body in (("change", {"title": "Mine"}), ("close", None), ("link", {"case": other})):
            problem(post(world, f"/{issue}/{path}", elsewhere, body, version=2), "not-found", 404)
        world.later(minutes=1)
        wide = an_issue(world, everywhere)
        problem(world.get(f"/v1/issues/{wide}", of_main), "not-found", 404)
        problem(post(world, f"/{wide}/change", of_main, {"rule": RULE}, version=1), "not-found", 404)
    finally:
        world.close()
