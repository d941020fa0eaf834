"""Lets everything follow that follows from what was recorded, as a worker would."""

from __future__ import annotations

from tests.http.world import World


def react(world: World) -> None:
    """Fold and react by turns until nothing is left to do."""
    follower, views = world.plaint.reactions.follower, world.plaint.views
    before, follower.carrier.wake = follower.carrier.wake, views.catch_up
    views.catch_up()
    while follower.follow():
        views.catch_up()
    follower.carrier.wake = before
