"""Where the parts meet: what is said, sent and rated finds the case that goes on, and files hold a merge up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from adapters.eventstore.catalogue import grow
from domain.access import Role
from domain.attachments.orders import SettleFile
from domain.ids import log_of, reference
from domain.ticket import Ticket
from tests.http.filing import a_png, put_file
from tests.http.form_files import RESET, write
from tests.http.reacting import react
from tests.http.test_attachments import Headers, listed, look, part, send
from tests.http.test_merging import post, shown, topics
from tests.http.test_ticket_reactions import promised
from tests.http.world import World, problem


@pytest.fixture
def staff(world: World) -> Headers:
    return world.token(Role.SUPERVISOR)


def sent(world: World, form: str, **fields: Any) -> dict[str, Any]:
    """Send a form without a token, and return its answer."""
    body = {"form": form, "language": "en", "contact_email": "a@example.org", "fields": fields}
    answer = world.client.post("/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    world.settle()
    return answer.json()


def an_upload(world: World, parent: str) -> tuple[str, Headers, dict[str, Any]]:
    """Send documents for *parent*; return the ticket, what adds files to it, and what its sender was told."""
    body = sent(world, "document_upload", parent=parent, documents="identity")
    return body["id"], {"Upload-Token": body["upload"]["token"]}, body["upload"]


def merged(world: World, staff: Headers, **facts: Any) -> tuple[str, str, str]:
    """Merge a ticket into a complaint; return both, and the number of the complaint."""
    complaint, ticket = world.received(), promised(world, team="complaints", **facts)
    assert post(world, f"tickets/{ticket}/merge", staff, {"other": complaint}).status_code == 200
    return ticket, complaint, shown(world, complaint, staff)["reference"]


def number_in(answer: Response) -> str:
    """Return the problem's remedy, which names where the case goes on."""
    return problem(answer, "conflict", 409)["detail"]


def test_what_is_said_on_a_ticket_that_goes_on_in_a_complaint_lands_there(world: World, staff: Headers):
    """What only a ticket has is refused with the number to work on."""
    ticket, complaint, number = merged(world, staff)
    for command, body in (
        ("note", {"text": "Called."}),
        ("supply-information", {"text": "It was Monday."}),
        ("supply-information", {"answers": ["The blue one.", "Monday."], "text": "Thanks."}),
    ):
        said = post(world, f"tickets/{ticket}/{command}", staff, body)
        assert (said.status_code, said.json()["merged_into"]) == (200, complaint), said.text
        assert said.headers["location"] == f"/v1/complaints/{complaint}"
    remedy = f"The case was merged into {number}; work on that one, or unmerge it first."
    for command, body in (("reply", {"text": "Soon."}), ("solve", {}), ("close", {}), ("investigate", {})):
        assert number_in(post(world, f"tickets/{ticket}/{command}", staff, body)) == remedy

    history = world.plaint.store.history(UUID(complaint))
    heard = [each for each in history if each.TOPIC == "complaint.information_supplied"]
    assert [getattr(each, "text", None) for each in heard] == [
        "It was Monday.",
        "The blue one.\nMonday.\nThanks.",
    ]
    assert topics(world, ticket, staff, "tickets")[-1].startswith(("ticket.merged", "clock."))


def test_a_reply_on_a_merged_ticket_lands_on_the_ticket_that_goes_on(world: World, staff: Headers):
    """So do answers; to questions that it did not ask itself they are information like any other."""
    away, survivor = promised(world), promised(world)
    post(world, f"tickets/{away}/merge", staff, {"other": survivor})

    replied = post(world, f"tickets/{away}/reply", staff, {"text": "Soon."})
    answered = post(world, f"tickets/{away}/supply-information", staff, {"answers": ["The blue one."]})
    assert [each.json()["merged_into"] for each in (replied, answered)] == [survivor] * 2
    assert shown(world, survivor, staff, "tickets")["status"] == "open"
    own = problem(
        post(world, f"tickets/{promised(world)}/supply-information", staff, {"answers": ["Two."]}),
        "rule",
        422,
    )
    assert own["detail"].startswith("Give one answer for each question")


def test_a_promoted_ticket_is_neither_merged_into_nor_reopened_beside_its_complaint(
    world: World, staff: Headers
):
    promoted, other = promised(world, team="complaints"), promised(world, team="complaints")
    body = {"reason": "They complain.", "category": "fees"}
    assert post(world, f"tickets/{promoted}/promote", staff, body).status_code == 200
    react(world)
    complaint = shown(world, promoted, staff, "tickets")["promoted_to"]

    into = post(world, f"tickets/{other}/merge", staff, {"other": promoted})
    assert number_in(into).startswith(f"The other case goes on as {complaint['reference']}; name that one")
    again = post(world, f"tickets/{promoted}/reopen", staff, {"reason": "Again."})
    assert number_in(again).startswith(f"The ticket goes on as {complaint['reference']}; work on that")
    assert shown(world, promoted, staff, "tickets")["status"] == "closed"
    assert post(world, f"tickets/{other}/merge", staff, {"other": complaint["id"]}).status_code == 200


