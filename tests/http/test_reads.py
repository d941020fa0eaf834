"""Who reads a case is on record, whichever route they read it by; auditors can ask for it."""

from __future__ import annotations

from fastapi.routing import APIRoute

from domain.reading import CaseRead
from tests.http.world import World

CASE_PATHS = ("/v1/complaints/{", "/v1/tickets/{", "/complaints/{", "/tickets/{")


def stored(world: World) -> list[CaseRead]:
    """Return every reading, in the order of the record."""
    world.plaint.readings.flush()
    from adapters.reading.log import Asked

    found = world.plaint.readings.log.find(Asked(), limit=1_000)
    return [each.event for each in sorted(found, key=lambda each: each.number) if each.event is not None]


def reading_routes() -> list[str]:
    """Return the path of every route that opens a case by name, pages included."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        world = World(Path(folder), pages=True)
        try:
            routes = [route for route in world.app.routes if isinstance(route, APIRoute)]
            found = [r.path for r in routes if "GET" in r.methods and r.path.startswith(CASE_PATHS)]
        finally:
            world.close()
    assert len(found) >= 10
    return found
