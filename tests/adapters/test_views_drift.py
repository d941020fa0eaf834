"""The nightly look at the counters leaves them right, and lets go of what counts nothing any more."""

from __future__ import annotations

from sqlalchemy import select

from adapters.views import tables
from domain.access import Role
from tests.http.world import World


def counted(world: World) -> dict[tuple[str, str], int]:
    c = tables.counters.c
    query = select(c.metric, c.value, c.count).where(c.projection == "queue")
    with world.plaint.views_database.read() as connection:
        return {(metric, value): number for metric, value, number in connection.execute(query)}


def test_counters_at_zero_are_let_go_and_count_again_from_there(either: World):
    supervisor = either.token(Role.SUPERVISOR)
    first = either.received()
    assert either.ask(first, "withdraw", supervisor, {"reason": "Paid."}, version=3).status_code == 200
    either.settle()
    before = counted(either)
    assert 0 in before.values()

    assert either.plaint.drift.run()

    assert counted(either) == {key: number for key, number in before.items() if number}
    assert either.plaint.drift.drifted["queue"] == 0
    either.received()
    is_open = [n for (metric, _), n in counted(either).items() if metric == "open_by_status"]
    assert is_open == [1]
