"""Sending a request by the pages: any form, without a script, nothing lost and nothing sent unseen."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any, cast

import pytest
from httpx2 import Response

from adapters.forms import Library, shipped_forms, shipped_texts
from adapters.http.pages.sheet import Sheet, read
from domain.ticket import Ticket
from domain.ticket.events import Opened
from tests.http.filing import a_png
from tests.http.form_files import RESET, write
from tests.http.pages.conftest import Desk, part, text

KEY = "0123456789abcdef" * 2
CONTACT = {"key": KEY, "contact_email": "contact@example.org"}
FORMS = sorted(id for id, form in shipped_forms().items() if form.kind == "ticket")
GENERAL = CONTACT | {
    "account_email": "someone@example.org",
    "subject": "Statement",
    "description": "Where is it?\r\nI looked.",
}


def errors(answer: Response) -> dict[str, str]:
    """Return what is said beside each field."""
    found = re.findall(r'<p class="error" id="([\w-]+)-error">([^<]+)</p>', answer.text)
    return {name: unescape(said) for name, said in found}


def hidden(answer: Response) -> dict[str, list[str]]:
    """Return what a page carries to the next one."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([\w.:]+)" value="([^"]*)">', answer.text):
        found.setdefault(name, []).append(unescape(value))
    return found


def opened(desk: Desk) -> list[Opened]:
    return [
        desk.plaint.showing.event(event)
        for _, event in desk.plaint.store.everything()
        if isinstance(event, Opened)
    ]


def typed(value: Any, path: str) -> dict[str, Any]:
    """Return what is typed into the inputs of one question for the JSON *value*."""
    if isinstance(value, dict):
        record = cast("dict[str, Any]", value)
        return {k: v for name, each in record.items() for k, v in typed(each, f"{path}.{name}").items()}
    if isinstance(value, list):
        entries = cast("list[Any]", value)
        if not isinstance(entries[0], dict):
            return {path: entries}
        inside = [typed(each, f"{path}.{n}") for n, each in enumerate(entries)]
        return {f"{path}:count": str(len(entries)), **{k: v for each in inside for k, v in each.items()}}
    return {path: ["true"] if value is True else str(value)}


def test_every_form_stands_in_the_index(quiet: Desk):
    html = quiet.page("/requests").text

    assert sorted(set(re.findall(r'href="/requests/(\w+)\?', html))) == FORMS
    assert 'href="/complain?lang=en"' in html
    assert "Comment pouvons-nous" in quiet.page("/requests?lang=fr").text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_form_is_shown_with_a_label_of_its_own_for_each_input(quiet: Desk, language: str):
    for form in FORMS:
        html = quiet.page(f"/requests/{form}?lang={language}").text
        ids = re.findall(r'<(?:input|select|textarea) [^>]*?id="([^"]+)"', html)
        assert [id for id in ids if f'for="{id}"' not in html] == [], form
        assert len(ids) == len(set(ids)), form


def test_a_request_is_reviewed_before_it_is_sent(desk: Desk):
    answer = desk.post("/requests/general_request", GENERAL | {"do": "review"})

    assert answer.status_code == 200
    assert text(part(answer.text, "main", "")).startswith(
        "General request Review before sending Nothing has been sent yet."
    )
    assert "Where is it? I looked." in text(answer.text)
    assert opened(desk) == []


def test_what_was_reviewed_is_sent_once_and_answered_with_the_reference_and_a_copy(desk: Desk):
    reviewed = desk.post("/requests/general_request", GENERAL | {"do": "review"})
    answers = [desk.post("/requests/general_request", hidden(reviewed) | {"do": "send"}) for _ in range(2)]
    (event,) = opened(desk)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert (event.form, event.form_version, event.language, event.channel) == (
        "general_request",
        "1",
        "en",
        "web",
    )
    assert (event.contact_email, event.subject) == ("contact@example.org", "Statement")
    assert event.description == "Where is it?\nI looked."
    said = text(part(answers[0].text, "main", ""))
    assert re.search(r"Your reference T-\w+", said)
    assert "Add your files" in said
    assert "What you sent" in said


