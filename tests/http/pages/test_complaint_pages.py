"""Sending a complaint by the pages: nothing lost, nothing sent twice, nothing sent unseen."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Response

from adapters.http.pages.complaint import moment
from domain.commands import RevokeLinks
from domain.complaint.events import Received
from domain.ids import reference
from tests.http.pages.conftest import Desk, part, text

HOSTILE = '"><script>alert(1)</script>\n</textarea>&amp;'
KEY = "0123456789abcdef" * 2
FILLED = {
    "key": KEY,
    "account_email": "anna@example.org",
    "account_id": "AA12 N84G ABCD EFGH",
    "full_name": "Anna Meyer",
    "country": "DE",
    "language": "en",
    "category": "withdrawal",
    "details": "Not arrived.\r\nSince Friday.",
    "related_tickets": "4711\r\n\r\n 4712 ",
    "occurred_from": "2026-05-01",
    "occurred_to": "2026-05-20 14:30",
    "people_involved": "Kim",
    "desired_outcome": "The money.",
}


def errors(answer: Response) -> dict[str, str]:
    """Return what is said beside each field."""
    found = re.findall(r'<p class="error" id="(\w+)-error">([^<]+)</p>', answer.text)
    return {name: unescape(said) for name, said in found}


def hidden(answer: Response) -> dict[str, str]:
    """Return what a page carries to the next one."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
    return {name: unescape(value) for name, value in found}


def received(desk: Desk) -> list[Received]:
    found = desk.plaint.store.everything()
    return [desk.plaint.showing.event(event) for _, event in found if isinstance(event, Received)]


def test_the_form_says_first_that_it_is_for_complaints_alone(desk: Desk):
    said = text(part(desk.page("/complain").text, "main", ""))

    assert said.startswith(
        "Make a complaint Step 1 of 6 Only for complaints Use this form when you are dissatisfied"
    )
    assert "Step 6 of 6 Review before sending We never ask for a password" in said