def test_files_sent_to_a_merged_case_are_kept_and_looked_at_where_it_goes_on(world: World, staff: Headers):
    """By the desk, which is told where, and by whoever sent it, who is told of what they sent it to alone."""
    parent = world.received()
    form = {"account_email": "a@example.org", "documents": "identity"}
    body = sent(world, "document_upload", **form)
    by_pass, ticket = {"Upload-Token": body["upload"]["token"]}, body["id"]
    assert post(world, f"tickets/{ticket}/merge", staff, {"other": parent}).status_code == 200

    late = send(world, ticket, by_pass, part("late.png", a_png(1)), kind="tickets")
    desk = send(world, ticket, staff, part("desk.png", a_png(2)), kind="tickets")
    assert (desk.status_code, desk.json()["id"], desk.json()["merged_into"]) == (201, parent, parent)
    assert desk.headers["location"] == f"/v1/complaints/{parent}"
    away = world.plaint.store.load(Ticket, UUID(ticket))
    assert away is not None
    assert late.status_code == 201, late.text
    assert late.json() == {
        "id": ticket,
        "reference": reference(UUID(ticket), "T"),
        "version": away.version,
        "position": world.plaint.store.position_of(UUID(ticket)),
        "files": [{"name": "late.png", "status": "queued"}],
    }
    assert "location" not in late.headers
    assert late.headers["etag"] == f'"{away.version}"'
    while look(world):
        pass
    assert [each["status"] for each in listed(world, parent, staff)] == ["accepted"] * 2
    assert listed(world, ticket, staff, "tickets") == []


def test_an_upload_that_is_repeated_after_a_merge_or_a_parting_is_kept_once(either: World):
    """Also where the case goes on in another log: the answer is the first."""
    staff, database = either.token(Role.SUPERVISOR), either.plaint.log_database
    own = either.received()
    if not database.is_sqlite:
        grow(database, len(either.plaint.store.logs) + 2, either.now)
        either.plaint.store.router.catalogue._read_at = float("-inf")
    others = (either.received() for _ in range(50))
    other = next(id for id in others if database.is_sqlite or log_of(UUID(id)) != log_of(UUID(own)))

    def kept() -> list[str]:
        return [each["name"] for id in (own, other) for each in listed(either, id, staff)]

    early, late = ({**staff, "Idempotency-Key": key} for key in ("early", "late"))
    first = send(either, own, early, part("early.png", a_png(1)))
    look(either)
    assert post(either, f"complaints/{own}/merge", staff, {"other": other}).status_code == 200
    again = send(either, own, early, part("early.png", a_png(1)))
    assert (again.status_code, again.json()["files"][0]["id"]) == (201, first.json()["files"][0]["id"])
    assert kept() == ["early.png"]

    landed = send(either, own, late, part("late.png", a_png(2)))
    look(either)
    assert post(either, f"complaints/{own}/unmerge", staff).status_code == 200
    again = send(either, own, late, part("late.png", a_png(2)))
    assert again.json()["files"][0]["id"] == landed.json()["files"][0]["id"]
    assert kept() == ["early.png", "late.png"]


def test_a_file_for_a_survivor_that_is_hidden_from_its_sender_is_refused(world: World, staff: Headers):
    """As what is said there is: who may not work on the survivor adds nothing to it."""
    ticket, complaint, number = merged(world, staff)
    world.token(Role.HANDLER, "payments")
    post(world, f"complaints/{complaint}/assign", staff, {"team": "payments"})
    stranger = world.token(Role.HANDLER, "complaints")

    refused = send(world, ticket, stranger, part("a.png"), kind="tickets")
    assert number_in(refused).startswith("The case was merged into another")
    assert number not in refused.text
    assert listed(world, complaint, staff) == []


def test_an_upload_joins_its_parent_when_its_last_file_is_settled_and_not_before(
    world: World, staff: Headers
):
    """Until then a merge is refused with the file and its state, and the plan names both."""
    complaint = world.received()
    number = shown(world, complaint, staff)["reference"]
    ticket, sender, told = an_upload(world, number)
    assert (told["most"], told["required"], told["url"]) == (5, True, f"/v1/tickets/{ticket}/attachments")
    (file,) = send(world, ticket, sender, part("passport.png"), kind="tickets").json()["files"]
    react(world)

    refused = post(world, f"tickets/{ticket}/merge", staff, {"other": number})
    assert number_in(refused) == (
        f"A file of one of the cases is still being looked at ({file['id']} is queued); "
        "merge them when it is accepted or refused."
    )
    plan = post(world, f"tickets/{ticket}/merge?dry_run=true", staff, {"other": number}, tag=None).json()
    assert (plan["merged"]["files"], plan["survivor"]["files"]) == (
        [{"id": file["id"], "status": "queued"}],
        [],
    )
    assert [each["rule"] for each in plan["refusals"]] == ["file_in_flight"]

    look(world)
    react(world)
    after = shown(world, ticket, staff, "tickets")
    assert (after["status"], after["merged_into"]["reference"]) == ("merged", number)
    assert shown(world, complaint, staff)["merged"] == [ticket]
    again = send(world, ticket, sender, part("late.png", a_png(3)), kind="tickets")
    assert again.json()["id"] == ticket
    assert listed(world, complaint, staff)[-1]["name"] == "late.png"


