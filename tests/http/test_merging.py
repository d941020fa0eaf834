"""Links, merges and splits over HTTP: both cases in one append, and each whole again when they part."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from adapters.eventstore.store import CaseStore
from domain.access import Role
from domain.case import Case
from domain.commands import MergeCases
from domain.ids import log_of
from tests.http.world import World, a_ticket, pointers, problem


def post(
    world: World, path: str, who: dict[str, str], body: Any = None, *, tag: str | None = "*", **more: str
) -> Response:
    headers = who | more | ({"If-Match": tag} if tag else {})
    answer = world.client.post(f"/v1/{path}", json=body, headers=headers)
    world.settle()
    return answer


def two_complaints(world: World) -> tuple[str, str]:
    """Return two complaints, in different logs where there are several."""
    first = world.received()
    world.later(hours=1)
    for number in range(20):
        second = world.send({"Idempotency-Key": f"{first}-{number}"}).json()["id"]
        if len(world.plaint.store.logs) == 1 or log_of(UUID(second)) != log_of(UUID(first)):
            world.settle()
            return first, second
    raise AssertionError("every complaint came into the same log")


def shown(world: World, id: str, who: dict[str, str], kind: str = "complaints") -> dict[str, Any]:
    return world.get(f"/v1/{kind}/{id}", who).json()


def topics(world: World, id: str, who: dict[str, str], kind: str = "complaints", **query: str) -> list[str]:
    return [item["topic"] for item in world.get(f"/v1/{kind}/{id}/history", who, **query).json()["items"]]


def promises(document: dict[str, Any]) -> list[str]:
    return [f"{each['milestone']} {each['number']} {each['status']}" for each in document["clocks"]]


def test_two_complaints_become_one_are_worked_on_and_part_again(either: World):
    """Each history holds what happened to it and nothing else; the promises come back due when they were."""
    who = either.token(Role.HANDLER)
    old, new = two_complaints(either)
    before = {id: shown(either, id, who) for id in (old, new)}

    merged = post(either, f"complaints/{old}/merge", who, {"other": before[new]["reference"]}, tag='"3"')
    assert (merged.status_code, merged.json()["id"], merged.headers["etag"]) == (200, old, '"5"')
    gone, survivor = shown(either, old, who), shown(either, new, who)
    assert (gone["status"], gone["open"], gone["merged_into"]) == (
        "merged",
        False,
        {"id": new, "reference": before[new]["reference"], "kind": "complaint"},
    )
    assert (survivor["status"], survivor["merged"], survivor["merged_into"]) == ("received", [old], None)
    assert promises(gone) == ["acknowledgement 1 running", "decision 1 cancelled"]
    assert promises(survivor) == [
        "decision 2 running",
        "acknowledgement 1 running",
        "decision 1 cancelled",
    ]
    assert survivor["due_before"] == before[new]["due_before"]

    said = post(either, f"complaints/{old}/supply-information", who, {"text": "The receipt."})
    assert (said.status_code, said.json()["id"], said.json()["merged_into"]) == (200, new, new)
    assert said.headers["location"] == f"/v1/complaints/{new}"
    assert post(either, f"complaints/{new}/investigate", who).status_code == 200

    either.later(days=1)
    assert post(either, f"complaints/{old}/unmerge", who).status_code == 200
    for id, status in ((old, "received"), (new, "investigating")):
        after = shown(either, id, who)
        assert (after["status"], after["merged"], after["merged_into"]) == (status, [], None)
        running = {
            each["milestone"]: each["due_before"] for each in after["clocks"] if each["status"] == "running"
        }
        assert running == {each["milestone"]: each["due_before"] for each in before[id]["clocks"]}
    assert topics(either, old, who)[before[old]["version"] :] == [
        "complaint.merged",
        "clock.cancelled",
        "complaint.unmerged",
        "clock.resumed",
    ]
    assert topics(either, new, who)[before[new]["version"] :] == [
        "complaint.absorbed",
        "clock.cancelled",
        "clock.taken_over",
        "complaint.information_supplied",
        "complaint.investigation_started",
        "clock.cancelled",
        "clock.resumed",
        "complaint.unmerged",
    ]


def test_a_merged_case_is_in_no_open_list_and_is_not_counted_as_open(
    world: World, supervisor: dict[str, str]
):
    """What was received stays counted as received."""
    old, new = two_complaints(world)
    post(world, f"complaints/{old}/merge", supervisor, {"other": new})

    queue = world.get("/v1/queues/complaints", supervisor).json()["items"]
    assert [each["id"] for each in queue] == [new]
    assert [each["id"] for each in world.get("/v1/complaints?status=merged", supervisor).json()["items"]] == [
        old
    ]
    dashboard = world.get("/v1/dashboards/sla", supervisor).json()
    assert (dashboard["received"], dashboard["open"]) == (2, 1)


def test_the_plan_is_told_and_nothing_is_recorded(world: World, handler: dict[str, str]):
    old = world.received()
    world.later(hours=1)
    other = world.received(account_id="BB12 N84G ABCD EFGH", account_email="other@example.org")
    body = {"other": other, "other_person_reason": "They share the account."}
    answer = post(world, f"complaints/{old}/merge?dry_run=true", handler, body, tag=None)

    assert answer.status_code == 200, answer.text
    plan = answer.json()
    assert [(each["case"], each["milestone"], each["becomes"]) for each in plan["clocks"]] == [
        (old, "acknowledgement", "stays"),
        (old, "decision", "taken_over"),
        (other, "acknowledgement", "stays"),
        (other, "decision", "cancelled"),
    ]
    assert plan["refusals"] == []
    assert plan["warnings"] == [
        "The cases name different people; make sure that both come from the same person."
    ]
    assert (shown(world, old, handler)["version"], shown(world, old, handler)["status"]) == (3, "received")

    world.plaint.desk.command(UUID(old), MergeCases.model_validate(body), "somebody")
    again = post(world, f"complaints/{other}/merge?dry_run=true", handler, {"other": old}, tag=None).json()
    assert [each["rule"] for each in again["refusals"]] == ["merged_in_a_circle"]


def test_what_a_merged_case_cannot_hear_is_refused_with_the_number_to_work_on(
    world: World, handler: dict[str, str]
):
    old, new = two_complaints(world)
    post(world, f"complaints/{old}/merge", handler, {"other": new})
    reference = shown(world, new, handler)["reference"]

    said = problem(post(world, f"complaints/{old}/investigate", handler), "conflict", 409)
    assert said == {"detail": f"The case was merged into {reference}; work on that one, or unmerge it first."}
    french = post(world, f"complaints/{old}/investigate", handler, **{"Accept-Language": "fr"})
    assert reference in french.json()["detail"]
    assert "fusionn" in french.json()["detail"]


def test_a_chain_leads_to_its_end_and_never_back(world: World, handler: dict[str, str]):
    """Said on the first it lands on the last; the last cannot be merged into the first."""
    first, second = two_complaints(world)
    third = world.received()
    post(world, f"complaints/{first}/merge", handler, {"other": second})
    post(world, f"complaints/{second}/merge", handler, {"other": third})

    note = post(world, f"complaints/{first}/note", handler, {"text": "Called."})
    assert note.json()["id"] == third
    circle = problem(post(world, f"complaints/{third}/merge", handler, {"other": first}), "conflict", 409)
    assert circle["detail"].startswith("The other case is merged into this one")
    early = problem(post(world, f"complaints/{first}/unmerge", handler), "conflict", 409)
    assert early["detail"].startswith("The case that this one was merged into was merged as well")
    include = topics(world, third, handler, include="merged")
    assert sorted(set(include) & {"complaint.merged", "complaint.absorbed"}) == [
        "complaint.absorbed",
        "complaint.merged",
    ]
    assert include.count("complaint.received") == 3


def test_a_ticket_goes_on_in_a_complaint_and_what_is_said_on_it_lands_there(
    world: World, handler: dict[str, str]
):
    """A repeat under the same key is answered as the first was, though it was sent to the ticket."""
    complaint = world.received()
    ticket = a_ticket(world, team="complaints")
    assert post(world, f"tickets/{ticket}/merge", handler, {"other": complaint}).status_code == 200
    once, again = (
        post(world, f"tickets/{ticket}/note", handler, {"text": "Called."}, **{"Idempotency-Key": "k1"})
        for _ in range(2)
    )

    assert (once.status_code, once.json()["reference"][0], once.json()["id"]) == (200, "C", complaint)
    assert (again.json(), again.headers["location"]) == (once.json(), once.headers["location"])
    assert topics(world, complaint, handler).count("complaint.noted") == 1
    back = problem(post(world, f"complaints/{complaint}/merge", handler, {"other": ticket}), "conflict", 409)
    assert back["detail"].startswith("The other case is merged into this one")


@pytest.mark.parametrize("command", ["link", "merge"])
def test_both_cases_must_be_there_for_whoever_asks(world: World, handler: dict[str, str], command: str):
    own = world.received()
    hidden = a_ticket(world, team="payments")
    body = {"other": hidden} | ({"kind": "related"} if command == "link" else {})
    foreign = post(world, f"complaints/{own}/{command}", handler, body)
    unknown = post(world, f"complaints/{own}/{command}", handler, body | {"other": "C-0123456789A"})

    assert problem(foreign, "not-found", 404) == problem(unknown, "not-found", 404)
    assert pointers(foreign) == ["/other"]
    assert shown(world, own, handler)["version"] == 3


def test_a_link_stands_on_both_and_only_where_both_exist_for_the_reader(
    world: World, handler: dict[str, str], supervisor: dict[str, str]
):
    own, other = world.received(), a_ticket(world, team="payments")
    linked = post(world, f"complaints/{own}/link", supervisor, {"other": other, "kind": "caused_by"})
    assert linked.status_code == 200
    repeat = post(world, f"complaints/{own}/link", supervisor, {"other": other, "kind": "caused_by"})
    assert repeat.json()["version"] == linked.json()["version"]

    there = shown(world, own, supervisor)["links"]
    assert [(each["id"], each["reference"][0], each["link"], each["inverse"]) for each in there] == [
        (other, "T", "caused_by", False)
    ]
    assert [each["inverse"] for each in shown(world, other, supervisor, "tickets")["links"]] == [True]
    assert shown(world, own, handler)["links"] == []
    post(world, f"complaints/{own}/unlink", supervisor, {"other": other, "kind": "caused_by"})
    assert shown(world, other, supervisor, "tickets")["links"] == []


def test_what_is_said_to_a_case_whose_survivor_is_hidden_is_refused_not_lost(
    world: World, handler: dict[str, str], supervisor: dict[str, str]
):
    own, hidden = world.received(), a_ticket(world, team="complaints")
    post(world, f"tickets/{hidden}/merge", supervisor, {"other": own})
    world.token(Role.HANDLER, "payments")
    post(world, f"complaints/{own}/assign", supervisor, {"team": "payments"})

    assert problem(post(world, f"tickets/{hidden}/note", handler, {"text": "x"}), "conflict", 409)
    assert problem(post(world, f"tickets/{hidden}/unmerge", handler), "conflict", 409)


def test_a_part_of_a_complaint_becomes_one_of_its_own(world: World, handler: dict[str, str]):
    """It was received when it was said, and names the same person; its source keeps all that it has."""
    id = world.received()
    world.later(days=1)
    supplied = post(world, f"complaints/{id}/supply-information", handler, {"text": "And the fee is wrong."})
    version = supplied.json()["version"]
    world.later(days=1)
    body = {"versions": [version], "category": "fees", "reason": "Two matters."}
    answer = post(world, f"complaints/{id}/split", handler, body, **{"Idempotency-Key": "k"})

    assert answer.status_code == 201, answer.text
    new = answer.json()["id"]
    assert answer.headers["location"] == f"/v1/complaints/{new}"
    case, source = shown(world, new, handler), shown(world, id, handler)
    assert (case["category"], case["received_at"]) == ("fees", "2026-05-23T16:00:00Z")
    assert case["submission"]["details"] == "And the fee is wrong."
    assert case["submission"]["full_name"] == "Someone Somewhere"
    assert case["split_from"] == {"case": id, "versions": [version]}
    assert source["split_into"] == [{"case": new, "versions": [version]}]
    assert [each["link"] for each in case["links"] + source["links"]] == ["related", "related"]
    assert [each["milestone"] for each in case["clocks"]] == ["acknowledgement", "decision"]
    again = post(world, f"complaints/{id}/split", handler, body, **{"Idempotency-Key": "k"})
    assert again.json() == answer.json()
    anew = post(world, f"complaints/{id}/split", handler, body)
    assert (anew.status_code, anew.json()["id"]) == (200, new)
    everything = body | {"versions": [1, version]}
    assert problem(post(world, f"complaints/{id}/split", handler, everything), "conflict", 409)
    assert problem(post(world, f"complaints/{id}/split", handler, body | {"versions": [2]}), "rule", 422)


def test_two_merges_in_opposite_directions_make_no_circle(either: World):
    """Of two at the same time one is recorded, and the other is refused by what the first recorded."""
    pairs = [two_complaints(either) for _ in range(4)]
    desk = either.plaint.desk

    def merge(pair: tuple[str, str]) -> str:
        one, other = pair
        try:
            desk.command(UUID(one), MergeCases(other=other), "somebody")
        except Exception as error:  # noqa: BLE001 - whichever it is, it is told
            return type(error).__name__
        return "merged"

    with ThreadPoolExecutor(8) as pool:
        asked = [(a, b) for pair in pairs for a, b in (pair, pair[::-1])]
        told = list(pool.map(merge, asked))

    assert [sorted(told[i : i + 2]) for i in range(0, 8, 2)] == [["MergedInACircle", "merged"]] * 4
    for pair in pairs:
        loaded = cases(either.plaint.store, pair)
        assert sorted(each.survivor is None for each in loaded) == [False, True]


def cases(store: CaseStore, ids: tuple[str, str]) -> list[Case]:
    found = store.load_cases([UUID(id) for id in ids])
    return [each for each in found.values() if isinstance(each, Case)]
