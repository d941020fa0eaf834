"""Taking a complaint down for somebody, and what the case says of its intake to whom."""

from __future__ import annotations

from typing import Any

from httpx2 import Response

from domain.access import Role
from tests.http.world import A_COMPLAINT, START, World, a_ticket, pointers, problem

Who = dict[str, str]
LAWYER = {"name": "A. Lawyer", "power_of_attorney": "Deed of 2 May 2026"}
TAKEN_DOWN: dict[str, Any] = {
    "channel": "letter",
    "account_email": None,
    "sent_at": "2026-05-19T10:00:00+02:00",
    "first_dissatisfaction_at": "2026-05-18T10:00:00+02:00",
    "received_at": "2026-05-20T10:00:00+02:00",
    "client_kind": "retail",
    "complainant_type": "heir",
    "eligible": True,
    "complainant": {"client_reference": "K-7", "address": {"city": "Paris", "country": "FR"}},
    "dealings": {"wallets": ["bc1qexample"], "damage": "Two days of interest."},
    "provenance": {"branch": "FR", "first_contact_point": "support", "evidence_of_date": "postmark"},
    "evidence_note": "The postmark is of the 19th.",
    "representative": LAWYER | {"paid": True},
    "vulnerability": {"how_known": "The letter says so.", "driver": "life_event", "about_failure": True},
}