def test_as_many_files_come_with_a_form_as_it_takes(world: World):
    text = RESET.replace('severity = "high"', 'severity = "high"\nattachments = { most = 1 }')
    write(world.settings.data, reset=text)
    world.plaint.migrate()
    body = sent(world, "reset", account_email="a@example.org", subject="Lost word")
    answer = send(
        world,
        body["id"],
        {"Upload-Token": body["upload"]["token"]},
        part("a.png", a_png(1)),
        part("b.png", a_png(2)),
        kind="tickets",
    )
    none = sent(world, "feedback", rating=5, parent=body["reference"])

    assert (body["upload"]["most"], body["upload"]["required"], "upload" in none) == (1, False, False)
    became = [(each["status"], each.get("reason")) for each in answer.json()["files"]]
    assert became == [("queued", None), ("refused", "too_many")]


def test_answers_and_feedback_find_the_complaint_that_a_ticket_went_on_in(world: World, staff: Headers):
    """Nothing that is passed on is lost with the ticket that it was for."""
    ticket, complaint, _ = merged(world, staff)
    answers = promised(
        world, form="follow_up_questions", parent=ticket, fields={"answers": ["The blue one."]}
    )
    react(world)
    post(world, f"complaints/{complaint}/withdraw", staff, {"reason": "It is settled."})
    feedback = promised(world, form="feedback", parent=ticket, chosen={"rating": 4}, description="Quick.")
    react(world)

    heard = topics(world, complaint, staff)
    assert [each for each in heard if each in ("complaint.information_supplied", "complaint.rated")] == [
        "complaint.information_supplied",
        "complaint.rated",
    ]
    for each in (answers, feedback):
        assert shown(world, each, staff, "tickets")["status"] == "closed"


def test_feedback_rates_the_complaint_that_it_is_about(world: World, staff: Headers):
    complaint = world.received()
    post(world, f"complaints/{complaint}/withdraw", staff, {"reason": "It is settled."})
    number = shown(world, complaint, staff)["reference"]
    feedback = sent(world, "feedback", rating=5, parent=number)
    react(world)

    rated = world.plaint.store.history(UUID(complaint))[-1]
    assert (rated.TOPIC, getattr(rated, "score", 0), rated.actor) == (
        "complaint.rated",
        5,
        "reaction:rate_the_parent_of_feedback",
    )
    assert shown(world, feedback["id"], staff, "tickets")["status"] == "closed"


def test_an_upload_waits_for_a_file_of_its_parent_and_joins_it_then(world: World, staff: Headers):
    """Though nothing of the upload itself happens any more."""
    complaint = world.received()
    own = put_file(world, UUID(complaint), settled=False)
    ticket, _, _ = an_upload(world, shown(world, complaint, staff)["reference"])
    put_file(world, UUID(ticket))
    react(world)
    assert shown(world, ticket, staff, "tickets")["status"] == "open"

    world.plaint.desk.command(UUID(complaint), SettleFile(own, kind="png"), "system:files")
    world.later(seconds=31)
    react(world)

    assert shown(world, ticket, staff, "tickets")["status"] == "merged"


def test_what_belongs_to_a_restricted_case_is_restricted_from_its_first_instant(world: World, staff: Headers):
    """And what came before the case was restricted, as soon as it is."""
    handler, complaint = world.token(Role.HANDLER, "complaints", "support", "verification"), world.received()
    number = shown(world, complaint, staff)["reference"]
    before, other = sent(world, "feedback", rating=5, parent=number)["id"], promised(world)
    assert world.get(f"/v1/tickets/{before}", handler).status_code == 200
    body = {"sensitivity": "restricted", "reason": "A colleague is named."}
    assert post(world, f"complaints/{complaint}/set-sensitivity", staff, body).status_code == 200
    after = sent(world, "feedback", rating=1, parent=number)["id"]

    assert world.get(f"/v1/tickets/{after}", handler).status_code == 404
    react(world)
    assert world.get(f"/v1/tickets/{before}", handler).status_code == 404
    assert world.get(f"/v1/tickets/{other}", handler).status_code == 200


def test_a_supervisor_keeps_a_ticket_more_closely(world: World, staff: Headers):
    ticket, handler = promised(world, team="complaints"), world.token(Role.HANDLER, "complaints")
    body = {"sensitivity": "restricted", "reason": "A colleague is named."}

    assert post(world, f"tickets/{ticket}/set-sensitivity", handler, body).status_code == 403
    assert post(world, f"tickets/{ticket}/set-sensitivity", staff, body).status_code == 200
    assert world.get(f"/v1/tickets/{ticket}", handler).status_code == 404
