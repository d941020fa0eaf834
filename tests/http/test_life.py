"""A complaint's life over HTTP: found out, approved, paid, referred, corrected, rated, kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from domain.access import Role
from tests.http.world import World, pointers, problem

MONEY = {"kind": "money", "amount": "12.50", "currency": "EUR", "description": "The second fee."}
ANSWER = {"outcome": "upheld", "reasons": "It was charged twice.", "redress": [MONEY]}


class Handled:
    """One complaint, asked with the version that it has."""

    def __init__(self, world: World, **facts: Any) -> None:
        self.world, self.id = world, world.received(**facts)
        self.roles = {role: world.token(role) for role in (Role.HANDLER, Role.SUPERVISOR, Role.COMPLIANCE)}

    def link(self) -> dict[str, str]:
        """Return the header that shows a link of the complainant."""
        made = self.world.client.post(
            f"/v1/complaints/{self.id}/links", json={}, headers=self.roles[Role.HANDLER]
        )
        self.world.settle()
        return {"Authorization": f"Bearer {made.json()['url'].rpartition('/')[2]}"}

    def asks(self, command: str, body: Any = None, who: Role | dict[str, str] = Role.HANDLER) -> Response:
        shown = self.roles[who] if isinstance(who, Role) else who
        version = self.read(self.roles[Role.SUPERVISOR])["version"]
        self.world.later(minutes=1)
        return self.world.ask(self.id, command, shown, body or {}, version=version)

    def does(self, command: str, body: Any = None, who: Role | dict[str, str] = Role.HANDLER) -> None:
        answer = self.asks(command, body, who)
        assert answer.status_code == 200, answer.text

    def read(self, who: dict[str, str] | None = None) -> dict[str, Any]:
        return self.world.get(f"/v1/complaints/{self.id}", who or self.roles[Role.HANDLER]).json()

    def history(self, who: dict[str, str]) -> list[dict[str, Any]]:
        return self.world.get(f"/v1/complaints/{self.id}/history", who).json()["items"]


def test_a_complaint_is_found_out_about_approved_paid_and_rated(either: World):
    """And its document shows all of it to whom it is for, on SQLite and on PostgreSQL."""
    case = Handled(either)
    case.does("investigate")
    asked = {"kind": "department_consulted", "summary": "Asked the treasury.", "department": "treasury"}
    case.does("record-step", asked | {"due_at": "2026-05-29T16:00:00Z"})
    (step,) = case.read()["steps"]
    case.does("answer-consultation", {"consultation": step["consultation"], "text": "It was held."})
    case.does("record-finding", {"point": "fee", "finding": "substantiated", "summary": "Charged twice."})
    case.does("propose-resolution", ANSWER)
    assert case.read()["proposal"]["state"] == "proposed"
    case.does("approve-resolution", who=Role.SUPERVISOR)
    case.does("resolve", {"outcome": "upheld", "reasons": "It was charged twice.", "waiver": "annex-3"})
    case.does("pay-redress", {"redress": 1, "reference": "SEPA 4711"})
    case.does("refer-externally", {"body": "AMF", "reference": "M-17"})
    case.does("record-external-outcome", {"body": "AMF", "outcome": "firm_upheld", "binding": False})
    case.does("place-hold", {"kind": "legal", "reason": "A claim."}, Role.COMPLIANCE)
    case.does("close")
    mine = case.link()
    case.does("rate", {"score": 4, "comment": "Quick."}, mine)

    whole = case.read()
    (step,) = whole["steps"]
    assert (step["answer"], step["overdue"], step["due_at"]) == (
        "It was held.",
        False,
        "2026-05-29T16:00:00Z",
    )
    assert [(each["point"], each["summary"]) for each in whole["findings"]] == [("fee", "Charged twice.")]
    assert (whole["proposal"], whole["decision"]["points"]) == (None, ["fee"])
    assert whole["decision"]["approved_by"] != whole["decision"]["proposed_by"]
    (granted,) = whole["redress"]
    told = {name: granted[name] for name in ("number", "amount", "description", "reference")}
    assert told == {
        "number": 1,
        "amount": "12.50",
        "description": "The second fee.",
        "reference": "SEPA 4711",
    }
    assert granted["paid_at"] is not None
    assert [(each["body"], each["outcome"]) for each in whole["referrals"]] == [("AMF", "firm_upheld")]
    assert [each["kind"] for each in whole["holds"]] == ["legal"]
    seen = case.read(mine)
    rated = {name: whole["rating"][name] for name in ("score", "comment")}
    assert rated == {"score": 4, "comment": "Quick."}
    assert (seen["redress"], seen["rating"]) == (whole["redress"], whole["rating"])
    assert not seen.keys() & {"steps", "findings", "proposal", "holds", "corrections", "complained_of"}
    assert "deadline" not in seen["referrals"][0]


def test_a_proposal_is_not_judged_by_a_handler_nor_by_who_made_it(world: World):
    case = Handled(world)
    case.does("propose-resolution", ANSWER, Role.SUPERVISOR)

    assert problem(case.asks("approve-resolution"), "forbidden", 403)
    own = problem(case.asks("approve-resolution", who=Role.SUPERVISOR), "conflict", 409)
    assert "whoever they act as" in own["detail"]


def test_a_proposal_is_judged_in_the_version_that_was_read_and_in_no_other(world: World):
    case = Handled(world)
    supervisor = case.roles[Role.SUPERVISOR]
    case.does("propose-resolution", ANSWER)
    body = {"reason": "The interest is missing."}

    for name, said in (("approve-resolution", {}), ("return-resolution", body)):
        assert problem(world.ask(case.id, name, supervisor, said, tag="*"), "version-required", 428)
        many = {"command": name, "items": [{"id": case.id, "body": said}]}
        answer = world.client.post("/v1/complaints/bulk", json=many, headers=supervisor)
        assert [each["status"] for each in answer.json()["results"]] == [428]
    assert case.read()["proposal"]["state"] == "proposed"


def test_of_two_proposals_made_at_once_one_is_told_that_it_lost(world: World):
    """Approval is never of what the approver did not read."""
    case = Handled(world)
    supervisor = case.roles[Role.SUPERVISOR]
    case.does("propose-resolution", ANSWER)
    version = case.read()["version"]
    case.does("propose-resolution", ANSWER | {"outcome": "settled"})

    lost = world.ask(case.id, "approve-resolution", supervisor, {}, version=version)

    assert problem(lost, "stale-version", 412)["version"] == version + 1


def test_only_a_supervisor_overrides_a_conflict_and_gives_the_reason(world: World):
    case = Handled(world)
    case.does("name-person-complained-of", {"user": "ben"})
    override = {"assignee": "ben", "override_reason": "Nobody else reads the language."}

    refused = case.asks("assign", {"assignee": "ben"})
    assert pointers(refused) == ["/assignee"]
    assert problem(case.asks("assign", override), "forbidden", 403)
    case.does("assign", override, Role.SUPERVISOR)
    (event,) = (
        each for each in case.history(case.roles[Role.HANDLER]) if each["topic"].endswith(".assigned")
    )
    assert event["facts"]["conflict_overridden"] is True


def test_who_is_complained_of_is_named_as_the_directory_knows_them(world: World):
    admin = world.token(Role.ADMIN)
    ben = {"login": "ben", "name": "Ben", "role": "handler", "teams": ["complaints"]}
    assert world.client.post("/v1/users", json=ben, headers=admin).status_code == 201
    world.settle()
    case = Handled(world)

    assert pointers(case.asks("name-person-complained-of", {"user": "nobody"})) == ["/user"]
    case.does("name-person-complained-of", {"user": "ben"})
    assert case.read()["complained_of"] == ["user:ben"]


@pytest.mark.parametrize(
    ("command", "body"),
    [("supply-information", {"text": "That one."}), ("accept", {}), ("withdraw", {"reason": "Found it."})],
)
def test_a_complainant_answers_by_their_link(world: World, command: str, body: dict[str, Any]):
    case = Handled(world)

    case.does(command, body, case.link())

    last = case.history(case.roles[Role.HANDLER])[-1]
    assert {each["actor"] for each in case.history(case.roles[Role.HANDLER])} >= {f"complainant:{case.id}"}
    assert last["actor"] == f"complainant:{case.id}"


def test_a_complainant_answers_as_of_now_and_asks_nothing_else(world: World):
    case, other = Handled(world), Handled(world)
    mine = case.link()

    backdated = case.asks("accept", {"occurred_at": "2026-05-22T16:00:00Z"}, mine)
    assert pointers(backdated) == ["/occurred_at"]
    assert problem(case.asks("note", {"text": "Mine."}, mine), "forbidden", 403)
    foreign = world.ask(other.id, "accept", mine, {}, version=3)
    assert problem(foreign, "not-found", 404)


def test_a_link_that_was_taken_back_answers_nothing(world: World):
    case = Handled(world)
    mine = case.link()
    world.client.delete(f"/v1/complaints/{case.id}/links", headers=case.roles[Role.HANDLER])

    assert case.asks("accept", who=mine).status_code == 401


def test_what_is_corrected_is_what_lists_and_documents_show(world: World):
    """What was recorded before stands beside it."""
    case = Handled(world)
    handler = case.roles[Role.HANDLER]
    for what, value in (
        ("category", "fees"),
        ("full_name", "Someone Else"),
        ("received_at", "2026-05-22T12:00:00Z"),
    ):
        case.does("correct", {"what": what, "value": value, "reason": "The stamp of the post."})

    whole = case.read()
    assert (whole["category"], whole["received_at"]) == ("fees", "2026-05-22T12:00:00Z")
    assert (whole["submission"]["category"], whole["submission"]["full_name"]) == ("fees", "Someone Else")
    assert [(each["what"], each["old"], each["old_personal"]) for each in whole["corrections"]] == [
        ("category", "withdrawal", None),
        ("full_name", None, "Someone Somewhere"),
        ("received_at", None, None),
    ]
    assert [row["id"] for row in world.get("/v1/complaints", handler, category="fees").json()["items"]] == [
        case.id
    ]
    clocks = world.get(f"/v1/complaints/{case.id}/clocks", handler).json()["items"]
    assert {each["started_at"] for each in clocks} == {"2026-05-22T12:00:00Z"}


def test_a_country_that_was_wrong_brings_the_regimes_of_the_right_one(world: World):
    case = Handled(world)

    case.does("correct", {"what": "country", "value": "FR", "reason": "The identity card says so."})

    assert case.read()["regimes"] == ["house", "mica"]
    assert problem(case.asks("correct", {"what": "category", "value": "x", "reason": "No."}), "rule", 422)


def test_what_was_recorded_in_error_is_struck_and_its_complainant_is_not_told_it(world: World):
    case = Handled(world)
    mine, handler = case.link(), case.roles[Role.HANDLER]
    case.does("send-update", {"text": "Of somebody else."})
    version = case.read()["version"]
    wrong = {"what": "event", "version": version, "other": str(UUID(int=7)), "reason": "Wrong case."}

    case.does("correct", wrong)

    assert [each["version"] for each in case.history(handler) if each["in_error"]] == [version]
    assert "Of somebody else." not in str(case.history(mine))


@pytest.mark.parametrize(
    ("redress", "pointer"),
    [
        (MONEY | {"amount": 12.5}, "/redress/0/amount"),
        (MONEY | {"amount": "12,50"}, "/redress/0/amount"),
        (MONEY | {"amount": "0.00"}, "/redress/0/amount"),
        (MONEY | {"currency": "Euro"}, "/redress/0/currency"),
        ({"kind": "money", "amount": "1"}, "/redress/0"),
        ({"kind": "crypto_asset", "amount": "1", "asset": "BTC"}, "/redress/0"),
        ({"kind": "in_kind"}, "/redress/0"),
        (MONEY | {"asset": "BTC"}, "/redress/0"),
    ],
)
def test_redress_that_does_not_fit_is_refused_where_it_is_wrong(
    world: World, redress: dict[str, Any], pointer: str
):
    case = Handled(world)

    assert pointers(case.asks("resolve", ANSWER | {"redress": [redress]})) == [pointer]
