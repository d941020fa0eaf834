"""What is asked of a read model that is not built yet is answered clearly."""

from __future__ import annotations

from sqlalchemy import update

from adapters.views import tables
from tests.http.world import World, problem


def test_a_list_that_is_not_built_is_told_with_when_to_come_back(world: World, supervisor: dict[str, str]):
    """Rows of another version are never given; who may ask is still known."""
    with world.plaint.views_database.write() as connection:
        queue = tables.generations.c.projection == "queue"
        connection.execute(update(tables.generations).where(queue).values(version=99))

    for path in ("/v1/complaints", "/v1/dashboards/sla"):
        answer = world.get(path, supervisor)
        assert problem(answer, "not-yet", 503)
        assert answer.headers["retry-after"] == "5"
        assert "queue" in answer.json()["detail"]
    ready = world.get("/readyz", supervisor)
    assert problem(ready, "unavailable", 503)
    assert "queue (a newer version of Plaint has built it" in ready.json()["detail"]


def test_a_position_in_several_logs_is_waited_for_as_a_whole(world: World, supervisor: dict[str, str]):
    """A log that there is not is refused, whatever else is named."""
    last = world.plaint.store.ends()[0]
    world.plaint.views.catch_up()

    assert world.get(f"/v1/complaints?after=00:{last}", supervisor).status_code == 200
    assert problem(world.get(f"/v1/complaints?after=00:{last},ff:1", supervisor), "invalid", 422)