def test_who_has_sent_a_request_follows_it_by_a_link_that_is_shown_there_alone(desk: Desk):
    """Sent again, the page shows the same one; whoever works here follows it at the desk."""
    sent = GENERAL | {"do": "send"}
    pages = [desk.another_browser().post("/requests/general_request", data=sent) for _ in range(2)]
    (link,) = {
        found for each in pages for found in re.findall(r"<code>(http://[^<]+/my/[^<]+)</code>", each.text)
    }
    assert "It opens your request, and nothing else" in text(pages[0].text)
    assert pages[0].headers["cache-control"] == "no-store"

    customer = desk.another_browser()
    assert customer.get(link).url.path == "/my/case"
    assert "Where is it?" in text(customer.get("/my/case").text)
    secret = link.rpartition("/")[2].encode()
    assert [each.name for each in desk.settings.data.iterdir() if secret in each.read_bytes()] == []

    french = desk.post("/requests/general_request?lang=fr", GENERAL | {"key": "f" * 32, "do": "send"})
    assert "Il ouvre votre demande, et rien d’autre" in text(french.text)


def test_mistakes_stand_beside_their_fields_and_in_a_summary_that_leads_to_them(desk: Desk):
    answer = desk.post("/requests/general_request", {"key": KEY, "subject": "x", "do": "review"})

    assert answer.status_code == 422
    assert list(errors(answer)) == ["contact_email", "account_email", "description"]
    summary = part(answer.text, "div", 'class="notice bad"')
    assert re.findall(r'href="#(\w+)">([^:]+):', summary) == [
        ("contact_email", "E-mail address for our answer"),
        ("account_email", "E-mail address of the account"),
        ("description", "Your question or request"),
    ]
    assert 'value="x"' in answer.text
    assert opened(desk) == []


def test_a_secret_is_refused_beside_its_field_and_nothing_is_kept_of_it(desk: Desk):
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    answer = desk.post("/requests/general_request", GENERAL | {"description": words, "do": "review"})

    assert answer.status_code == 422
    assert list(errors(answer)) == ["description"]


def test_records_are_added_and_taken_away_by_a_button_and_nothing_typed_is_lost(desk: Desk):
    sent = json.loads((Path(__file__).parents[2] / "data/forms/business_verification.json").read_text())
    typed_in = CONTACT | {k: v for name, each in sent["fields"].items() for k, v in typed(each, name).items()}
    records = next(name for name in typed_in if name.endswith(":count")).removesuffix(":count")
    count = int(typed_in[f"{records}:count"])

    more = desk.post("/requests/business_verification", typed_in | {"do": f"add {records}"})
    assert hidden(more)[f"{records}:count"] == [str(count + 1)]
    less = desk.post("/requests/business_verification", typed_in | {"do": f"drop {records}.0"})
    assert hidden(less)[f"{records}:count"] == [str(max(count - 1, 1))]
    reviewed = desk.post(
        "/requests/business_verification", typed_in | {f"{records}:count": str(count + 1), "do": "review"}
    )
    assert reviewed.status_code == 200, errors(reviewed)
    final = desk.post("/requests/business_verification", hidden(reviewed) | {"do": "send"})
    assert final.status_code == 201, errors(final)
    (event,) = opened(desk)
    assert isinstance(event.fields, dict)
    kept = event.fields[records]
    assert isinstance(kept, tuple)
    assert len(kept) == count


def test_what_is_asked_on_a_condition_says_which(quiet: Desk):
    said = text(quiet.page("/requests/unusual_activity").text)

    assert "Answer this only if “" in said


