"""Reactions in a whole installation: woken at once, stopped soon, and silent while read models are built."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.metrics import exposition
from adapters.reactions.reactions import Reactions
from adapters.reactions.troubles import Trouble
from adapters.views.rebuilding import rebuild
from tests.adapters.reactions.following import NoteWhatWasReceived
from tests.http.world import World


@pytest.fixture
def world(tmp_path: Path) -> Generator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def reactions_of(world: World) -> Reactions:
    plaint = world.plaint
    reactions = Reactions(
        plaint.store, plaint.desk, (NoteWhatWasReceived(),), plaint.feed.recorded, now=plaint.now
    )
    reactions.prepare()
    return reactions


def test_a_rebuild_and_another_start_repeat_nothing(world: World):
    reactions = reactions_of(world)
    world.received()
    reactions.follower.follow()
    before = world.plaint.store.count()

    rebuild(world.plaint.views)
    reactions.follower.let_go()
    reactions_of(world).follower.follow()

    assert world.plaint.store.count() == before


def test_a_thread_answers_what_is_recorded_and_stops_within_seconds(world: World):
    reactions, plaint = reactions_of(world), world.plaint
    reactions.start()
    before = plaint.store.count()
    world.received()

    def since() -> list[str]:
        return [event.TOPIC for number, event in plaint.store.everything() if number > before]

    end = time.monotonic() + 60
    while "complaint.noted" not in since() and time.monotonic() < end:
        plaint.feed.recorded.wait(plaint.feed.recorded.count, 0.1)
    began = time.monotonic()
    reactions.stop()

    assert time.monotonic() - began < 5
    topics = since()
    assert topics[-1] == "complaint.noted"
    assert topics.count("complaint.noted") == 1
    assert not any(each.mine for each in reactions.cursors.places())


def parked(world: World) -> str:
    """Let one event be parked, and return its position."""
    reactions = reactions_of(world)
    world.received()
    log, number = 0, world.plaint.store.count()
    (stored,) = world.plaint.store.notifications(log, number - 1, 1)
    trouble = Trouble(
        reaction=reactions.names[0],
        log=log,
        number=number,
        case_id=UUID(str(stored.originator_id)),
        topic=stored.topic,
        state="retrying",
        attempts=8,
        next_attempt_at=None,
        why=None,
        since=world.now,
    )
    reactions.troubles.park(trouble, "RuntimeError")
    return f"00:{number}"


def test_monitoring_and_the_command_line_name_what_is_parked(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLAINT_DATA", str(world.settings.data))
    position = parked(world)
    name = "note_what_was_received"

    ready = world.get("/readyz")
    assert (ready.status_code, ready.json()["reactions_parked"]) == (200, [f"{name} {position}"])
    figures = exposition(world.plaint)
    assert f'plaint_reaction_events{{reaction="{name}",state="parked"}} 1\n' in figures
    (event,) = run("list", "--json")["events"]
    assert (event["position"], event["state"], event["why"]) == (position, "parked", "RuntimeError")
    assert run("retry", "--json") == {"retried": 1}
    assert CliRunner().invoke(app, ["reactions", "skip", name, position]).exit_code == 1
    (again,) = world.plaint.reactions.troubles.all(["retrying"])
    world.plaint.reactions.troubles.park(again, "RuntimeError")
    assert run("skip", name, position, "--json")["skipped"]
    assert world.get("/readyz").json()["reactions_parked"] == []
    assert CliRunner().invoke(app, ["reactions", "skip", name, "nonsense"]).exit_code == 2
    assert CliRunner().invoke(app, ["reactions", "retry", "nonsense"]).exit_code == 2


def run(*words: str) -> Any:
    result = CliRunner().invoke(app, ["reactions", *words])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)
