"""What of a case each reader gets: fields that are not for them are absent, never null."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Iterator
from hashlib import sha256
from typing import Annotated, Any, get_args, get_type_hints
from uuid import UUID

import pytest
from pydantic import BaseModel

from adapters.http.auth import purpose
from adapters.http.openapi import DOCUMENTS
from adapters.http.problems import Problem
from adapters.http.sight import declared, narrowed, reachable
from domain import commands as c
from domain.access import IMPERSONAL, OF_THEIR_OWN, Principal, Role, Sight
from domain.ids import derived
from domain.privacy import Personal, PersonalText
from tests.http.filing import a_png
from tests.http.rights import OWN, Matrix, Prepared, clock_of, matrix
from tests.http.world import A_COMPLAINT, problem

WORK = {
    "escalated", "level", "severity", "team", "assignee", "legal_entity", "sensitivity", "regimes", "overdue",
    "next_promise", "next_legal", "next_house", "admissible", "complex", "admissibility",
    "merged_into", "links", "merged", "split_into", "split_from", "issues",
    "escalated_by", "steps", "findings",
    "proposal", "corrections", "holds", "complained_of",
}  # fmt: skip
PUBLIC = {
    "id", "reference", "version", "position", "kind", "status", "open", "received_at", "category", "channel",
    "language", "due_before", "clocks", "acknowledged_at", "decision", "closed_at", "submission",
    "redirected_to", "origin", "redress", "referrals", "rating",
}  # fmt: skip
OF_TICKETS = {
    "solved_at", "replied_at", "questions", "appointment", "answer", "closes_at", "rating", "reopen_before",
}  # fmt: skip
SHARED = {"representatives"}
PERSONAL = {"escalation_reason", "special_care", "vulnerability", "possible_duplicates"}
OF_COMPLAINTS = {"decision", "redirected_to", "redress", "referrals"}
ANSWERED = {
    "outcome", "sent_at", "sent_at_known", "points", "response_type", "remedies_named", "waiver",
}  # fmt: skip
OF_THE_DESK = {"precedents", "root_cause", "proposed_by", "approved_by"}
TOLD = "We have found the transaction."
SECRETS = ("Suspected of fraud.", "Third complaint this year.", "handler-7", "made-by-anna", "Keep it quiet.")
"""What only the desk says, and of whom."""
THEIRS = [value for name, value in A_COMPLAINT.items() if name not in {"category", "language", "country"}]
EVERY_READ = ("", "/history", "/clocks", "/clocks/{clock}/explain")


@pytest.fixture(scope="module")
def desk(five_cases: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Generator[Matrix]:
    with matrix(five_cases, tmp_path_factory.mktemp("fields")) as made:
        for asked in (
            c.Assign(assignee="handler-7"),
            c.Note(text="Suspected of fraud."),
            c.Note(text="We called you back.", visibility="customer"),
            c.Escalate(reason="Third complaint this year."),
            c.SendUpdate(text=TOLD),
            c.Resolve(outcome="upheld", reasons="It was our fault."),
            c.Reopen(reason="Keep it quiet."),
        ):
            made.world.plaint.desk.command(made.ids["complaint"][OWN], asked, "made-by-anna")
        made.world.settle()
        yield made


def read(
    desk: Matrix, role: Role, path: str = "", *, purpose: bool = True, kind: str = "complaint"
) -> dict[str, Any]:
    """Return what *role* reads of their own case."""
    case = desk.ids[kind][OWN]
    path = f"/v1/{kind}s/{case}{path.replace('{clock}', clock_of(case))}"
    answer = desk.ask("get", path, desk.person(role), purpose=purpose)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_complainant_reads_what_is_public_and_what_they_said_or_were_told(desk: Matrix):
    case = read(desk, Role.COMPLAINANT)

    assert case.keys() == PUBLIC | SHARED
    assert case["submission"] == {
        "form": "complaint",
        "privacy_notice": case["submission"]["privacy_notice"],
        "channel": "web",
        "service": "crypto_assets",
        "no_account": False,
        "related_tickets": [],
        "people_involved": [],
        **A_COMPLAINT,
    }
    assert case["decision"]["reasons"] == "It was our fault."
    assert case["clocks"][0].keys() == {
        "id", "regime", "milestone", "number", "legal", "started_at", "due_date", "due_before", "status",
        "stopped_at",
    }  # fmt: skip


def told_of_file(case: UUID, name: str) -> list[tuple[str, Any]]:
    """Return what a complainant is told of a file that `put_file` put on *case*."""
    content, id = a_png(len(name)), str(derived(case, name))
    named = {"file_id": id, "name": f"{name}.png", "declared": "image/png"}
    measured = {"size": len(content), "sha256": sha256(content).hexdigest()}
    return [
        ("attachment.queued", named | measured),
        ("attachment.accepted", {"file_id": id, "kind": "png"}),
    ]


def test_a_complainant_is_told_of_nothing_that_is_the_desks_own(desk: Matrix):
    for path in EVERY_READ:
        text = json.dumps(read(desk, Role.COMPLAINANT, path))
        assert [each for each in SECRETS if each in text] == []
    history = read(desk, Role.COMPLAINANT, "/history")["items"]
    assert [(item["topic"], item["facts"]) for item in history][1:] == [
        *told_of_file(desk.ids["complaint"][OWN], "kept"),
        *told_of_file(desk.ids["complaint"][OWN], "doomed"),
        ("complaint.noted", {"text": "We called you back."}),
        ("complaint.update_sent", {"text": TOLD}),
        (
            "complaint.decision_sent",
            {
                "outcome": "upheld",
                "reasons": "It was our fault.",
                "redress": [],
                "points": [],
                "remedies_named": [],
            },
        ),
        ("complaint.reopened", {}),
    ]


def test_a_complainant_of_a_ticket_reads_it_alike(desk: Matrix):
    case = read(desk, Role.COMPLAINANT, kind="ticket")

    of_tickets = (
        OF_TICKETS | SHARED | {"acknowledged_at", "promoted_to", "first_received_at", "awaiting_files"}
    )
    assert case.keys() == (PUBLIC - OF_COMPLAINTS) | of_tickets
    assert case["submission"].keys() == {"form", "privacy_notice", "channel", "language", "category"}


@pytest.mark.parametrize("role", [Role.HANDLER, Role.SUPERVISOR, Role.COMPLIANCE])
def test_who_may_read_what_concerns_a_person_reads_all_without_saying_why(desk: Matrix, role: Role):
    case = read(desk, role, purpose=False)

    assert case.keys() == PUBLIC | SHARED | WORK | PERSONAL
    assert {name: case["submission"][name] for name in A_COMPLAINT} == A_COMPLAINT
    assert all(each in json.dumps(read(desk, role, "/history", purpose=False)) for each in SECRETS)


def test_an_auditor_reads_what_concerns_a_person_for_a_purpose_alone(desk: Matrix):
    """Without one the fields are absent: in the document, its history, its clocks and their past."""
    without = read(desk, Role.AUDITOR, purpose=False)

    assert without.keys() == PUBLIC | WORK
    assert without["decision"].keys() == ANSWERED | OF_THE_DESK
    assert not without["submission"].keys() & {"account_email", "full_name", "details", "country"}
    for path in EVERY_READ:
        text = json.dumps(read(desk, Role.AUDITOR, path, purpose=False))
        assert [each for each in [*THEIRS, TOLD, "Suspected of fraud."] if each in text] == []
        assert "withheld" not in text
    assert read(desk, Role.AUDITOR) == read(desk, Role.SUPERVISOR)
    assert read(desk, Role.AUDITOR, "/history") == read(desk, Role.SUPERVISOR, "/history")


@pytest.mark.parametrize("written", [b"", b" ", b"x" * 201, b"a\tb", b"\x7f"])
def test_a_purpose_that_is_no_line_of_text_is_refused(desk: Matrix, written: bytes):
    who = desk.person(Role.AUDITOR)
    answer = desk.ask(
        "get", f"/v1/complaints/{desk.ids['complaint'][OWN]}", who, headers={"Purpose": written}
    )

    assert "Purpose" in problem(answer, "malformed-header", 400)["detail"]


def test_a_purpose_of_bytes_that_are_no_utf_8_is_refused():
    with pytest.raises(Problem, match="UTF-8"):
        asyncio.run(purpose("\xff"))


@pytest.mark.parametrize("written", ["x" * 200, "Prüfung 40 %"])
def test_a_purpose_is_a_line_of_utf_8(desk: Matrix, written: str):
    who = desk.person(Role.AUDITOR)
    path = f"/v1/complaints/{desk.ids['complaint'][OWN]}"
    answer = desk.ask("get", path, who, headers={"Purpose": written.encode()})

    assert answer.json()["submission"]["details"] == A_COMPLAINT["details"]


def undeclared(root: type[BaseModel]) -> Iterator[str]:
    """Yield each field of *root*, at any depth, that does not say for whom it is and has to."""
    for model, inherited in reachable(root):
        hints = get_type_hints(model, include_extras=True)
        for name in model.model_fields:
            mark = declared(model, name)
            open_to_all = mark is None and inherited is Sight.PUBLIC
            about_somebody = is_personal(hints[name]) and (mark or inherited) not in {
                Sight.SHARED,
                Sight.PERSONAL,
            }
            if open_to_all or about_somebody:
                yield f"{model.__name__}.{name}"


def is_personal(hint: Any) -> bool:
    marked = any(isinstance(extra, Personal) for extra in getattr(hint, "__metadata__", ()))
    return marked or any(map(is_personal, get_args(hint)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.__name__)
def test_every_field_of_a_document_says_whom_it_is_for(document: type[BaseModel]):
    assert list(undeclared(document)) == []


class Inner(BaseModel):
    inherits: int = 1
    reason: PersonalText = "of a person"
    fine: Annotated[PersonalText, Sight.PERSONAL] = "of a person"


class Planted(BaseModel):
    plain: int = 1
    told: Annotated[int, Sight.PUBLIC] = 2
    inner: Annotated[Inner, Sight.WORK] = Inner()
    many: Annotated[tuple[Inner, ...], Sight.PUBLIC] = (Inner(),)


def test_a_field_that_says_nothing_is_seen_at_any_depth():
    assert list(undeclared(Planted)) == ["Planted.plain", "Inner.reason", "Inner.inherits", "Inner.reason"]


def test_a_field_is_absent_for_those_whom_it_is_not_for():
    """Within lists too."""
    inner = {"inherits": 1, "reason": "of a person"}

    assert json.loads(narrowed(Planted(), IMPERSONAL)) == {
        "plain": 1,
        "told": 2,
        "inner": inner,
        "many": [inner],
    }
    assert json.loads(narrowed(Planted(), OF_THEIR_OWN)).keys() == {"plain", "told", "many"}


def test_the_description_requires_no_field_that_a_reader_may_lack(desk: Matrix):
    schemas = desk.world.client.get("/openapi.json").json()["components"]["schemas"]

    assert set(schemas["CaseDocument"]["required"]) == PUBLIC
    assert set(schemas["Decision"]["required"]) == ANSWERED
    assert "actor" not in schemas["HistoryItem"]["required"]
    assert "reason" not in schemas["Change"]["required"]


def test_a_complainant_sees_no_case_but_theirs(desk: Matrix):
    who = Principal(id="other", role=Role.COMPLAINANT, cases=frozenset({UUID(int=1)}))

    assert desk.ask("get", f"/v1/complaints/{desk.ids['complaint'][OWN]}", who).status_code == 404