def test_every_question_has_a_label_of_its_own(desk: Desk):
    html = desk.page("/complain").text
    asked = re.findall(r'<(?:input|select|textarea) [^>]*?id="([^"]+)"', html)

    assert len(asked) == 13
    assert [
        name for name in asked if f'<label for="{name}"' not in html and f'for="{name}"' not in html
    ] == []


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/complain", "", "en"),
        ("/complain?lang=fr", "", "fr"),
        ("/complain?lang=fr-CA", "en", "fr"),
        ("/complain?lang=de", "fr", "en"),
        ("/complain", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("/complain", "de, en;q=0.2, fr;q=0.7", "fr"),
        ("/complain", "fr;q=0, *", "en"),
        ("/complain", "fr;q=much", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(
    quiet: Desk, path: str, accept: str, language: str
):
    answer = quiet.page(path, **{"Accept-Language": accept})

    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    assert f'<option value="{language}" selected>' in part(answer.text, "select", 'id="language"')


def test_a_form_is_reviewed_before_anything_is_sent(desk: Desk):
    answer = desk.post("/complain", FILLED | {"do": "review"})

    assert answer.status_code == 200
    assert text(part(answer.text, "main", "")).startswith(
        "Step 6 of 6 Review before sending Nothing has been sent yet. Read it once more, then send it or change it. "
        "Your account E-mail address of the account anna@example.org Public account id AA12 N84G ABCD EFGH "
        "About you Full name Anna Meyer Country of residence Germany Language of our answers English "
        "Subject What is the complaint about? Withdrawal "
        "What happened What happened, in your words Not arrived. Since Friday. "
        "Numbers of related support tickets 4711 4712 When did it happen? 2026-05-01 – 2026-05-20 14:30 "
        "Who was involved? Kim What outcome do you expect? The money. We never ask"
    )
    assert received(desk) == []


def test_what_was_reviewed_is_what_is_sent(desk: Desk):
    reviewed = desk.post("/complain", FILLED | {"do": "review"})
    sent = desk.post("/complain", hidden(reviewed) | {"do": "send"})
    (event,) = received(desk)

    assert sent.status_code == 201
    assert event.model_dump(
        include=set(FILLED)
        | {"problem_at", "related_tickets", "form_version", "privacy_notice", "channel", "actor"}
    ) == {
        "actor": "complainant",
        "channel": "web",
        "form_version": "1",
        "privacy_notice": "1",
        "language": "en",
        "category": "withdrawal",
        "account_email": "anna@example.org",
        "account_id": "AA12 N84G ABCD EFGH",
        "full_name": "Anna Meyer",
        "country": "DE",
        "details": "Not arrived.\nSince Friday.",
        "related_tickets": ("4711", "4712"),
        "people_involved": ("Kim",),
        "desired_outcome": "The money.",
        "problem_at": {"start": "2026-05-01", "end": "2026-05-20T14:30:00+02:00"},
    }


def test_the_answer_is_a_reference_a_copy_and_what_happens_next(desk: Desk):
    sent = desk.post("/complain", FILLED | {"do": "send"})
    said = text(part(sent.text, "main", ""))
    (number,) = {reference(event.originator_id, "C") for event in received(desk)}

    assert number in said
    assert "Within 2 business days you receive an acknowledgement by e-mail." in said
    assert "We aim to send you our decision within 7 business days." in said
    assert "What you sent Your account E-mail address of the account anna@example.org" in said
    see = re.search(r'href="(/complaints/[^"]+)"', sent.text)
    assert see
    assert number in desk.page(unescape(see[1])).text


def test_a_form_sent_twice_is_one_complaint(desk: Desk):
    first, second = (desk.post("/complain", FILLED | {"do": "send"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert part(first.text, "p", 'class="reference"') == part(second.text, "p", 'class="reference"')
    assert len(received(desk)) == 1


def test_a_form_sent_again_makes_no_other_link_also_where_the_first_was_taken_back(desk: Desk):
    first = desk.post("/complain", FILLED | {"do": "send"})
    case = received(desk)[0].originator_id
    desk.plaint.desk.command(case, RevokeLinks(), "system:test")
    before = desk.plaint.store.count()

    again = desk.post("/complain", FILLED | {"do": "send"})

    assert part(again.text, "p", 'class="address"') == part(first.text, "p", 'class="address"')
    assert desk.plaint.store.count() == before


def test_a_form_changed_after_sending_is_another_complaint(desk: Desk):
    desk.post("/complain", FILLED | {"do": "send"})
    desk.post("/complain", FILLED | {"do": "send", "details": "Something else."})

    assert [event.details for event in received(desk)] == ["Not arrived.\nSince Friday.", "Something else."]


def test_each_form_that_is_opened_has_a_key_of_its_own(desk: Desk):
    keys = {hidden(desk.page("/complain"))["key"] for _ in range(3)}

    assert len(keys) == 3


@pytest.mark.parametrize("wish", ["review", "send", "change"])
def test_an_empty_form_is_told_all_that_is_missing(quiet: Desk, wish: str):
    answer = quiet.post("/complain", {"key": KEY, "do": wish})

    assert answer.status_code == 422
    assert errors(answer) == {
        "account_email": "Enter the e-mail address of the account.",
        "account_id": "Enter the account id, or tick that you have no account; not both.",
        "full_name": "Enter your full name.",
        "country": "Choose the country you live in.",
        "language": "Choose the language of our answers.",
        "category": "Choose what the complaint is about.",
        "details": "Describe what happened.",
    }
    summary = part(answer.text, "div", 'role="alert"')
    assert re.findall(r'href="#(\w+)"', summary) == list(errors(answer))
    assert received(quiet) == []


def test_a_mistake_is_told_in_french_too(desk: Desk):
    wrong = {"account_email": "anna", "country": "XX", "details": " ", "occurred_from": "hier"}
    answer = desk.post("/complain?lang=fr", FILLED | wrong)

    assert errors(answer) == {
        "account_email": "Indiquez une adresse électronique telle que nom@example.org.",
        "country": "Choisissez un pays dans la liste.",
        "details": "Décrivez ce qui s’est passé.",
        "occurred_at": "Écrivez un mois (05/2026), une date (22/05/2026), ou une date et une heure "
        "(22/05/2026 14:30), pas dans le futur.",
    }


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("account_email", "anna@", "account_email"),
        ("account_id", "?", "account_id"),
        ("account_id", "", "account_id"),
        ("no_account", "true", "account_id"),
        ("full_name", "Anna\nMeyer", "full_name"),
        ("country", "France", "country"),
        ("category", "refund", "category"),
        ("details", "x" * 50_001, "details"),
        ("desired_outcome", "x" * 50_001, "desired_outcome"),
        ("related_tickets", "\n".join("abcdefghijklmnopqrstuvwxyz"), "related_tickets"),
        ("people_involved", "x" * 400, "people_involved"),
        ("language", "?", "language"),
        ("occurred_from", "2026-13", "occurred_at"),
        ("occurred_from", "2026-05-21 25:00", "occurred_at"),
        ("occurred_from", "2026-05-23", "occurred_at"),
        ("occurred_from", "2026-05-21", "occurred_at"),
        ("occurred_from", "", "occurred_at"),
    ],
)
def test_a_mistake_stands_beside_its_field(quiet: Desk, name: str, value: str, field: str):
    answer = quiet.post("/complain", FILLED | {name: value, "do": "send"})

    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert received(quiet) == []


def test_nothing_that_was_typed_is_lost(desk: Desk):
    answer = desk.post(
        "/complain", FILLED | {"account_email": "anna", "details": HOSTILE, "full_name": HOSTILE}
    )

    assert answer.status_code == 422
    assert hidden(answer) == {"key": KEY}
    assert unescape(part(answer.text, "textarea", 'id="details"')).startswith("<textarea")
    assert "\n" + HOSTILE + "</textarea>" in unescape(part(answer.text, "textarea", 'id="details"'))
    assert '<option value="DE" selected>' in answer.text
    assert '<option value="withdrawal" selected>' in answer.text
    for value in ("anna", "2026-05-01", "2026-05-20 14:30", "AA12 N84G ABCD EFGH"):
        assert f'value="{value}"' in answer.text


def test_what_was_typed_is_never_code(desk: Desk):
    typed = {name: HOSTILE.replace("\n", " ") for name in ("full_name", "people_involved", "related_tickets")}
    typed |= {"details": HOSTILE, "desired_outcome": HOSTILE}
    for wish in ("review", "change", "send"):
        answer = desk.post("/complain", FILLED | typed | {"do": wish})
        assert answer.status_code in {200, 201}
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text
    refused = desk.post("/complain", dict.fromkeys(FILLED, HOSTILE) | {"key": KEY})
    assert refused.status_code == 422
    assert "<script" not in refused.text


def test_a_complaint_needs_no_account(desk: Desk):
    given = {
        name: value
        for name, value in FILLED.items()
        if name not in {"account_id", "occurred_from", "occurred_to"}
    }
    reviewed = desk.post("/complain", given | {"no_account": "true"})
    desk.post("/complain", hidden(reviewed) | {"do": "send"})

    assert "I have no account yes" in text(reviewed.text)
    assert [(event.no_account, event.account_id, event.problem_at) for event in received(desk)] == [
        (True, None, None)
    ]


def test_a_review_can_be_taken_back_to_the_form(desk: Desk):
    reviewed = desk.post("/complain", FILLED)
    back = desk.post("/complain", hidden(reviewed) | {"do": "change"})

    assert back.status_code == 200
    assert errors(back) == {}
    assert 'value="Anna Meyer"' in back.text


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("2026-05", "en", "2026-05"),
        (" 2026-05-22 ", "fr", "2026-05-22"),
        ("2026-05-22 14:30", "en", "2026-05-22T14:30:00+02:00"),
        ("2026-01-22T9:05", "en", "2026-01-22T09:05:00+01:00"),
        ("05/2026", "fr", "2026-05"),
        ("22/05/2026", "fr", "2026-05-22"),
        ("2/5/2026 à 14h30", "fr", "2026-05-02T14:30:00+02:00"),
        ("22/05/2026", "en", "22/05/2026"),
        ("2026-05-22 25:00", "en", "2026-05-22 25:00"),
        ("2026-05-22T14:30:00Z", "en", "2026-05-22T14:30:00Z"),
        ("yesterday", "en", "yesterday"),
        ("", "fr", ""),
    ],
)
def test_a_moment_is_read_as_it_is_written_in_its_language(typed: str, language: str, meant: str):
    assert moment(typed, language, ZoneInfo("Europe/Paris")) == meant


def test_a_time_is_the_same_instant_whatever_the_offset():
    shown = datetime.fromisoformat(moment("2026-07-01 12:00", "en", ZoneInfo("Europe/Paris")))

    assert shown == datetime.fromisoformat("2026-07-01T10:00:00+00:00")


def test_the_form_is_served_with_its_schema_and_labels(desk: Desk):
    english: dict[str, Any] = desk.page("/v1/forms/complaint").json()
    french: dict[str, Any] = desk.page("/v1/forms/complaint?lang=fr").json()

    assert {key: french[key] for key in ("id", "version", "language", "languages", "title", "url")} == {
        "id": "complaint",
        "version": "1",
        "language": "fr",
        "languages": ["en", "fr"],
        "title": "Déposer une réclamation",
        "url": "/v1/forms/complaint",
    }
    assert english["schema"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert sorted(english["schema"]["required"]) == [
        "account_email",
        "category",
        "country",
        "details",
        "full_name",
        "language",
    ]
    assert english["schema"]["properties"]["details"]["title"] == "What happened, in your words"
    assert french["labels"]["category"]["options"][0] == {
        "code": "account_access",
        "label": "Accès au compte",
    }
    assert [step["id"] for step in french["steps"]] == [
        "purpose",
        "account",
        "person",
        "subject",
        "details",
        "review",
    ]


def test_the_forms_are_listed_and_an_unknown_one_is_told(desk: Desk):
    listed = desk.page("/v1/forms", **{"Accept-Language": "fr"})
    unknown = desk.page("/v1/forms/song")

    assert listed.headers["content-language"] == "fr"
    assert [each for each in listed.json()["items"] if each["kind"] == "complaint"] == [
        {
            "id": "complaint",
            "version": "1",
            "kind": "complaint",
            "title": "Déposer une réclamation",
            "languages": ["en", "fr"],
            "sign_in": False,
            "url": "/v1/forms/complaint",
        }
    ]
    assert listed.json()["next"] is None
    assert unknown.status_code == 404
    assert unknown.json()["detail"] == "There is no such form; GET /v1/forms lists those that there are."
