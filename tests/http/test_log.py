"""The log as auditors read it: every event in its order, what concerns a person only for a purpose."""

from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.http import auth
from domain.access import Principal, Role, Sensitivity
from domain.directory import user_id
from domain.reading import Part
from tests.http.hooks import Hooks
from tests.http.staffing import add
from tests.http.test_reads import stored
from tests.http.world import World, problem

PURPOSE = {"Purpose": "Audit of May"}


def whole(world: World, who: dict[str, str], limit: int = 200) -> list[dict[str, Any]]:
    """Return every item of the log, page by page."""
    items: list[dict[str, Any]] = []
    path: str | None = f"/v1/log?limit={limit}"
    while path:
        page = world.get(path, who).json()
        items += page["items"]
        path = page["next"]
        assert len(page["items"]) <= limit
    return items


def test_every_event_is_told_in_the_order_of_its_log(either: World):
    """Page by page, each once, to the end."""
    auditor = either.token(Role.AUDITOR)
    for _ in range(2):
        either.received()

    items = whole(either, auditor, 7)

    assert len(items) == either.plaint.store.count()
    assert sorted(map(place, items)) == list(map(place, items))
    assert [(item["originator_id"], item["version"], item["topic"]) for item in items] == [
        (str(event.originator_id), event.originator_version, event.TOPIC)
        for _, event in either.plaint.store.everything()
    ]


def place(item: dict[str, Any]) -> tuple[int, int]:
    log, number = item["position"].split(":")
    return int(log, 16), int(number)


def test_what_concerns_a_person_is_absent_without_a_purpose(either: World):
    auditor = either.token(Role.AUDITOR)
    id = either.received()

    without = [item for item in whole(either, auditor) if item["originator_id"] == id]
    assert stored(either) == []
    with_one = [item for item in whole(either, auditor | PURPOSE) if item["originator_id"] == id]

    assert "full_name" not in without[0]["facts"]
    assert "sealed" not in json.dumps(without)
    assert with_one[0]["facts"]["full_name"] == "Someone Somewhere"
    assert {name: without[0]["facts"][name] for name in ("form", "channel", "category")} == {
        "form": "complaint",
        "channel": "web",
        "category": "withdrawal",
    }
    reading = stored(either)
    assert [(str(each.originator_id), each.part) for each in reading] == [(id, Part.LOG)]


def test_the_log_goes_on_where_it_was_left(world: World):
    auditor = world.token(Role.AUDITOR)
    end = world.get("/v1/log", auditor, limit=200).json()
    assert end["next"] is None
    assert world.get("/v1/log", auditor, after=end["position"]).json() == {
        "items": [],
        "position": end["position"],
        "next": None,
    }

    id = world.received()

    page = world.get("/v1/log", auditor, after=end["position"]).json()
    assert [item["originator_id"] for item in page["items"]] == [id] * 3
    problem(world.get("/v1/log", auditor, after="00:9999"), "invalid", 422)


def test_an_event_that_cannot_be_read_is_named_and_not_hidden(world: World):
    auditor = world.token(Role.AUDITOR)
    id = world.received()
    with world.plaint.log_database.driver_write() as connection:
        connection.execute(
            "UPDATE events SET topic = 'complaint.vanished' WHERE number = (SELECT max(number) FROM events)"
        )

    item = whole(world, auditor)[-1]

    assert item == {
        "position": f"00:{world.plaint.store.count()}",
        "topic": "complaint.vanished",
        "originator_id": id,
        "version": 3,
        "unreadable": "the topic is unknown; it may come from a newer version of Plaint",
    }


def test_a_case_with_an_event_of_a_newer_version_is_refused_and_all_else_goes_on(
    world: World, supervisor: dict[str, str]
):
    """It is neither read nor changed without that event, which the desk's log names; whoever asks learns why."""
    other, id = world.received(), world.received()
    with world.plaint.log_database.driver_write() as connection:
        connection.execute(
            "INSERT INTO events SELECT number + 1, originator_id, 4, 'complaint.foretold', state "
            "FROM events WHERE number = (SELECT max(number) FROM events)"
        )
        connection.execute("UPDATE head SET last = last + 1")

    with capture_logs() as logs:
        read = world.get(f"/v1/complaints/{id}", supervisor)
        changed = world.ask(id, "note", supervisor, {"text": "Called."}, tag="*")

    why = "the topic is unknown; it may come from a newer version of Plaint"
    wanted = {"case_id": id, "version": 4, "topic": "complaint.foretold", "error": why}
    named = [line for line in logs if line["event"] == "event_unreadable"]
    assert [wanted.items() <= line.items() for line in named] == [True, True]
    for answer in (read, changed):
        assert problem(answer, "unreadable", 503)["detail"].startswith("It may come from a newer version")
        assert answer.headers["Retry-After"] == "5"
    assert world.get(f"/v1/complaints/{other}", supervisor).status_code == 200


