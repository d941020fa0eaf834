"""A desk with pages, and a browser's way of asking for them."""

from __future__ import annotations

import re
from collections.abc import Generator
from html import unescape
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from adapters.http.app import create_app
from adapters.tokens import create
from domain import commands
from domain.access import Role
from domain.commands import Command
from tests.http.world import World

HTML = {"Accept": "text/html,application/xhtml+xml"}


class Desk(World):
    """A demo's desk whose pages a supervisor looks at from this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.demo = create(self.plaint, Role.SUPERVISOR, name="demo").secret
        self.settle()
        self.app = create_app(self.plaint, pages=True, demo=self.demo)
        self.browser = self.another_browser()
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in as the demo's supervisor, with one click."""
        answer = self.browser.post("/sign-in", data={"do": "demo"}, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def later(self, **time: float) -> None:
        """Let time go by; whoever was away for long signs in again."""
        super().later(**time)
        self.sign_in()

    def another_browser(self, **headers: str) -> TestClient:
        """A browser on this machine that is signed in nowhere yet."""
        return TestClient(
            self.app,
            base_url="http://127.0.0.1:8000",
            headers=HTML | headers,
            client=("127.0.0.1", 50_000),
            raise_server_exceptions=False,
        )

    def page(self, path: str, **headers: str) -> Response:
        self.settle()
        return self.browser.get(path, headers=headers)

    def post(self, path: str, data: dict[str, Any], **headers: str) -> Response:
        return self.browser.post(path, data=data, headers=headers)

    def act(self, id: Any, *done: Command, actor: str = "handler") -> None:
        for command in done:
            self.plaint.desk.command(id, command, actor)

    def sweep(self) -> None:
        """Notice every miss there is by now, as the scheduler does."""
        self.settle()
        for row in self.plaint.queries.due_clocks(self.now):
            self.act(row.case_id, commands.NoticeMisses(now=self.now), actor="system:scheduler")
        self.settle()


@pytest.fixture
def desk(tmp_path: Path, fresh: Path) -> Generator[Desk]:
    copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = Desk(tmp_path)
    yield made
    made.browser.close()
    made.close()


@pytest.fixture(scope="module")
def quiet(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """A desk to which nobody has complained, and nobody does."""
    folder = tmp_path_factory.mktemp("quiet")
    copytree(fresh, folder, dirs_exist_ok=True)
    made = Desk(folder)
    yield made
    made.browser.close()
    made.close()


def text(html: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def part(html: str, tag: str, mark: str) -> str:
    """Return the first *tag* of a page whose opening contains *mark*, up to its end."""
    found = re.search(rf"<{tag}\b[^>]*{re.escape(mark)}.*?</{tag}>", html, re.DOTALL)
    assert found, f"no {tag} with {mark}"
    return found[0]
