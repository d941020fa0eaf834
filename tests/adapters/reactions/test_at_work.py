"""Reactions in a whole installation: woken at once, stopped soon, and silent while read models are built."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from adapters.reactions.reactions import Reactions
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
    end = time.monotonic() + 10
    while reactions.lag(plaint.store.ends()) != {"note_what_was_received": 0} and time.monotonic() < end:
        plaint.feed.recorded.wait(plaint.feed.recorded.count, 0.1)
    began = time.monotonic()
    reactions.stop()

    assert time.monotonic() - began < 5
    topics = [event.TOPIC for number, event in plaint.store.everything() if number > before]
    assert topics[-1] == "complaint.noted"
    assert topics.count("complaint.noted") == 1
    assert not any(each.mine for each in reactions.cursors.places())