@pytest.mark.parametrize(("entity", "seen"), [("main", True), ("other", False)])
def test_an_auditor_of_one_legal_entity_reads_its_cases_and_readings_alone(
    world: World, entity: str, seen: bool
):
    """What is no case, such as a policy, is read by all."""
    who = Principal(
        id="user:eve", role=Role.AUDITOR, legal_entities=(entity,), clearance=Sensitivity.CONFIDENTIAL
    )
    id, handler = world.received(), world.token(Role.HANDLER)
    world.get(f"/v1/complaints/{id}", handler)
    world.later(minutes=1)
    world.app.dependency_overrides[auth.somebody] = lambda: who

    items = whole(world, {})
    reads = world.get("/v1/reads").json()["items"]

    assert any(item["originator_id"] == id for item in items) == seen
    assert [item["case_id"] for item in reads] == [id] * seen
    assert any(item["topic"] == "policy.loaded" for item in items)


SECRET_URL = "http://127.0.0.1:9/hook?key=sesame"


def test_what_opens_something_is_shown_for_no_purpose(world: World):
    """Whoever had the signing secret could forge our messages; the address may hold another."""
    hooks = Hooks(world)
    added = hooks.add(SECRET_URL, description="Our own")
    rotated = hooks.ask(added["id"], "rotate-secret", {}).json()
    change = {"url": SECRET_URL + "2"}
    changed = world.client.patch(
        f"/v1/webhooks/{added['id']}", json=change, headers=hooks.admin | {"If-Match": "*"}
    )
    assert changed.status_code == 200, changed.text

    items = whole(world, world.token(Role.AUDITOR) | PURPOSE)

    of_hook = {item["topic"]: item["facts"] for item in items if item["originator_id"] == added["id"]}
    assert of_hook.keys() == {"webhook.added", "webhook.secret_rotated", "webhook.changed"}
    assert {"url", "secret"}.isdisjoint(name for facts in of_hook.values() for name in facts)
    assert of_hook["webhook.added"]["description"] == "Our own"
    told = json.dumps(items)
    assert not any(each in told for each in ("sesame", added["secret"], rotated["secret"]))


def test_whose_particulars_are_read_in_the_configuration_is_on_record(world: World, admin: dict[str, str]):
    add(world, admin, "anna")

    items = whole(world, world.token(Role.AUDITOR) | PURPOSE)

    names = [item["facts"]["name"] for item in items if item["topic"] == "user.added"]
    assert names == ["Anna Example"]
    assert [(each.originator_id, each.part) for each in stored(world)] == [(user_id("anna"), Part.LOG)]


def restricted(world: World) -> str:
    id = world.received()
    body = {"sensitivity": "restricted", "reason": "A colleague is concerned."}
    assert world.ask(id, "set-sensitivity", world.token(Role.SUPERVISOR), body, tag="*").status_code == 200
    world.settle()
    return id


def test_a_case_above_normal_is_told_by_its_topics_alone_without_a_purpose(world: World):
    id, auditor = restricted(world), world.token(Role.AUDITOR)

    without = [item for item in whole(world, auditor) if item["originator_id"] == id]
    with_one = [item for item in whole(world, auditor | PURPOSE) if item["originator_id"] == id]

    assert [item["topic"] for item in without] == [item["topic"] for item in with_one]
    assert not any({"facts", "actor"} & item.keys() for item in without)
    assert all({"facts", "actor"} <= item.keys() for item in with_one)


def test_of_what_the_read_models_have_not_nothing_is_told_without_a_purpose(world: World):
    """It is not known yet how closely it is kept."""
    auditor = world.token(Role.AUDITOR)
    id = world.send().json()["id"]

    without = [item for item in whole(world, auditor) if item["originator_id"] == id]
    whole(world, auditor | PURPOSE)

    assert without
    assert not any({"facts", "actor"} & item.keys() for item in without)
    assert [str(each.originator_id) for each in stored(world)] == [id]


def test_every_case_of_which_facts_are_read_is_on_record(world: World):
    """Also where nothing of them concerns a person."""
    auditor, id = world.token(Role.AUDITOR), world.received()
    last = world.plaint.store.count() - 1

    items = world.get("/v1/log", auditor | PURPOSE, after=f"00:{last}").json()["items"]

    assert [item["topic"] for item in items] == ["clock.started"]
    assert [str(each.originator_id) for each in stored(world)] == [id]
