"""Opens the demo's own store, and loads the simulated desk into a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from adapters import tokens
from adapters.bootstrap import Plaint, utc_now
from adapters.demo import marker
from adapters.demo.life import simulate
from adapters.demo.marker import Marker
from adapters.settings import Settings
from domain.access import Role

SUPERVISOR = "demo supervisor"
LOADING = 2_000
"""Events a transaction of the read models while nobody reads them yet."""


def open_demo(
    settings: Settings,
    *,
    seed: int | None = None,
    now: datetime | None = None,
    frozen: bool = False,
    size: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Plaint:
    """Return the demo of *seed* as it stands at *now*, loaded and up to date.

    By default it is the demo that is there, else that of seed 1 and today.

    A *frozen* one stays at that instant; another lives on from there.  The store is made
    once: with a clock and dice of its own, so that it is the same wherever it is made, and
    completed when its load was broken off.
    """
    made = marker.begin(settings, seed=seed, now=now, today=utc_now())
    plaint = _still(settings, made)
    if not made.loaded:
        try:
            plaint.views.batch = LOADING
            simulate(plaint, seed=made.seed, now=made.now, size=size, progress=progress)
            plaint.views.catch_up()
            # What was simulated is past: nothing follows from it today.
            plaint.reactions.cursors.pass_over(plaint.store.ends())
        except BaseException:
            plaint.close()
            raise
        marker.write(settings.data, made.model_copy(update={"loaded": True}))
    if frozen:
        return plaint
    plaint.close()
    return Plaint.open(settings, now=lambda: utc_now() + made.ahead)


def age(plaint: Plaint) -> timedelta:
    """Return how long ago, by its own clock, the demo began."""
    made = marker.find(plaint.settings.data)
    return plaint.now() - made.now if made else timedelta(0)


def supervisor_token(plaint: Plaint) -> str:
    """Return a new supervisor's token for the demo; those of earlier starts open nothing any more."""
    for row in plaint.queries.tokens():
        if row.name == SUPERVISOR and row.revoked_at is None:
            tokens.revoke(plaint, row.id, by="system:demo")
    new = tokens.create(plaint, Role.SUPERVISOR, name=SUPERVISOR, by="system:demo")
    plaint.views.catch_up()
    return new.secret


def _still(settings: Settings, made: Marker) -> Plaint:
    dice = Random(f"demo/{made.seed}")  # noqa: S311 - the demo is the same everywhere; no secret is made with it
    return Plaint.open(settings, now=lambda: made.now, chance=dice.randbytes)
