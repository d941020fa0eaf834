"""The page behind the link of a ticket: what was asked and answered, and what its customer sends."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from adapters.http.pages.mine_view import texts_of
from domain import commands as c
from domain.access import Role
from domain.testing import paris
from domain.ticket import Ticket
from domain.ticket.state import Stage
from domain.tongues import Language
from tests.http.filing import a_png
from tests.http.pages.conftest import Desk
from tests.http.pages.test_own_files import MARK, guest, section, send
from tests.http.test_ticket_links import a_request

KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')
FOLLOW_UP = c.FollowUp(questions=("Quelle carte ?", "Depuis quand ?"))


def act(desk: Desk, id: str, *done: c.Command | c.TicketCommand) -> None:
    for command in done:
        desk.plaint.desk.command(UUID(id), command, "handler-7", kind=Ticket)
    desk.settle()


def customer(desk: Desk, id: str) -> TestClient:
    """Return the browser of whoever came in by the link of the ticket."""
    made = desk.client.post(f"/v1/tickets/{id}/links", headers=desk.token(Role.SUPERVISOR)).json()
    browser = desk.another_browser()
    browser.get("/my/" + made["url"].rpartition("/")[2])
    return browser


def write(desk: Desk, who: TestClient, name: str, lang: str = "en", **fields: Any) -> Response:
    """Fill in one of the forms of the page as a browser does, without a script."""
    page = who.get("/my/case").text
    (mark,), (key,) = set(MARK.findall(page)), set(KEY.findall(page))
    sent = {"mark": mark, "key": key} | fields
    answer = who.post(f"/my/case/{name}?lang={lang}", data=sent, follow_redirects=False)
    desk.settle()
    return answer


def history(desk: Desk, id: str) -> list[str]:
    topics = (event.TOPIC for event in desk.plaint.store.history(UUID(id)))
    return [topic for topic in topics if topic.startswith("ticket.")]


def test_a_customer_follows_a_ticket_answers_and_rates_it(desk: Desk):
    id = a_request(desk, language="fr")
    slot = {"starts_at": paris("2026-05-28T14:00"), "ends_at": paris("2026-05-28T14:30")}
    booked = c.BookAppointment(kind="callback", zone="Europe/Paris", how_to_join="Gardez-le allumé.", **slot)
    act(desk, id, c.Note(text="Rings often."), c.Reply(text="Nous cherchons."), FOLLOW_UP, booked)
    who = customer(desk, id)

    page = who.get("/my/case")
    assert "Votre demande" in page.text
    assert section(page, "status") == (
        "Où elle en est Elle attend votre réponse. Nous l’avons reçue le 22 mai 2026."
    )
    assert section(page, "appointment") == (
        "Votre rendez-vous Nous vous appelons 28 mai 2026, 14:00 – 14:30 (Europe/Paris) Gardez-le allumé."
    )
    assert section(page, "letters") == (
        "Ce qui a été écrit Questions pour vous 22 mai 2026 1. Quelle carte ? 2. Depuis quand ? "
        "De notre part 22 mai 2026 Nous cherchons."
    )
    assert section(page, "submission") == (
        "Ce que vous avez envoyé Adresse électronique pour notre réponse someone@example.org "
        "Adresse électronique du compte someone@example.org Objet My card "
        "Votre question ou votre demande It fails."
    )
    for ours in ("Rings often", "handler-7", "support", "plaint_link_", "/queue", 'id="rating"'):
        assert ours not in page.text

    sent = write(desk, who, "answers", "fr", answer=["La bleue.", "Lundi."], text="Merci.")
    assert (sent.status_code, sent.headers["location"]) == (303, "/my/case?lang=fr#letters")
    act(desk, id, c.Solve(text="Elle remarche."))
    english = who.get("/my/case?lang=en")
    assert section(english, "status") == (
        "Where it stands We have answered it. We received it on 22 May 2026."
    )
    assert section(english, "decision") == (
        "Our answer Elle remarche. Sent on 22 May 2026. "
        "It closes by itself on 2 Jun 2026, unless you write to us before."
    )
    assert section(english, "letters").startswith(
        "What was written From you 22 May 2026 1. La bleue. 2. Lundi. Merci. Questions to you"
    )
    assert write(desk, who, "rating", score="5", comment="Quick.").status_code == 303
    assert section(who.get("/my/case?lang=en"), "rating") == (
        "How content are you? You gave us 5 of 5. Quick."
    )
    assert history(desk, id)[-3:] == ["ticket.information_supplied", "ticket.solved", "ticket.rated"]


def test_what_is_not_taken_says_why_and_nothing_that_was_written_is_lost(desk: Desk):
    id = a_request(desk)
    act(desk, id, FOLLOW_UP)
    who = customer(desk, id)
    before = history(desk, id)

    half = write(desk, who, "answers", answer=["La bleue.", ""])
    none = write(desk, who, "answers", "fr", answer=["", ""])
    early = write(desk, who, "rating", score="3")
    unscored = write(desk, who, "rating", "fr", score="9", comment="Bien.")
    foreign = write(desk, who, "answers", text="Hello.", mark="0" * 64)

    assert [each.status_code for each in (half, none, early, unscored, foreign)] == [422, 422, 409, 422, 403]
    assert "Answer each question" in section(half, "writing")
    assert "La bleue.</textarea>" in half.text
    assert "Écrivez quelque chose avant d’envoyer." in section(none, "writing")
    assert history(desk, id) == before
    secret = write(desk, who, "answers", "fr", text="4111 1111 1111 1111")
    assert secret.status_code == 422
    assert "Retirez le numéro de carte" in section(secret, "writing")
    assert history(desk, id) == [*before, "ticket.value_refused"]


def test_what_was_asked_stands_where_it_is_answered(desk: Desk):
    id = a_request(desk)
    who = customer(desk, id)
    assert section(who.get("/my/case"), "writing") == "Write to us Your message Send it"

    act(desk, id, c.RequestInformation(text="Which printer?"))
    assert section(who.get("/my/case"), "writing") == (
        "We wait for your answer Which printer? Your message Send it"
    )
    write(desk, who, "answers", text="The one upstairs.")

    assert section(who.get("/my/case"), "writing") == "Write to us Your message Send it"
    assert "We have it, and are working on it." in section(who.get("/my/case"), "status")


def test_a_form_that_is_sent_twice_is_taken_once(desk: Desk):
    id = a_request(desk)
    who = customer(desk, id)
    key = "0123456789abcdef" * 2

    sent = [write(desk, who, "answers", text="It is the blue one.", key=key) for _ in range(2)]

    assert [each.status_code for each in sent] == [303, 303]
    assert history(desk, id).count("ticket.information_supplied") == 1
    assert write(desk, who, "answers", text="Another.", key="x").status_code == 400
    assert who.get("/my/case/answers?lang=fr", follow_redirects=False).headers["location"] == (
        "/my/case?lang=fr"
    )


def test_what_a_form_asked_for_is_read_in_the_language_of_the_page(desk: Desk):
    """Choices by their labels, times as they were given, and records with the label of each answer."""
    account = {"account_email": "someone@example.org"}
    video = {
        "full_name": "Someone Somewhere",
        "time_zone": "Europe/Paris",
        "proposals": [{"at": f"2026-05-{day}T09:30"} for day in (25, 26, 27)],
    }
    phone = {"new_phone": "+33 1 23 45 67 89", "reason": "new_contract"}

    told = [
        section(customer(desk, id).get("/my/case?lang=fr"), "submission")
        for id in (
            a_request(desk, form="video_verification", fields=account | video),
            a_request(desk, form="change_of_phone", fields=account | phone),
        )
    ]

    assert told[0].endswith(
        "Trois dates et heures Date et heure : 25 mai 2026, 09:30 "
        "Date et heure : 26 mai 2026, 09:30 Date et heure : 27 mai 2026, 09:30"
    )
    assert told[1].endswith("+33123456789 Motif Nouveau contrat ou numéro")


def test_a_customer_adds_a_file_and_gets_it_back(desk: Desk):
    who = customer(desk, a_request(desk))

    sent = send(desk, who, ("receipt.png", a_png(1), "image/png"))
    desk.plaint.attachments.workers[0].round()
    desk.settle()

    assert sent.status_code == 303
    (address,) = re.findall(r'<a href="(/my/case/files/[^"]+)" download>', who.get("/my/case").text)
    assert who.get(address).content == a_png(1)
    assert desk.another_browser().get(address).status_code == 410


def test_a_ticket_that_goes_on_elsewhere_says_so_and_its_link_opens_nothing_more(desk: Desk):
    promoted, merged, survivor = a_request(desk), a_request(desk), a_request(desk)
    first, second = customer(desk, promoted), customer(desk, merged)
    act(desk, promoted, c.Promote(reason="He complains.", category="fees", country="FR"))
    desk.plaint.desk.command(UUID(merged), c.MergeCases(other=survivor), "handler-7", kind=Ticket)
    desk.plaint.reactions.follower.follow()
    desk.settle()

    assert section(first.get("/my/case?lang=en"), "status") == (
        "Where it stands It turned out to be a complaint, and is answered as one. It goes on under a "
        "reference of its own, with the time limits of a complaint. We received it on 22 May 2026."
    )
    assert 'aria-labelledby="writing"' not in first.get("/my/case").text
    assert "handled together with another case" in section(second.get("/my/case?lang=en"), "status")
    assert write(desk, second, "answers", text="The blue one.").status_code == 303
    assert history(desk, survivor)[-1] == "ticket.information_supplied"
    assert "The blue one." not in second.get("/my/case").text


def test_a_complaint_takes_no_answers_to_tickets(desk: Desk):
    who = guest(desk, desk.received())
    (mark,) = set(MARK.findall(who.get("/my/case").text))

    sent = who.post("/my/case/answers", data={"mark": mark, "key": "0" * 32, "text": "Hello."})

    assert sent.status_code == 404
    assert desk.another_browser().post("/my/case/rating", data={"score": "5"}).status_code == 410


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_stage_has_words_for_the_customer(language: Language):
    stages = {f"status_{stage}" for stage in Stage} | {"status_yours", "status_promoted"}

    assert stages <= texts_of("ticket", language).keys()
