"""The page of a case shows what was found, granted and sent along, and where the case goes on."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from adapters.http.pages.words import of_pages, size
from domain import commands as c
from domain.access import Role
from domain.complaint.redress import RedressWish
from domain.complaint.state import Stage
from tests.http.filing import a_png, put_file
from tests.http.pages.conftest import Desk, part, text
from tests.http.world import a_ticket

MONEY = RedressWish(kind="money", amount="12.50", currency="EUR", description="The second fee.")


def section(html: str, name: str) -> str:
    return text(part(html, "section", f'aria-labelledby="{name}"'))


def sections(html: str) -> list[str]:
    return re.findall(r'<section class="card" aria-labelledby="(\w+)">', html)


def asks(desk: Desk, path: str, body: Any) -> str:
    headers = desk.token(Role.SUPERVISOR) | {"If-Match": "*"}
    answer = desk.client.post(f"/v1/{path}", json=body, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    desk.settle()
    return answer.json()["id"]


def test_a_case_shows_only_the_sections_of_which_there_is_something(desk: Desk):
    assert sections(desk.page(f"/complaints/{desk.received()}").text) == ["clocks", "submission", "timeline"]


def test_a_complaint_shows_its_findings_what_is_proposed_and_what_was_paid(desk: Desk):
    id = UUID(desk.received())
    found = c.RecordFinding(point="fee", finding="substantiated", summary="Charged twice.")
    desk.act(id, c.Investigate(), found)
    desk.act(id, c.ProposeResolution(outcome="upheld", reasons="It was.", redress=(MONEY,)), actor="h-1")

    html = desk.page(f"/complaints/{id}").text
    assert section(html, "findings") == "Findings fee Substantiated: Charged twice."
    assert section(html, "proposal") == (
        "Proposed answer Upheld Proposed proposed by h-1 It was. 1. Money, principal 12.50 EUR The second fee."
    )

    desk.act(id, c.ApproveResolution(), actor="h-2")
    desk.act(id, c.Resolve(outcome="upheld", reasons="It was."))
    desk.act(id, c.PayRedress(redress=1, reference="SEPA 4711"), c.ReferExternally(body="AMF"), c.Close())
    desk.act(id, c.Rate(score=4, comment="Quick."), actor="complainant")

    html = desk.page(f"/complaints/{id}").text
    assert "proposal" not in sections(html)
    assert section(html, "redress") == (
        "Redress 1. Money, principal 12.50 EUR The second fee. Paid 22 May 2026, SEPA 4711"
    )
    assert section(html, "referrals") == "Other bodies AMF Since 22 May 2026"
    assert section(html, "rating") == "Rating 4 of 5 Quick."


def test_a_file_is_shown_with_its_state_and_opens_from_the_page(desk: Desk):
    id = UUID(desk.received())
    kept = put_file(desk, id, "receipt")
    put_file(desk, id, "memo", visibility="internal", settled=False)
    length = len(a_png(len("receipt")))

    html = desk.page(f"/complaints/{id}").text

    assert section(html, "files").startswith(f"Files receipt.png Accepted {length} bytes memo.png Queued")
    (address,) = re.findall(r'<a href="([^"]+/files/[^"]+)">', html)
    assert address.endswith(f"/files/{kept}")
    opened = desk.page(address)
    assert (opened.content, opened.headers["content-type"]) == (a_png(len("receipt")), "image/png")
    assert opened.headers["content-disposition"].startswith('attachment; filename="receipt.png"')
    assert opened.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert desk.another_browser().get(address, follow_redirects=False).status_code == 303


def test_of_what_was_merged_each_page_leads_to_the_other(desk: Desk):
    """What was merged into another case has no next step of its own."""
    old, new = desk.received(), desk.received()
    asks(desk, f"complaints/{old}/merge", {"other": new})

    gone, stays = desk.page(f"/complaints/{old}"), desk.page(f"/complaints/{new}")

    assert (gone.status_code, stays.status_code) == (200, 200)
    references = [text(part(each.text, "h1", "")) for each in (gone, stays)]
    assert text(part(gone.text, "p", 'class="notice"')) == f"Merged into {references[1]} ."
    assert "Next step by API" not in text(gone.text)
    assert section(stays.text, "around") == f"Around the case Merged into this one {references[0]}"
    assert f"{references[0]} was merged into this case" in section(stays.text, "timeline")


def test_a_link_is_told_from_both_sides_and_an_issue_by_its_title(desk: Desk):
    one, other = desk.received(), desk.received(account_id="BB12 N84G ABCD EFGH")
    asks(desk, f"complaints/{one}/link", {"other": other, "kind": "caused_by"})
    issue = asks(desk, "issues", {"title": "Fees twice", "kind": "mass_event"})
    asks(desk, f"issues/{issue}/link", {"case": one})

    around = [section(desk.page(f"/complaints/{id}").text, "around") for id in (one, other)]

    assert [each.split(" C-")[0] for each in around] == [
        "Around the case Issue Fees twice (open) Caused by",
        "Around the case Caused",
    ]


def test_a_ticket_shows_its_appointment(desk: Desk):
    id = UUID(a_ticket(desk))
    booked = {"kind": "callback", "starts_at": "2026-05-26T10:00:00+02:00", "zone": "Europe/Lisbon"}
    asks(desk, f"tickets/{id}/book-appointment", booked)

    assert section(desk.page(f"/tickets/{id}").text, "appointment") == (
        "Appointment Callback 26 May 2026, 10:00 Their zone Europe/Lisbon"
    )


def test_an_auditor_opens_a_file_for_the_purpose_that_they_read_for(desk: Desk):
    """Without a purpose neither the name nor what the file holds is shown."""
    id = UUID(desk.received())
    kept = put_file(desk, id, "receipt")
    auditor = desk.another_browser()
    secret = desk.token(Role.AUDITOR)["Authorization"].removeprefix("Bearer ")
    auditor.post("/sign-in", data={"token": secret}, follow_redirects=False)

    closed = auditor.get(f"/complaints/{id}").text
    assert ("receipt.png" in closed, f"/files/{kept}" in closed) == (False, False)
    assert auditor.get(f"/complaints/{id}/files/{kept}").status_code == 403

    mark = re.search(r'name="mark" value="([^"]+)"', closed)
    assert mark
    said = {"mark": mark[1], "purpose": "Sample of May"}
    opened = auditor.post(f"/complaints/{id}", data=said).text
    assert "receipt.png" in section(opened, "files")
    assert auditor.post(f"/complaints/{id}/files/{kept}", data=said).content == a_png(len("receipt"))
    auditor.close()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_stage_has_words_for_the_complainant(language: str):
    assert {f"status_{stage}" for stage in Stage} <= of_pages(language).keys()


def test_a_number_of_bytes_reads_short():
    assert [size(n) for n in (1, 812, 34_400, 999_499, 999_500, 10_000_000)] == [
        "1 byte",
        "812 bytes",
        "34 KB",
        "999 KB",
        "1.0 MB",
        "10.0 MB",
    ]
