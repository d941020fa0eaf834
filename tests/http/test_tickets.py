"""Tickets are read as complaints are, and never taken for them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.tokens import create
from domain.access import Role
from domain.clocks import bind
from domain.ids import new_id
from domain.ticket import Ticket
from domain.ticket.request import Request
from tests.http.world import World, pointers, problem


def ticket(world: World, *, solved: bool = False, **facts: Any) -> str:
    """Let a ticket be opened, and return its id."""
    rules, by = world.plaint.desk.rules, world.plaint.desk.context("import:itsm")
    case = Ticket(new_id(by.recorded_at, world.chance(10)))
    request = Request.model_validate({"form": "itsm", "category": "42"} | facts)
    case.open(request, by, rules, pins=bind(rules, [rules.regime("house")]))
    if solved:
        case.solve(by, rules)
    world.plaint.store.append(case)
    world.settle()
    return str(case.id)


@pytest.fixture
def supervisor(world: World) -> dict[str, str]:
    return world.token(Role.SUPERVISOR)


def listed(world: World, who: dict[str, str], path: str, **query: Any) -> list[str]:
    return [row["id"] for row in world.get(path, who, **query).json()["items"]]


def test_each_list_holds_its_kind_and_a_queue_holds_both(world: World, supervisor: dict[str, str]):
    complaint, first = world.received(), ticket(world, team="complaints")
    second = ticket(world, solved=True, severity="high")

    assert listed(world, supervisor, "/v1/complaints") == [complaint]
    assert set(listed(world, supervisor, "/v1/tickets")) == {first, second}
    assert listed(world, supervisor, "/v1/tickets", status="solved") == [second]
    assert listed(world, supervisor, "/v1/tickets", severity="high", team="support") == [second]
    assert set(listed(world, supervisor, "/v1/queues/complaints")) == {complaint, first}
    assert listed(world, supervisor, "/v1/queues/complaints", status="open") == [first]
    assert listed(world, supervisor, "/v1/queues/support") == [second]
    assert pointers(world.get("/v1/tickets", supervisor, status="received")) == ["status"]


def test_pages_of_tickets_follow_one_another(world: World, supervisor: dict[str, str]):
    ids = {ticket(world) for _ in range(3)}
    first = world.get("/v1/tickets", supervisor, limit=2).json()
    rest = world.get(first["next"], supervisor).json()

    assert first["next"].startswith("/v1/tickets?limit=2&cursor=")
    assert {row["id"] for row in [*first["items"], *rest["items"]]} == ids
    assert rest["next"] is None


def test_a_ticket_is_read_by_id_or_reference_with_history_and_clocks(
    world: World, supervisor: dict[str, str]
):
    id = ticket(world, solved=True, severity="high", subcategory="card")
    row = world.get("/v1/tickets", supervisor).json()["items"][0]
    found = world.get(f"/v1/tickets/{row['reference']}", supervisor)
    said = found.json()

    assert row["reference"].startswith("T-")
    assert (said["id"], said["kind"], said["status"], said["severity"]) == (id, "ticket", "solved", "high")
    assert said["submission"]["subcategory"] == "card"
    assert (said["solved_at"], said["closed_at"], said["closed_code"]) == ("2026-05-22T16:00:00Z", None, None)
    assert found.headers["ETag"] == f'"{said["version"]}"'
    topics = [each["topic"] for each in world.get(f"/v1/tickets/{id}/history", supervisor).json()["items"]]
    assert topics == ["ticket.opened", "clock.started", "clock.started", "ticket.solved", "clock.met"]
    (met,) = [
        each
        for each in world.get(f"/v1/tickets/{id}/clocks", supervisor).json()["items"]
        if each["status"] == "met"
    ]
    explained = world.get(f"/v1/tickets/{id}/clocks/{met['id']}/explain", supervisor).json()
    assert (explained["milestone"], explained["agrees"]) == ("decision", True)


@pytest.mark.parametrize("more", ["", "/history", "/clocks"])
def test_neither_kind_is_found_among_the_other(world: World, supervisor: dict[str, str], more: str):
    complaint, other = world.received(), ticket(world)

    assert problem(world.get(f"/v1/tickets/{complaint}{more}", supervisor), "not-found", 404)
    assert problem(world.get(f"/v1/complaints/{other}{more}", supervisor), "not-found", 404)


def test_no_command_of_a_complaint_reaches_a_ticket(world: World, supervisor: dict[str, str]):
    id = ticket(world)

    assert problem(world.ask(id, "note", supervisor, {"text": "x"}, tag="*"), "not-found", 404)


def test_a_ticket_of_a_foreign_team_does_not_exist(world: World):
    id, handler = ticket(world), world.token(Role.HANDLER, "complaints")

    assert listed(world, handler, "/v1/tickets") == []
    assert problem(world.get(f"/v1/tickets/{id}", handler), "not-found", 404)
    assert problem(world.get("/v1/tickets"), "unauthenticated", 401)


def test_the_dashboard_is_about_complaints(world: World, supervisor: dict[str, str]):
    before = world.get("/v1/dashboards/sla", supervisor).json()
    ticket(world)
    after = world.get("/v1/dashboards/sla", supervisor).json()

    same = set(before) - {"position"}
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert before["position"] != after["position"]


def test_the_pages_show_both_kinds(tmp_path_factory: pytest.TempPathFactory):
    world = World(tmp_path_factory.mktemp("pages"), pages=True)
    world.received()
    id = ticket(world, solved=True)
    browser = TestClient(world.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    secret = create(world.plaint, Role.SUPERVISOR).secret
    world.settle()
    browser.post("/sign-in", data={"token": secret})
    queue, one, only = (browser.get(path).text for path in ("/queue", f"/tickets/{id}", "/queue?kind=ticket"))
    world.close()

    assert "/complaints/C-" in queue
    assert "/tickets/T-" in queue
    assert "/complaints/C-" not in only
    assert "Ticket opened by web" in one
    assert "Solved" in one
    assert "Next step by API" not in one
