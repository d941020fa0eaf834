"""Links of complainants: one case each, until they expire or are taken back, and nothing of them in a log."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from adapters.identity.guests import opens
from adapters.identity.links import Link, Links, is_link
from domain import commands
from domain.access import Principal, Role, Sensitivity
from domain.reading import Part
from domain.testing import RULES as BOOK
from domain.testing import Given, an_id, asked, by, paris, received
from tests.http.test_reads import stored
from tests.http.world import START, World, pointers, problem

HTML = {"Accept": "text/html"}


@pytest.fixture
def desk(tmp_path: Path, fresh: Path) -> Generator[World]:
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path, pages=True, public_url="https://plaint.example/")
    yield made
    made.close()


def browser(world: World, **headers: str) -> TestClient:
    return TestClient(
        world.app,
        base_url="https://plaint.example",
        headers=HTML | headers,
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def link(world: World, id: str, who: dict[str, str], body: Any = None, **headers: str) -> Any:
    answer = world.client.post(f"/v1/complaints/{id}/links", json=body, headers=who | headers)
    world.settle()
    return answer


def path(answer: Any) -> str:
    return answer.json()["url"].removeprefix("https://plaint.example")


def history(world: World, id: str) -> list[str]:
    return [event.TOPIC for _, event in world.plaint.store.numbered(UUID(id))]


# The rule book.

THE_FOURTH = paris("2026-06-04T12:00")


def test_a_link_is_recorded_once_and_says_nothing_but_until_when():
    case = Given(*_begun())
    issue = asked(commands.IssueLink(expires_at=THE_FOURTH), paris("2026-05-26T10:00"))

    assert case.when(issue) == [("LinkIssued", {"generation": 0, "expires_at": THE_FOURTH})]
    assert case.when(issue) == []


def test_links_are_taken_back_together_and_the_next_are_of_another_generation():
    revoke = asked(commands.RevokeLinks(), paris("2026-05-26T11:00"))
    issue = asked(commands.IssueLink(expires_at=THE_FOURTH), paris("2026-05-26T10:00"))
    case = Given(*_begun(), issue)

    assert case.when(revoke) == [("LinksRevoked", {"generation": 1})]
    assert case.when(revoke) == []
    assert case.when(issue) == [("LinkIssued", {"generation": 1, "expires_at": THE_FOURTH})]


def test_no_link_leads_to_a_case_that_was_never_received():
    from domain.complaint import Complaint
    from domain.errors import NotReceived

    for ask in (commands.IssueLink(expires_at=THE_FOURTH), commands.RevokeLinks()):
        with pytest.raises(NotReceived):
            ask.carry_out(Complaint(an_id()), by(START), BOOK)


def _begun() -> tuple[Any, ...]:
    from domain.complaint import Complaint

    return Complaint(an_id()), received()


# What is handed out.


def test_a_link_is_read_by_whoever_made_it_alone():
    made = Link(an_id(), THE_FOURTH, 3)
    text = Links(lambda: b"k" * 32).written(made)

    assert is_link(text)
    assert Links(lambda: b"k" * 32).read(text) == made
    assert Links(lambda: b"j" * 32).read(text) is None
    for place in range(len("plaint_link_"), len(text) - 1):
        other = "A" if text[place] != "A" else "B"
        assert Links(lambda: b"k" * 32).read(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "plaint_link_", "plaint_link_" + "!" * 54, "plaint_link_" + "A" * 53])
def test_what_is_no_link_is_not_read(text: str):
    assert Links(lambda: b"k" * 32).read(text) is None


def test_a_link_opens_one_case_over_the_api_until_it_expires(desk: World):
    """It proves a complainant who has that case and no other, and no list."""
    id, other = desk.received(), desk.received()
    made = link(desk, id, _token(desk), {"expires_in_days": 2})
    token = path(made).removeprefix("/my/")
    mine = {"Authorization": f"Bearer {token}"}

    assert (made.status_code, made.headers["etag"]) == (201, '"4"')
    assert made.json()["expires_at"] == "2026-05-24T16:00:00Z"
    assert opens(desk.plaint, token) == Principal(
        id=f"complainant:{id}", role=Role.COMPLAINANT, cases=frozenset({UUID(id)})
    )
    assert desk.get(f"/v1/complaints/{other}", mine).status_code in {403, 404}
    assert desk.get("/v1/complaints", mine).status_code == 403
    assert desk.ask(id, "acknowledge", mine, {}, tag="*").status_code == 403
    desk.later(days=2)
    problem(desk.get(f"/v1/complaints/{id}", mine), "unauthenticated", 401)


def _token(world: World, role: Role = Role.HANDLER, *teams: str) -> dict[str, str]:
    return world.token(role, *teams)


def test_the_page_behind_a_link_is_a_reading_like_any_other(desk: World):
    id = desk.received()
    who = browser(desk)
    who.get(path(link(desk, id, _token(desk))))

    assert who.get("/my/case").status_code == 200

    assert [(str(each.originator_id), each.principal, each.part) for each in stored(desk)] == [
        (id, f"complainant:{id}", Part.DOCUMENT)
    ]


def test_a_link_that_was_taken_back_opens_nothing_from_then_on(desk: World):
    """Whatever is still to be read by the read models, and sessions that began by it end too."""
    id, handler = desk.received(), _token(desk)
    made = link(desk, id, handler)
    who = browser(desk)
    assert who.get(path(made)).status_code == 303
    assert who.get("/my/case").status_code == 200

    gone = desk.client.delete(f"/v1/complaints/{id}/links", headers=handler)

    assert gone.status_code == 200
    assert who.get("/my/case").status_code == 410
    assert browser(desk).get(path(made)).status_code == 410
    assert opens(desk.plaint, path(made).removeprefix("/my/")) is None
    assert browser(desk).get(path(link(desk, id, handler))).status_code == 303
    assert history(desk, id)[-3:] == [
        "complaint.link_issued",
        "complaint.links_revoked",
        "complaint.link_issued",
    ]


def test_the_same_request_is_answered_with_the_same_link(desk: World):
    id, handler = desk.received(), _token(desk)
    first = link(desk, id, handler, {"expires_in_days": 7}, **{"Idempotency-Key": "k"})
    desk.later(hours=1)
    again = link(desk, id, handler, {"expires_in_days": 7}, **{"Idempotency-Key": "k"})

    assert again.json() == first.json()
    assert history(desk, id).count("complaint.link_issued") == 1
    problem(link(desk, id, handler, {"expires_in_days": 8}, **{"Idempotency-Key": "k"}), "key-reused", 422)


@pytest.mark.parametrize("body", [{"expires_in_days": 0}, {"expires_in_days": 366}, {"days": 3}])
def test_a_wish_that_cannot_be_is_refused(desk: World, body: dict[str, int]):
    problem(link(desk, desk.received(), _token(desk), body), "invalid", 422)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COMPLIANCE, Role.ADMIN])
def test_only_who_works_on_cases_hands_out_links(desk: World, role: Role):
    id = desk.received()

    problem(link(desk, id, _token(desk, role)), "forbidden", 403)
    revoked = desk.client.delete(f"/v1/complaints/{id}/links", headers=_token(desk, role))
    problem(revoked, "forbidden", 403)


def test_a_case_of_another_team_has_no_links_for_us(desk: World):
    problem(link(desk, desk.received(), _token(desk, Role.HANDLER, "payments")), "not-found", 404)


def test_a_link_leads_to_the_case_under_a_cookie_and_out_of_the_address(desk: World):
    """What the link says stands in no later address and in no referrer."""
    who = browser(desk)
    id = desk.received(language="fr", country="FR")
    desk.plaint.desk.command(UUID(id), commands.Acknowledge(), "handler")
    desk.plaint.desk.command(UUID(id), commands.SendUpdate(text="Nous cherchons."), "handler")
    desk.plaint.desk.command(UUID(id), commands.Note(text="Rings often."), "handler")
    desk.plaint.desk.command(UUID(id), commands.Resolve(outcome="upheld", reasons="Notre erreur."), "handler")
    made = link(desk, id, _token(desk))

    opened = who.get(path(made))
    page = who.get("/my/case")

    assert (opened.status_code, opened.headers["location"]) == (303, "/my/case")
    assert opened.headers["referrer-policy"] == page.headers["referrer-policy"] == "no-referrer"
    assert opened.headers["set-cookie"].startswith("__Host-plaint-my=")
    assert "Max-Age=7200" in opened.headers["set-cookie"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-language"] == "fr"
    for told in (
        "Nous vous donnons raison.",
        "Notre erreur.",
        "Nous cherchons.",
        "22 mai 2026",
        "Décision (MiCA)",
    ):
        assert told in page.text
    for ours in ("Rings often", "handler", "plaint_link_", "/queue"):
        assert ours not in page.text
    english = who.get("/my/case?lang=en")
    assert "We agree with you." in english.text
    assert "kept; it was due by" in english.text


def test_a_case_that_waits_says_what_was_promised(desk: World):
    who = browser(desk)
    who.get(path(link(desk, desk.received(), _token(desk))))

    page = who.get("/my/case").text

    assert "We have received it." in page
    assert "by 27 May 2026" in page
    assert "Nothing yet." in page


def test_a_complainants_session_is_none_of_the_desk(desk: World):
    who = browser(desk)
    who.get(path(link(desk, desk.received(), _token(desk))))

    assert who.get("/queue").headers["location"] == "/sign-in?next=/queue"


def test_the_page_is_closed_by_its_own_form_alone(desk: World):
    who = browser(desk)
    who.get(path(link(desk, desk.received(), _token(desk))))
    found = re.search(r'name="mark" value="([0-9a-f]{64})"', who.get("/my/case").text)
    assert found

    assert who.post("/my/leave", data={"mark": "0" * 64}).status_code == 403
    assert "The page is closed" in who.post("/my/leave?lang=en", data={"mark": found[1]}).text
    assert who.get("/my/case").status_code == 410


@pytest.mark.parametrize("text", ["plaint_link_" + "A" * 54, "nothing", "case%2F", "%00"])
def test_a_link_that_opens_nothing_is_answered_alike(desk: World, text: str):
    answer = browser(desk, **{"Accept-Language": "fr"}).get(f"/my/{text}")

    assert answer.status_code in {404, 410}
    if answer.status_code == 410:
        assert "Ce lien n’ouvre plus rien" in answer.text
        assert "set-cookie" not in answer.headers


def test_no_log_and_no_error_tells_a_link(desk: World, capsys: pytest.CaptureFixture[str]):
    id, handler = desk.received(), _token(desk)
    token = path(link(desk, id, handler)).removeprefix("/my/")
    browser(desk).get(f"/my/{token}")
    browser(desk).get(f"/my/{token}x")
    desk.get(f"/v1/complaints/{id}", {"Authorization": f"Bearer {token}"})
    printed = capsys.readouterr()

    assert "/my/{link}" in printed.out + printed.err
    assert token not in printed.out + printed.err


def test_a_link_that_opens_for_more_than_thirty_days_is_made_by_who_may_restrict_cases(desk: World):
    id = desk.received()

    refused = link(desk, id, _token(desk), {"expires_in_days": 31})

    assert (refused.status_code, pointers(refused)) == (422, ["/expires_in_days"])
    assert link(desk, id, _token(desk), {"expires_in_days": 30}).status_code == 201
    assert link(desk, id, _token(desk, Role.SUPERVISOR), {"expires_in_days": 365}).status_code == 201


def test_a_case_that_is_kept_more_closely_takes_its_links_back():
    issue = asked(commands.IssueLink(expires_at=THE_FOURTH), paris("2026-05-26T10:00"))
    closer = commands.SetSensitivity(sensitivity=Sensitivity.CONFIDENTIAL, reason="A colleague is named.")
    wider = commands.SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="Not that one.")
    case = Given(*_begun(), issue)

    happened = case.when(asked(closer, paris("2026-05-26T11:00")))
    assert [name for name, _ in happened] == ["ComplaintSensitivityChanged", "LinksRevoked"]
    case.when(issue)
    happened = case.when(asked(wider, paris("2026-05-26T12:00")))
    assert [name for name, _ in happened] == ["ComplaintSensitivityChanged"]


def test_the_answer_of_before_is_repeated_only_while_the_case_exists_for_who_asks(desk: World):
    id, handler = desk.received(), _token(desk)
    assert link(desk, id, handler, **{"Idempotency-Key": "k"}).status_code == 201
    desk.token(Role.HANDLER, "payments")
    desk.plaint.desk.command(UUID(id), commands.Assign(team="payments"), "system:test")

    problem(link(desk, id, handler, **{"Idempotency-Key": "k"}), "not-found", 404)
