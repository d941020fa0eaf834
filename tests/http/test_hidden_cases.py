"""What is told of other cases, and done to them: only where they exist for whoever asks."""

from __future__ import annotations

from typing import Any

from httpx2 import Response

from tests.http.world import World

Headers = dict[str, str]


def post(world: World, path: str, who: Headers, body: Any = None) -> Response:
    answer = world.client.post(f"/v1/complaints/{path}", json=body, headers=who | {"If-Match": "*"})
    world.settle()
    return answer


def restrict(world: World, id: str, supervisor: Headers) -> None:
    body = {"sensitivity": "restricted", "reason": "x"}
    assert post(world, f"{id}/set-sensitivity", supervisor, body).status_code == 200


def reference(world: World, id: str, who: Headers) -> str:
    return world.client.get(f"/v1/complaints/{id}", headers=who).json()["reference"]


def test_nothing_is_merged_into_a_hidden_case_and_no_plan_shows_it(
    world: World, handler: Headers, supervisor: Headers
):
    """Neither by its own name nor through a case that was merged into it."""
    own, through, hidden = world.received(), world.received(), world.received()
    assert post(world, f"{through}/merge", handler, {"other": hidden}).status_code == 200
    number = reference(world, hidden, handler)
    restrict(world, hidden, supervisor)

    for path in (f"{own}/merge", f"{own}/merge?dry_run=true"):
        refused = post(world, path, handler, {"other": through})
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith("The case was merged into another;")
        assert post(world, path, handler, {"other": hidden}).status_code == 404
        assert number not in refused.text
        assert hidden not in refused.text
    told = world.client.get(f"/v1/complaints/{own}/history", headers=handler).json()["items"]
    assert [each["topic"] for each in told if "merged" in each["topic"]] == []


def test_no_document_list_history_plan_or_refusal_names_a_hidden_case(
    world: World, handler: Headers, supervisor: Headers
):
    own, linked, hidden = world.received(), world.received(), world.received()
    number = reference(world, hidden, handler)
    assert post(world, f"{own}/merge", handler, {"other": hidden}).status_code == 200
    link = {"other": hidden, "kind": "related"}
    assert post(world, f"{linked}/link", handler, link).status_code == 200
    assert number in world.client.get("/v1/complaints", headers=handler).text
    restrict(world, hidden, supervisor)

    def get(path: str) -> Response:
        answer = world.client.get(f"/v1/complaints{path}", headers=handler)
        assert answer.status_code == 200, answer.text
        return answer

    other = world.received()
    answers = [
        *(
            get(f"/{id}{part}")
            for id in (own, linked)
            for part in ("", "/history", "/history?include=merged")
        ),
        get(""),
        post(world, f"{own}/note", handler, {"text": "x"}),
        post(world, f"{own}/investigate", handler),
        post(world, f"{own}/unmerge", handler),
        post(world, f"{other}/merge?dry_run=true", handler, {"other": linked}),
    ]
    assert [each.status_code for each in answers[-4:]] == [409, 409, 409, 200]
    for answer in answers:
        assert number not in answer.text
        assert hidden not in answer.text
    seen = world.client.get(f"/v1/complaints/{own}/history", headers=supervisor).text
    assert hidden in seen


def test_a_link_goes_on_working_when_the_case_is_merged(world: World, handler: Headers):
    """What its complainant says lands on the survivor, of which they are told nothing."""
    own, survivor = world.received(), world.received()
    made = world.client.post(f"/v1/complaints/{own}/links", json={}, headers=handler).json()
    who = {"Authorization": f"Bearer {made['url'].rsplit('/', 1)[1]}"}
    number = reference(world, survivor, handler)
    assert post(world, f"{own}/merge", handler, {"other": survivor}).status_code == 200

    body = {"text": "The amount was 300 euros."}
    answers = [
        post(world, f"{own}/supply-information", who | {"Idempotency-Key": "k"}, body) for _ in range(2)
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["id"]) == (200, own), answer.text
        assert "location" not in answer.headers
        assert number not in answer.text
        assert survivor not in answer.text
    told = world.client.get(f"/v1/complaints/{survivor}/history", headers=handler).json()["items"]
    assert [each["topic"] for each in told].count("complaint.information_supplied") == 1
    shown = world.client.get(f"/v1/complaints/{own}", headers=who).text
    assert number not in shown
    assert survivor not in shown


def test_cases_of_different_people_are_merged_with_a_reason_alone(world: World, handler: Headers):
    """The plan names the rule; the reason is on record."""
    own = world.received()
    other = world.received(account_id="BB12 N84G ABCD EFGH", account_email="max@example.org")
    plan = post(world, f"{own}/merge?dry_run=true", handler, {"other": other}).json()
    assert [each["rule"] for each in plan["refusals"]] == ["other_person"]
    refused = post(world, f"{own}/merge", handler, {"other": other})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("The cases are of different people")

    reason = {"other_person_reason": "They share the account."}
    assert post(world, f"{own}/merge", handler, {"other": other} | reason).status_code == 200
    told = world.client.get(f"/v1/complaints/{own}/history", headers=handler).json()["items"]
    (merged,) = (each["facts"] for each in told if each["topic"] == "complaint.merged")
    assert merged["other_person_reason"] == reason["other_person_reason"]


def test_a_promise_that_was_taken_over_names_no_hidden_case(
    world: World, handler: Headers, supervisor: Headers
):
    hidden = world.received()
    world.later(hours=30)
    own = world.received()
    assert post(world, f"{hidden}/merge", handler, {"other": own}).status_code == 200
    assert hidden in world.client.get(f"/v1/complaints/{own}", headers=handler).text
    restrict(world, hidden, supervisor)

    for path in (f"/v1/complaints/{own}", f"/v1/complaints/{own}/clocks", "/v1/complaints"):
        answer = world.client.get(path, headers=handler)
        assert (answer.status_code, hidden in answer.text) == (200, False), path


def test_a_correction_names_the_case_that_something_belongs_to_only_to_who_may_see_it(
    world: World, handler: Headers, supervisor: Headers
):
    own, other = world.received(), world.received()
    assert post(world, f"{own}/send-update", handler, {"text": "Of somebody else."}).status_code == 200
    version = world.client.get(f"/v1/complaints/{own}", headers=handler).json()["version"]
    wrong = {"what": "event", "version": version, "other": other, "reason": "Wrong case."}
    assert post(world, f"{own}/correct", handler, wrong).status_code == 200

    def named(who: Headers) -> list[Any]:
        document = world.client.get(f"/v1/complaints/{own}", headers=who).json()
        return [each["other"] for each in document["corrections"]]

    assert named(handler) == [other]
    restrict(world, other, supervisor)
    assert named(handler) == [None]
