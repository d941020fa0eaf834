"""Lists: filters, order, and pages without gaps or repetitions."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from domain.access import Role
from domain.complaint.form import ComplaintForm
from tests.http.world import A_COMPLAINT, World, pointers, problem


def fill(world: World, count: int) -> set[str]:
    """Let *count* complaints come in, several in the same instant."""
    submission = ComplaintForm.model_validate(A_COMPLAINT).submission(
        legal_entity_default="main", form_version="1"
    )
    ids: set[str] = set()
    for number in range(count):
        if number % 7 == 0:
            world.later(minutes=1)
        ids.add(str(world.plaint.desk.receive(submission, "test").id))
    world.settle()
    return ids


def pages(world: World, who: dict[str, str], path: str) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    following: str | None = path
    while following:
        body = world.get(following, who).json()
        found.append(body["items"])
        following = body["next"]
    return found


def test_pages_have_no_gaps_and_no_repetitions_in_any_order(either: World):
    supervisor = either.token(Role.SUPERVISOR)
    ids = fill(either, 230)

    for sort in ("due", "-due", "received_at", "-received_at"):
        found = pages(either, supervisor, f"/v1/complaints?sort={sort}&limit=70")
        rows = [
            (row["due_before" if "due" in sort else "received_at"], row["id"])
            for page in found
            for row in page
        ]
        assert [len(page) for page in found] == [70, 70, 70, 20]
        assert {id for _, id in rows} == ids
        assert rows == sorted(rows, reverse=sort.startswith("-"))


def test_cases_that_arrive_meanwhile_shift_nothing(world: World, supervisor: dict[str, str]):
    ids = fill(world, 10)
    first = world.get("/v1/complaints?sort=received_at&limit=5", supervisor).json()
    more = fill(world, 3)

    rest = pages(world, supervisor, first["next"])

    seen = [row["id"] for row in first["items"]] + [row["id"] for page in rest for row in page]
    assert len(seen) == len(set(seen))
    assert set(seen) == ids | more


def test_a_cursor_belongs_to_its_query_and_its_reader(world: World, supervisor: dict[str, str]):
    fill(world, 3)
    following: str = world.get("/v1/complaints?category=withdrawal&limit=1", supervisor).json()["next"]
    cursor = dict(parse_qsl(urlsplit(following).query))["cursor"]
    tampered = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    raw = urlsafe_b64decode(cursor)
    forged = [
        *(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(len(raw))),
        raw[:-1],
        raw + b"\0",
        raw[:24] + bytes(16),
        raw[:24] + sha256(b"plaint cursor" + raw[:24]).digest()[:16],
        b"",
    ]

    assert (
        world.get("/v1/complaints", supervisor, category="withdrawal", limit=2, cursor=cursor).status_code
        == 200
    )
    for query in (
        {"category": "fees", "cursor": cursor},
        {"cursor": cursor},
        {"category": "withdrawal", "sort": "-due", "cursor": cursor},
        {"category": "withdrawal", "cursor": tampered},
        {"category": "withdrawal", "cursor": "é"},
        {"category": "withdrawal", "cursor": cursor + "===="},
        {"category": "withdrawal", "cursor": cursor.rstrip("=")},
        *({"category": "withdrawal", "cursor": urlsafe_b64encode(each).decode()} for each in forged),
        {"category": "withdrawal", "cursor": ""},
    ):
        assert pointers(world.get("/v1/complaints", supervisor, **query)) == ["cursor"]
    other = world.token(Role.SUPERVISOR)
    assert pointers(world.get("/v1/complaints", other, category="withdrawal", cursor=cursor)) == ["cursor"]
    assert pointers(world.get("/v1/queues/complaints", supervisor, category="withdrawal", cursor=cursor)) == [
        "cursor"
    ]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"colour": "red"}, ["colour"]),
        ({"q": "\0"}, ["q"]),
        ({"offset": "3", "limit": "0"}, ["limit", "offset"]),
        ({"limit": "201"}, ["limit"]),
        ({"limit": "9" * 5000}, ["limit"]),
        ({"limit": "x"}, ["limit"]),
        ({"sort": "team"}, ["sort"]),
        ({"status": "lost"}, ["status"]),
        ({"overdue": "perhaps"}, ["overdue"]),
        ({"severity": "mild"}, ["severity"]),
        ({"received_from": "yesterday"}, ["received_from"]),
        ({"received_from": "9999-12-31T23:59:59-23:59"}, ["received_from"]),
        ({"due_before": "2026-05-22"}, ["due_before"]),
        ({"team": "\0"}, ["team"]),
    ],
)
def test_a_parameter_that_is_unknown_or_wrong_is_refused_by_name(
    world: World, supervisor: dict[str, str], query: dict[str, str], named: list[str]
):
    answer = world.get("/v1/complaints", supervisor, **query)

    said = problem(answer, "invalid", 422)
    assert pointers(answer) == named
    assert all(name in said["detail"] for name in named)


def test_filters_narrow_the_list(world: World, supervisor: dict[str, str]):
    first, second = world.received(), world.received(country="FR", category="fees")
    world.later(days=1)
    third = world.received()
    world.ask(
        third, "triage", supervisor, {"category": "fees", "severity": "high", "admissible": True}, version=3
    )
    world.ask(first, "escalate", supervisor, {"reason": "x"}, version=3)
    world.ask(first, "assign", supervisor, {"assignee": "me"}, version=4)
    world.ask(second, "investigate", supervisor, version=4)

    def found(**query: Any) -> set[str]:
        return {row["id"] for row in world.get("/v1/complaints", supervisor, **query).json()["items"]}

    assert found() == {first, second, third}
    assert found(category="fees") == {second, third}
    assert found(severity="high") == {third}
    assert found(escalated="true") == {first}
    assert found(escalated="false") == {second, third}
    assert found(assignee="me") == {first}
    assert found(status="investigating") == {second}
    assert found(status=["investigating", "received"]) == {first, second, third}
    assert found(regime="mica") == {second}
    assert found(team="complaints", overdue="false") == {first, second, third}
    assert found(team="payments") == set()
    assert found(received_from="2026-05-23T16:00:00Z") == {third}
    assert found(received_to="2026-05-23T16:00:00Z") == {first, second}
    assert found(due_before="2026-05-22T16:00:00Z") == set()


def test_a_queue_holds_the_open_cases_of_a_team(
    world: World, supervisor: dict[str, str], stranger: dict[str, str]
):
    first, second, third = world.received(), world.received(), world.received()
    world.ask(second, "assign", supervisor, {"team": "payments"}, version=3)
    world.ask(third, "withdraw", supervisor, {"reason": "x"}, version=3)

    def queue(team: str, who: dict[str, str]) -> list[str]:
        return [row["id"] for row in world.get(f"/v1/queues/{team}", who).json()["items"]]

    assert queue("complaints", supervisor) == [first]
    assert queue("payments", supervisor) == [second]
    assert queue("payments", stranger) == [second]
    assert problem(world.get("/v1/queues/complaints", stranger), "not-found", 404)
    assert problem(world.get("/v1/queues/nobody", supervisor), "not-found", 404)


def test_the_next_page_lies_at_the_public_address(world: World, supervisor: dict[str, str]):
    fill(world, 2)
    object.__setattr__(
        world.plaint, "settings", world.settings.model_copy(update={"public_url": "https://desk.example/x/"})
    )

    following = world.get("/v1/complaints?limit=1", supervisor).json()["next"]

    assert following.startswith("https://desk.example/x/v1/complaints?limit=1&cursor=")
