"""Figures are for this machine and for those with a token; a silent scheduler is no ready desk."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.metrics import MEDIA_TYPE
from domain.access import Role
from scheduler.deadlines import Deadlines
from scheduler.runner import SILENT
from tests.http.world import World, problem


@pytest.fixture
def world(tmp_path: Path) -> Generator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def asked_from(world: World, host: str, **headers: str) -> Any:
    return TestClient(world.app, client=(host, 50_000)).get("/metrics", headers=headers)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_this_machine_reads_metrics_without_a_token(world: World, host: str):
    answer = asked_from(world, host)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "plaint_scheduler_lag_seconds 0\n" in answer.text


@pytest.mark.parametrize("host", ["192.0.2.1", "testclient"])
def test_others_need_a_token(world: World, host: str):
    problem(asked_from(world, host), "unauthenticated", 401)

    assert asked_from(world, host, **world.token(Role.HANDLER)).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_passes_on_is_not_from_this_machine(world: World, header: str):
    problem(asked_from(world, "127.0.0.1", **{header: "192.0.2.1"}), "unauthenticated", 401)


def test_a_desk_whose_scheduler_is_silent_is_not_ready(world: World, monkeypatch: pytest.MonkeyPatch):
    def silent(_deadlines: Deadlines) -> float:
        return SILENT + 1

    monkeypatch.setattr(Deadlines, "silent_for", silent)
    assert world.get("/readyz").status_code == 200  # this process has no scheduler

    world.plaint.runner.running = True

    said = problem(world.get("/readyz"), "unavailable", 503)
    assert "scheduler" in said["detail"]
