"""What the pages say of an intake: to the desk who is concerned, to the complainant where the case goes on."""

from __future__ import annotations

from uuid import UUID

from domain import commands as c
from domain.access import Role
from tests.http.pages.conftest import Desk, part, text

TAKEN_DOWN = {
    "complainant": {"client_reference": "K-7", "address": {"city": "Paris"}},
    "dealings": {"wallets": ["bc1qexample", "bc1qother"]},
    "provenance": {"evidence_of_date": "postmark"},
    "complainant_type": "interested_party",
    "representative": {"name": "A. Lawyer", "power_of_attorney": "Deed 7"},
    "vulnerability": {"how_known": "The letter says so.", "driver": "life_event"},
}


def test_the_desk_sees_who_is_concerned_and_what_may_be_the_same(desk: Desk):
    first = desk.send().json()
    desk.plaint.search.engine.catch_up()
    taken = desk.send(desk.token(Role.HANDLER), **TAKEN_DOWN).json()

    page = desk.page(f"/complaints/{taken['reference']}").text

    around = text(part(page, "section", "around"))
    assert "Special care Life event: The letter says so." in around
    assert "Represented by A. Lawyer" in around
    assert f"May be the same (100%) {first['reference']}" in around
    submitted = text(part(page, "section", "submission"))
    assert "Complainant Client reference: K-7 Address, City: Paris" in submitted
    assert "Dealings Wallets: bc1qexample Wallets: bc1qother" in submitted
    assert "Evidence of date: postmark" in submitted
    assert "Complainant type Interested party" in submitted
    timeline = text(part(page, "ol", "timeline"))
    assert "Special care is needed The letter says so." in timeline
    assert "Represented By A. Lawyer." in timeline


def test_what_goes_on_elsewhere_is_linked_and_told_to_the_complainant(desk: Desk):
    """The link of the complainant opens one case: of the other neither the page nor the API tells."""
    id = desk.received(language="fr")
    made = desk.client.post(f"/v1/complaints/{id}/links", json={}, headers=desk.token(Role.HANDLER)).json()
    desk.act(UUID(id), c.Redirect(reason="A question."))
    desk.plaint.reactions.follower.follow()

    page = desk.page(f"/complaints/{id}").text
    ticket = text(part(page, "p", 'class="notice"')).removeprefix("Goes on as ").removesuffix(" .")
    other = text(part(desk.page(f"/tickets/{ticket}").text, "section", "around"))
    guest = desk.another_browser()

    assert other.startswith("Around the case Comes from C-")
    link = made["url"].rpartition("/")[2]
    told = guest.get("/my/" + link).text
    shown = guest.get(f"/v1/complaints/{id}", headers={"Authorization": f"Bearer {link}"})
    assert "Elle se poursuit sous une référence qui lui est propre" in text(told)
    assert shown.json()["redirected_to"] is None
    assert ticket not in told + shown.text
    guest.close()