def shown(world: World, id: str, who: Who, kind: str = "complaint") -> dict[str, Any]:
    answer = world.get(f"/v1/{kind}s/{id}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ticket_ask(world: World, id: str, command: str, who: Who, body: dict[str, Any]) -> Response:
    answer = world.client.post(f"/v1/tickets/{id}/{command}", json=body, headers=who | {"If-Match": "*"})
    world.settle()
    return answer


def test_a_letter_is_taken_down_as_of_the_day_it_came(either: World):
    """With all that registers ask for, who took it down, and the clocks running since."""
    handler = either.token(Role.HANDLER)
    answer = either.send(handler, **TAKEN_DOWN)
    assert answer.status_code == 201, answer.text
    either.settle()

    case = shown(either, answer.json()["id"], handler)

    assert case["received_at"] == "2026-05-20T08:00:00Z"
    assert case["clocks"][0]["started_at"] == "2026-05-20T08:00:00Z"
    submission = case["submission"]
    assert submission.pop("registered_by").startswith("token:")
    kept = ("client_kind", "complainant_type", "eligible", "provenance", "evidence_note")
    assert {name: submission[name] for name in kept} == {name: TAKEN_DOWN[name] for name in kept}
    assert submission["complainant"]["address"]["city"] == "Paris"
    assert submission["dealings"]["wallets"] == ["bc1qexample"]
    assert {name: submission[name] for name in ("sent_at", "first_dissatisfaction_at", "registered_at")} == {
        "sent_at": "2026-05-19T08:00:00Z",
        "first_dissatisfaction_at": "2026-05-18T08:00:00Z",
        "registered_at": START.isoformat().replace("+00:00", "Z"),
    }
    (speaker,) = case["representatives"]
    assert (speaker["number"], speaker["paid"], speaker["representative"]["name"]) == (1, True, "A. Lawyer")
    assert case["special_care"] is True
    assert case["vulnerability"] == TAKEN_DOWN["vulnerability"]


def test_nobody_outside_says_what_the_desk_alone_takes_down(world: World):
    before = world.plaint.store.count()

    for name in TAKEN_DOWN.keys() - {"channel", "account_email", "sent_at"}:
        answer = world.send(**{name: TAKEN_DOWN[name]})
        assert (answer.status_code, pointers(answer)) == (422, [f"/{name}"])
    assert world.plaint.store.count() == before


def test_what_the_desk_alone_knows_is_said_by_nobody(world: World, handler: Who):
    """Who registered it is who sent it; where it comes from is recorded, not claimed."""
    for name in ("registered_by", "registered_at", "origin", "team", "source", "pins"):
        answer = world.send(handler, **{name: "x"})
        assert (answer.status_code, pointers(answer)) == (422, [f"/{name}"])


def test_who_reads_but_does_not_work_cases_sends_the_form_alone(world: World):
    auditor = world.token(Role.AUDITOR)

    assert pointers(world.send(auditor, received_at=TAKEN_DOWN["received_at"])) == ["/received_at"]
    assert world.send(auditor).status_code == 201


IMPOSSIBLE: tuple[tuple[dict[str, Any], list[str], str], ...] = (
    ({"sent_at": "2026-05-20T10:00:01+02:00"}, ["/sent_at"], "after_receipt"),
    (
        {"first_dissatisfaction_at": "2026-05-21T10:00:00Z", "sent_to_company_at": "2026-05-21T10:00:00Z"},
        ["/first_dissatisfaction_at", "/sent_to_company_at"],
        "after_receipt",
    ),
    ({"received_at": "2026-05-22T16:00:01Z"}, ["/received_at"], "in_the_future"),
    ({"received_at": "2026-05-20"}, ["/received_at"], "datetime_aware"),
    ({"complainant": {"lei": "529900T8BM49AURSDO56"}}, ["/complainant/lei"], "value_error"),
    ({"representative": {"name": "A. Lawyer"}}, ["/representative/power_of_attorney"], "missing"),
    ({"vulnerability": {"driver": "health"}}, ["/vulnerability/how_known"], "missing"),
)


def test_an_intake_that_cannot_be_is_refused_by_pointer(world: World, handler: Who):
    for facts, expected, rule in IMPOSSIBLE:
        answer = world.send(handler, **(TAKEN_DOWN | facts))
        assert (answer.status_code, pointers(answer)) == (422, expected)
        assert {each["type"] for each in answer.json()["errors"]} == {rule}


def test_the_answer_is_a_copy_of_what_was_sent_in_the_senders_own_words(world: World):
    """And so is the answer to a repeat."""
    words = {"details": "  Où est mon argent ?  ", "language": "fr-CH"}
    first = world.send({"Idempotency-Key": "k"}, **words)

    assert first.json()["sent"] == A_COMPLAINT | words
    assert world.send({"Idempotency-Key": "k"}, **words).json() == first.json()


def test_representatives_and_care_are_told_later_and_taken_back(world: World, handler: Who):
    id = world.received()
    care = {"how_known": "Told on the telephone.", "driver": "health"}
    for command, body in (
        ("add-representative", LAWYER),
        ("add-representative", {"name": "B. Union", "power_of_attorney": "7"}),
        ("remove-representative", {"number": 1, "reason": "Resigned."}),
        ("flag-vulnerability", care),
    ):
        assert world.ask(id, command, handler, body, tag="*").status_code == 200

    case = shown(world, id, handler)
    assert [(each["number"], each["representative"]["name"]) for each in case["representatives"]] == [
        (2, "B. Union")
    ]
    assert case["vulnerability"] == care | {"about_failure": False}
    assert pointers(world.ask(id, "remove-representative", handler, {"number": 3}, tag="*")) == ["/number"]
    world.ask(id, "lift-vulnerability", handler, {"reason": "Well again."}, tag="*")
    assert (shown(world, id, handler)["special_care"], shown(world, id, handler)["vulnerability"]) == (
        False,
        None,
    )


def test_that_somebody_needs_care_is_told_to_those_alone_who_may_know(world: World, handler: Who):
    id = world.received()
    world.ask(id, "flag-vulnerability", handler, {"how_known": "Told.", "driver": "health"}, tag="*")
    auditor = world.token(Role.AUDITOR)
    link = world.client.post(f"/v1/complaints/{id}/links", json={}, headers=handler).json()
    complainant = {"Authorization": f"Bearer {link['url'].rpartition('/')[2]}"}

    for who in (auditor, complainant):
        assert not {"special_care", "vulnerability"} & shown(world, id, who).keys()
        history = world.get(f"/v1/complaints/{id}/history", who)
        assert "vulnerability" not in history.text
    with_purpose = world.get(f"/v1/complaints/{id}", auditor | {"Purpose": "Sample of May"}).json()
    assert with_purpose["special_care"] is True


def test_an_assessment_says_why_by_code_and_which_regimes_bind(world: World, handler: Who):
    id = world.received()
    body = {"category": "other", "severity": "low", "admissible": False, "reason": "Not a client."}

    unknown = world.ask(id, "triage", handler, body | {"in_scope_regimes": ["moon"]}, tag="*")
    assert (unknown.status_code, pointers(unknown)) == (422, ["/in_scope_regimes"])
    unfit = world.ask(id, "triage", handler, body | {"admissible": True, "reason_code": "abusive"}, tag="*")
    assert pointers(unfit) == ["/reason_code"]
    found = {"reason_code": "not_eligible", "in_scope_regimes": ["house"], "scope_reason": "A visitor."}
    assert world.ask(id, "triage", handler, body | found, tag="*").status_code == 200

    case = shown(world, id, handler)
    assert (case["status"], case["admissibility"]) == ("inadmissible", found)


LONG = "On Friday I sent two bitcoin to my own wallet and the withdrawal has not arrived until today."
LIKE = "The withdrawal of two bitcoin to my wallet has still not arrived, I sent it on Friday."
UNLIKE = "Your marketing letters reach me although I asked three times to be taken off the list."


def test_a_case_of_the_same_person_about_the_same_is_pointed_out(either: World):
    """To those who may see it, in the answer and in the document, the most alike first; it blocks nothing."""
    handler, stranger = either.token(Role.HANDLER), either.token(Role.HANDLER, "payments")
    first = either.received(details=LONG)
    for facts in (
        {"details": UNLIKE},
        {"details": LONG, "account_email": "else@example.org", "account_id": "ZZ99 N84G ABCD EFGH"},
    ):
        either.received(**facts)
    either.later(days=3)
    either.plaint.search.engine.catch_up()

    told = either.send(handler, details=LIKE).json()
    untold = either.send(details=LIKE).json()
    elsewhere = either.send(stranger, details=LIKE).json()
    either.settle()

    (hint,) = told["possible_duplicates"]
    assert (hint["id"], hint["kind"], hint["received_at"]) == (first, "complaint", "2026-05-22T16:00:00Z")
    assert 0.5 < hint["similarity"] <= 1
    assert "possible_duplicates" not in untold
    assert elsewhere["possible_duplicates"] == []
    either.plaint.search.engine.catch_up()
    others = {each["id"] for each in shown(either, told["id"], handler)["possible_duplicates"]}
    assert others == {first, untold["id"], elsewhere["id"]}


def test_a_ticket_of_the_same_person_about_the_same_is_pointed_out_as_a_complaint_is(world: World):
    """In the answer and in the document, tickets and complaints alike; to nobody else, and it blocks nothing."""
    handler = world.token(Role.HANDLER, "support", "complaints")
    complaint = world.received(details=LONG, account_email="someone@example.org")
    fields = {"account_email": "someone@example.org", "subject": "Two bitcoin", "description": LIKE}
    body = {"form": "general_request", "language": "en", "contact_email": "someone@example.org"}

    def sent(who: Who, **changed: str) -> Any:
        answer = world.client.post("/v1/tickets", json=body | {"fields": fields | changed}, headers=who)
        assert answer.status_code == 201, answer.text
        world.settle()
        world.plaint.search.engine.catch_up()
        return answer.json()

    sent({}, description=UNLIKE, subject="Letters")
    first = sent({})
    again = sent(handler)
    elsewhere = sent(world.token(Role.HANDLER, "payments"))

    assert "possible_duplicates" not in first
    assert {each["id"] for each in again["possible_duplicates"]} == {complaint, first["id"]}
    assert elsewhere["possible_duplicates"] == []
    hints = shown(world, first["id"], handler, "ticket")["possible_duplicates"]
    assert {each["id"] for each in hints} == {complaint, again["id"], elsewhere["id"]}


def test_a_case_of_long_ago_or_as_it_was_has_no_hint(world: World, handler: Who):
    world.received(details=LONG)
    world.later(days=61)
    id = world.received(details=LONG)
    world.plaint.search.engine.catch_up()

    assert shown(world, id, handler)["possible_duplicates"] == []
    now = world.now.isoformat()
    assert world.get(f"/v1/complaints/{id}", handler, as_of=now).json()["possible_duplicates"] is None


def test_no_hint_is_waited_for(world: World, handler: Who):
    """An index that is away takes nothing else with it."""
    world.plaint.search.database.close()
    with world.plaint.search.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE people")

    answer = world.send(handler)

    assert (answer.status_code, answer.json()["possible_duplicates"]) == (201, None)


def test_a_redirected_complaint_goes_on_as_a_ticket_and_each_names_the_other(either: World):
    handler = either.token(Role.HANDLER, "complaints", "support")
    id = either.received(language="fr")
    either.later(days=1)
    redirect = {"reason": "A question.", "form": "complaint"}
    unknown = either.ask(id, "redirect", handler, redirect | {"form": "moon"}, tag="*")
    assert (unknown.status_code, pointers(unknown)) == (422, ["/form"])
    assert either.ask(id, "redirect", handler, redirect, tag="*").status_code == 200
    for _ in range(2):
        either.plaint.reactions.follower.follow()
    either.settle()

    case = shown(either, id, handler)
    ticket = shown(either, case["redirected_to"]["id"], handler, "ticket")

    assert case["status"] == "redirected"
    assert case["redirected_to"] == {"id": ticket["id"], "reference": ticket["reference"], "kind": "ticket"}
    assert ticket["origin"] == {"id": id, "reference": case["reference"], "kind": "complaint"}
    assert (ticket["first_received_at"], ticket["received_at"], ticket["language"], ticket["team"]) == (
        "2026-05-22T16:00:00Z",
        "2026-05-23T16:00:00Z",
        "fr",
        "support",
    )
    assert ticket["submission"]["description"] == A_COMPLAINT["details"]
    assert [each["milestone"] for each in ticket["clocks"]] == ["acknowledgement", "decision"]


def test_a_promoted_ticket_goes_on_as_a_complaint_and_each_names_the_other(either: World):
    handler = either.token(Role.HANDLER, "complaints", "support")
    id = a_ticket(either, description="Nobody answers me.", contact_email="someone@example.org")
    either.later(days=2)
    body = {"reason": "They complain.", "category": "customer_service", "country": "FR"}
    assert ticket_ask(either, id, "promote", handler, body).status_code == 200
    for _ in range(2):
        either.plaint.reactions.follower.follow()
    either.settle()

    ticket = shown(either, id, handler, "ticket")
    case = shown(either, ticket["promoted_to"]["id"], handler)

    assert (ticket["status"], ticket["closed_code"]) == ("closed", "promoted")
    assert case["origin"] == {"id": id, "reference": ticket["reference"], "kind": "ticket"}
    assert (case["received_at"], case["regimes"]) == ("2026-05-22T16:00:00Z", ["house", "mica"])
    assert case["submission"]["registered_at"] == "2026-05-24T16:00:00Z"
    assert case["submission"]["details"] == "Nobody answers me."


def test_a_promotion_dates_the_dissatisfaction_before_itself(world: World):
    handler = world.token(Role.HANDLER, "support")
    id = a_ticket(world)
    body = {
        "reason": "They complain.",
        "category": "fees",
        "first_dissatisfaction_at": "2026-05-23T00:00:00Z",
    }

    refused = ticket_ask(world, id, "promote", handler, body)

    assert problem(refused, "rule", 422)["errors"][0]["pointer"] == "/first_dissatisfaction_at"
    assert pointers(ticket_ask(world, id, "promote", handler, body | {"category": "weather"})) == [
        "/category"
    ]
