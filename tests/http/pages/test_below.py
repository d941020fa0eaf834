"""Behind a proxy that takes a path off, every page links and leads below that path."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from domain.access import Role
from tests.http.world import World, problem

ROOT = "/desk"
HOST = "https://plaint.example"
ADDRESS = re.compile(r'(?:href|src|action|formaction)="([^"]*)"')


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, fresh: Path) -> Generator[World]:
    folder = tmp_path_factory.mktemp("below")
    shutil.copytree(fresh, folder, dirs_exist_ok=True)
    made = World(folder, pages=True, root_path=ROOT, public_url=HOST + ROOT)
    yield made
    made.close()


@pytest.fixture
def browser(world: World) -> TestClient:
    headers = {"Accept": "text/html", "Origin": HOST}
    return TestClient(world.app, base_url=HOST, root_path=ROOT, headers=headers, follow_redirects=False)


def outside(html: str) -> list[str]:
    """Return every address in a page that does not lie below the path, nor in the page."""
    return [
        each for each in ADDRESS.findall(html) if not each.startswith((f"{ROOT}/", "?", "#", HOST + ROOT))
    ]


def test_a_complainant_is_led_by_the_link_and_stays_below(world: World, browser: TestClient):
    handler = world.token(Role.HANDLER, "complaints")
    id = world.received(details='See href="/etc/passwd" there.')
    made = world.client.post(f"/v1/complaints/{id}/links", headers=handler).json()

    opened = browser.get(made["url"].removeprefix(HOST))
    shown = browser.get(opened.headers["location"])

    assert (opened.status_code, opened.headers["location"]) == (303, f"{ROOT}/my/case")
    assert shown.status_code == 200
    assert outside(shown.text) == []
    assert "href=&#34;/etc/passwd&#34;" in shown.text


def test_signing_in_leads_back_to_the_page_that_was_asked_for(world: World, browser: TestClient):
    secret = world.token(Role.SUPERVISOR)["Authorization"].removeprefix("Bearer ")
    world.received()
    world.settle()

    asked = browser.get(f"{ROOT}/queue")
    form = browser.get(asked.headers["location"])
    begun = browser.post(f"{ROOT}/sign-in", data={"token": secret, "next": f"{ROOT}/queue"})
    queue = browser.get(begun.headers["location"])

    assert asked.headers["location"] == f"{ROOT}/sign-in?next={ROOT}/queue"
    assert begun.headers["location"] == f"{ROOT}/queue"
    assert queue.status_code == 200
    for page in (
        form,
        queue,
        browser.get(f"{ROOT}/"),
        browser.get(f"{ROOT}/complain"),
        browser.get(f"{ROOT}/x"),
    ):
        assert outside(page.text) == []


def test_the_api_below_answers_problems_to_browsers_too(browser: TestClient):
    problem(browser.get(f"{ROOT}/v1/nothing"), "not-found", 404)
