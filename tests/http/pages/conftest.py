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
from domain import commands
from domain.commands import Command
from tests.http.world import World

HTML = {"Accept": "text/html,application/xhtml+xml"}


class Desk(World):
    """A desk whose pages are looked at from this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.app = create_app(self.plaint, pages=True)
        self.browser = TestClient(
            self.app, base_url="http://127.0.0.1:8000", headers=HTML, raise_server_exceptions=False
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


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a desk that has just been opened, to be copied: making one takes a while."""
    folder = tmp_path_factory.mktemp("fresh")
    World(folder).close()
    return folder


@pytest.fixture
def desk(tmp_path: Path, fresh: Path) -> Generator[Desk]:
    copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = Desk(tmp_path)
    yield made
    made.browser.close()
    made.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """A desk to which nobody has complained, and nobody does."""
    made = Desk(tmp_path_factory.mktemp("quiet"))
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
