"""A case that is kept closely is read in a browser as it is over the API: for a purpose, and recorded."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from adapters.reading.record import NotRecorded
from domain import commands as c
from domain.access import Role, Sensitivity
from tests.http.pages.conftest import Desk, text
from tests.http.test_reads import stored
from tests.http.world import a_ticket

WHY = "Sample of May, case 12 of 40"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, fresh: Path) -> Generator[tuple[Desk, str]]:
    """A desk with one case that is restricted."""
    folder = copytree(fresh, tmp_path_factory.mktemp("guarded"), dirs_exist_ok=True)
    made = Desk(folder)
    id = made.received(details="The secret of it.")
    restrict(made, id)
    yield made, f"/complaints/{id}"
    made.browser.close()
    made.close()


def restrict(desk: Desk, id: str, sensitivity: Sensitivity = Sensitivity.RESTRICTED) -> None:
    desk.act(UUID(id), c.SetSensitivity(sensitivity=sensitivity, reason="A colleague is named."))
    desk.settle()


def readings(desk: Desk) -> list[tuple[str, str, Any]]:
    """Return who read which case, and why they said they did."""
    shown = [desk.plaint.showing.event(each) for each in stored(desk)]
    return [(each.principal, str(each.originator_id), each.purpose) for each in shown]


def browser_of(desk: Desk, who: dict[str, str]) -> TestClient:
    """Return a browser that is signed in with the token *who* shows."""
    browser = desk.another_browser()
    shown = {"token": who["Authorization"].removeprefix("Bearer ")}
    assert browser.post("/sign-in", data=shown, follow_redirects=False).status_code == 303
    return browser


def mark(page: Response) -> str:
    found = re.search(r'name="purpose"', page.text)
    assert found, text(page.text)
    return re.findall(r'name="mark" value="([0-9a-f]{64})"', page.text)[-1]


def test_a_case_kept_closely_asks_why_it_is_read_and_tells_nothing_before(guarded: tuple[Desk, str]):
    desk, path = guarded
    before = readings(desk)

    answer = desk.page(path)

    assert answer.status_code == 403
    assert "Say why you read this case" in text(answer.text)
    assert "The secret of it." not in answer.text
    assert "Withdrawal" not in answer.text
    assert readings(desk) == before


def test_for_a_purpose_the_case_is_shown_and_the_purpose_recorded(guarded: tuple[Desk, str]):
    desk, path = guarded
    before = readings(desk)

    answer = desk.post(path, {"mark": mark(desk.page(path)), "purpose": f" {WHY} "})

    assert answer.status_code == 200
    assert "The secret of it." in text(answer.text)
    assert f"you read this case for “{WHY}”" in text(answer.text)
    assert [each[1:] for each in readings(desk)[len(before) :]] == [(path.split("/")[-1], WHY)]


def test_a_purpose_in_the_address_opens_nothing(guarded: tuple[Desk, str]):
    desk, path = guarded

    assert desk.page(f"{path}?purpose=Sample").status_code == 403


@pytest.mark.parametrize("purpose", ["", " ", "a\x00b", "two\nlines", "a" * 201])
def test_what_is_no_purpose_is_asked_for_again(guarded: tuple[Desk, str], purpose: str):
    desk, path = guarded

    answer = desk.post(path, {"mark": mark(desk.page(path)), "purpose": purpose})

    assert answer.status_code == 422
    assert "Write the Purpose in 1 to 200 printable characters" in text(answer.text)
    assert "The secret of it." not in answer.text


@pytest.mark.parametrize(
    ("given", "headers"),
    [("", {}), ("0" * 64, {}), (None, {"Origin": "https://elsewhere.example"})],
)
def test_a_purpose_of_another_session_or_site_is_refused(
    guarded: tuple[Desk, str], given: str | None, headers: dict[str, str]
):
    desk, path = guarded
    sent = mark(desk.page(path)) if given is None else given

    answer = desk.post(path, {"mark": sent, "purpose": WHY}, **headers)

    assert answer.status_code == 403
    assert "The secret of it." not in answer.text


def test_whoever_does_not_see_a_case_is_told_as_of_one_that_is_not_there(guarded: tuple[Desk, str]):
    """Asked with and without a purpose, by id; and a ticket is no complaint."""
    desk, path = guarded
    browser = browser_of(desk, desk.token(Role.HANDLER, "complaints"))
    nowhere = path[:-1] + ("0" if path[-1] != "0" else "1")
    asking = desk.page(path)

    hidden, missing = browser.get(path), browser.get(nowhere)

    assert (hidden.status_code, hidden.text) == (404, missing.text)
    own = re.search(r'name="mark" value="([0-9a-f]{64})"', hidden.text)
    assert own
    for each in (path, nowhere):
        answer = browser.post(each, data={"mark": own[1], "purpose": WHY})
        assert (answer.status_code, answer.text) == (404, missing.text)
    assert asking.status_code == 403
    assert desk.page(f"/complaints/{a_ticket(desk)}").status_code == 404


def test_a_case_opened_in_an_emergency_is_read_and_not_worked_on(desk: Desk):
    id = desk.received(details="The secret of it.")
    desk.act(UUID(id), c.Assign(team="payments"))
    handler = desk.token(Role.HANDLER, "complaints")
    browser, path = browser_of(desk, handler), f"/complaints/{id}"
    desk.settle()
    assert browser.get(path).status_code == 404

    opened = desk.client.post(f"/v1{path}/break-glass", json={"reason": "Tonight."}, headers=handler)
    desk.settle()
    shown = browser.get(path)

    assert opened.status_code == 200
    assert shown.status_code == 200
    assert "The secret of it." in shown.text
    assert "Next step by API" not in shown.text
    desk.later(minutes=61)
    assert browser_of(desk, handler).get(path).status_code == 404


def test_an_auditor_reads_what_concerns_a_person_for_a_purpose(desk: Desk):
    id = desk.received(details="The secret of it.")
    browser, path = browser_of(desk, desk.token(Role.AUDITOR)), f"/complaints/{id}"

    before = browser.get(path)
    after = browser.post(path, data={"mark": mark(before), "purpose": WHY})

    assert before.status_code == 200
    assert "The secret of it." not in before.text
    assert "The secret of it." in after.text
    assert [each[1:] for each in readings(desk)] == [(id, None), (id, WHY)]


def test_what_cannot_be_recorded_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise NotRecorded

    path = f"/complaints/{desk.received(details='The secret of it.')}"
    monkeypatch.setattr(desk.plaint.readings, "record", refuse)
    answer = desk.page(path)

    assert answer.status_code == 503
    assert "Nobody reads a case unrecorded" in text(answer.text)


def test_a_complainant_who_reads_by_the_link_is_recorded_too(desk: Desk):
    id = desk.received()
    supervisor = desk.token(Role.SUPERVISOR)
    restrict(desk, id)
    url = desk.client.post(f"/v1/complaints/{id}/links", json={}, headers=supervisor).json()["url"]

    shown = desk.another_browser().get("/my/" + url.rsplit("/", 1)[-1])

    assert shown.status_code == 200
    assert readings(desk) == [(f"complainant:{id}", id, None)]
