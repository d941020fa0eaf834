"""Desks behind the API."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from domain.access import Role
from tests.adapters.postgres import Server
from tests.http import rights
from tests.http.world import World


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store on SQLite, to be copied: making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("fresh")
    World(folder).close()
    return folder


@pytest.fixture(scope="session")
def five_cases(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> rights.Prepared:
    """A store with a case of each kind that can be hidden."""
    return rights.prepare(fresh, tmp_path_factory.mktemp("five-cases"))


@pytest.fixture
def world(fresh: Path, tmp_path: Path) -> Generator[World]:
    """A desk on SQLite."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def fresh_in_one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store on SQLite whose log and read models share a file, to be copied."""
    folder = tmp_path_factory.mktemp("fresh")
    World(folder, one_file(folder)).close()
    return folder


def one_file(folder: Path) -> str:
    return f"sqlite:///{folder / 'plaint.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[World]:
    """A desk on SQLite, and then one on PostgreSQL, each the copy of one that was made before."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            shutil.copytree(request.getfixturevalue("fresh_in_one_file"), tmp_path, dirs_exist_ok=True)
            url = one_file(tmp_path)
        else:
            server: Server = request.getfixturevalue("postgres_server")
            template = server.template("desk", lambda url: World(tmp_path_factory.mktemp("new"), url).close())
            url = stack.enter_context(server.database(template))
        made = World(tmp_path, url)
        stack.callback(made.close)
        yield made


@pytest.fixture
def supervisor(world: World) -> dict[str, str]:
    return world.token(Role.SUPERVISOR)


@pytest.fixture
def handler(world: World) -> dict[str, str]:
    return world.token(Role.HANDLER)


@pytest.fixture
def stranger(world: World) -> dict[str, str]:
    """A handler of another team."""
    return world.token(Role.HANDLER, "payments")


@pytest.fixture
def admin(world: World) -> dict[str, str]:
    return world.token(Role.ADMIN)
