"""Desks behind the API."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from domain.access import Role
from tests.http import rights
from tests.http.world import World


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