def test_advice_that_has_to_be_confirmed_is_ticked_before_the_form_is_sent(desk: Desk):
    """So is a second request for the same account within the hours of the form."""
    write(desk.settings.data, reset=RESET)
    desk.plaint.migrate()
    desk.plaint.forms = Library(desk.plaint.store)
    filled = CONTACT | {"account_email": "someone@example.org", "subject": "Lost", "do": "send"}
    assert desk.post("/requests/reset", filled).status_code == 201
    desk.plaint.search.prepare()
    desk.plaint.search.engine.catch_up()
    other = filled | {"key": "f" * 32, "subject": "Lost again"}

    reviewed = desk.post("/requests/reset", other | {"do": "review"})
    refused = desk.post("/requests/reset", other)
    sent = desk.post("/requests/reset", other | {"confirmed": "again"})

    assert (reviewed.status_code, refused.status_code, sent.status_code) == (200, 422, 201)
    assert "You have just asked; wait, or confirm." in text(reviewed.text)
    assert 'name="confirmed" value="again"' in reviewed.text
    assert "Tick what you have read before you send." in text(refused.text)
    assert len(opened(desk)) == 2


def test_files_are_added_after_sending_without_signing_in(desk: Desk):
    sent = json.loads((Path(__file__).parents[2] / "data/forms/job_application.json").read_text())
    typed_in = CONTACT | sent["fields"] | {"do": "send"}
    done = desk.post("/requests/job_application", typed_in)
    assert "Your request is not complete yet" in text(done.text)
    where = unescape(re.findall(r'action="(/requests/[^"]+/files\?pass=[^"]+)"', done.text)[0])

    answer = desk.browser.post(where, files=[("file", ("letter.png", a_png(), "image/png"))])
    refused = desk.browser.post(where, files=[("file", ("letter.txt", b"text", "text/plain"))])

    assert (answer.status_code, refused.status_code) == (200, 422)
    assert "letter.png: taken" in text(answer.text)
    assert "Your files were not taken" in text(refused.text)
    (event,) = opened(desk)
    case = desk.plaint.store.load_cases([event.originator_id])[event.originator_id]
    assert isinstance(case, Ticket)
    assert [file.name for file in case.files.values()] != []


def test_a_form_without_its_key_or_that_there_is_not_is_refused(desk: Desk):
    assert desk.post("/requests/general_request", GENERAL | {"key": "x"}).status_code == 400
    assert desk.page("/requests/nothing").status_code == 404
    assert desk.browser.get("/requests/complaint", follow_redirects=False).headers["location"] == "/complain"
    foreign = desk.post("/requests/general_request", GENERAL, **{"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert desk.post("/requests/general_request", GENERAL | {"do": "add subject"}).status_code == 400


def test_a_form_that_has_changed_since_it_was_shown_is_told_and_not_sent(desk: Desk):
    answer = desk.post("/requests/general_request", GENERAL | {"version": "0", "do": "send"})

    assert answer.status_code == 422
    assert "The form has changed since you read it" in text(part(answer.text, "div", 'class="notice bad"'))
    assert hidden(answer)["version"] == ["1"]
    assert opened(desk) == []


def test_the_complaint_page_is_the_firms_own_form(desk: Desk):
    """One without a step for the review is reviewed as any request is."""
    own = shipped_texts()["complaint"].replace('version = "1"\nkind', 'version = "9"\nkind')
    own = own.replace('en = "Make a complaint"', 'en = "Tell us off"')
    own = re.sub(r'\[\[steps\]\]\nid = "review".*?\n\n(?=\[fields)', "", own, flags=re.DOTALL)
    write(desk.settings.data, complaint=own)
    desk.plaint.migrate()
    desk.plaint.forms = Library(desk.plaint.store)

    html = desk.page("/complain").text

    assert "Tell us off" in html
    assert html.count('name="do" value="review"') == 1


def test_what_no_question_asks_is_left_aside():
    form = shipped_forms()["general_request"]

    assert read({"subject": ["a"], "other": ["b"], "subject.0.x": ["c"], "subject:x": ["d"]}, form) == Sheet(
        {"subject": ("a",)}
    )
