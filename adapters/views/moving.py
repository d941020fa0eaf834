"""How far each slot has come, written for many logs by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from adapters.views.rows import put

ON_POSTGRESQL = (
    "UPDATE cursors AS c SET number = m.number, stopped_at = m.stopped_at, stopped_because = m.why "
    "FROM unnest(%b::text[], %b::text[], %b::int[], %b::bigint[], %b::bigint[], %b::text[]) "
    "AS m (projection, slot, log, number, stopped_at, why) "
    "WHERE c.projection = m.projection AND c.slot = m.slot AND c.log = m.log"
)
ON_SQLITE = (
    "UPDATE cursors SET number = ?4, stopped_at = ?5, stopped_because = ?6 "
    "WHERE projection = ?1 AND slot = ?2 AND log = ?3"
)


class Move(NamedTuple):
    """The cursor of one slot in one log, and the event that stopped it, if one did."""

    projection: str
    slot: str
    log: int
    number: int
    stopped_at: int | None = None
    stopped_because: str | None = None


def move(connection: Connection, moves: Sequence[Move]) -> None:
    """Have every cursor of *moves* stand where it says."""
    put(connection, ON_POSTGRESQL if connection.dialect.name == "postgresql" else ON_SQLITE, moves)
