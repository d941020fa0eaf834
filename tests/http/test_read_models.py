"""What is asked of a read model that is not built yet is answered clearly."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from adapters.views import tables
from domain.access import Role
from domain.ids import new_id
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


def test_a_desk_whose_log_was_restored_beneath_it_is_not_ready(world: World):
    """Its read models have seen events that the log does not have; what to do is named."""
    world.settle()
    last = world.plaint.store.count()
    with world.plaint.views_database.write() as connection:
        queue = tables.cursors.c.projection == "queue"
        connection.execute(update(tables.cursors).where(queue).values(number=last + 1))

    said = problem(world.get("/readyz"), "unavailable", 503)["detail"]

    wanted = (
        f"The read model queue is at 00:{last + 1}, but the log ends at 00:{last}: an older log was restored."
    )
    assert said == f"{wanted} Run `plaint rebuild`."


def test_a_desk_whose_log_was_deleted_beneath_it_acknowledges_nothing_and_is_not_ready(world: World):
    """Whoever has the file open could go on in it, and all of that would be gone with the process."""
    (world.plaint.settings.data / "log.db").unlink()

    problem(world.send(), "unavailable", 503)
    problem(world.get("/readyz"), "unavailable", 503)


def test_a_position_in_several_logs_is_waited_for_as_a_whole(world: World, supervisor: dict[str, str]):
    """A log that there is not is refused, whatever else is named."""
    last = world.plaint.store.ends()[0]
    world.plaint.views.catch_up()

    assert world.get(f"/v1/complaints?after=00:{last}", supervisor).status_code == 200
    assert problem(world.get(f"/v1/complaints?after=00:{last},ff:1", supervisor), "invalid", 422)


def test_a_case_is_read_to_its_last_event_however_far_read_models_are(either: World):
    """Not known to them yet, level with the log, behind it, and not there at all or in no log."""
    handler = either.token(Role.HANDLER)
    id = either.send().json()["id"]
    found = [version(either, id, handler)]
    either.settle()
    found.append(version(either, id, handler))
    either.client.post(
        f"/v1/complaints/{id}/note", json={"text": "Called back."}, headers=handler | {"If-Match": "*"}
    )
    found.append(version(either, id, handler))
    either.settle()
    found.append(version(either, id, handler))

    assert found == [(found[0][0], f'"{found[0][0]}"')] * 2 + [(found[0][0] + 1, f'"{found[0][0] + 1}"')] * 2
    for log in (0, 255):
        nobody = new_id(datetime(2026, 5, 22, tzinfo=UTC), bytes(10), log=log)
        assert problem(either.get(f"/v1/complaints/{nobody}", handler), "not-found", 404)


def version(world: World, id: str, who: dict[str, str]) -> tuple[int, str]:
    answer = world.get(f"/v1/complaints/{id}", who)
    return answer.json()["version"], answer.headers["etag"]
