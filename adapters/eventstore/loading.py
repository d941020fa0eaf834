"""Many aggregates at once, by one question to the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from sqlalchemy import select

from adapters.eventstore.recorder import IDS_AT_ONCE
from adapters.eventstore.store import CaseStore
from domain.kernel import Aggregate

A = TypeVar("A", bound=Aggregate)


def load_all(
    store: CaseStore, kind: type[A], ids: Sequence[UUID], *, opened: bool = True
) -> dict[UUID, A | Exception]:
    """Return each of *ids* that has events: the aggregate, or what is wrong with its events.

    Unless *opened*, what is personal stays sealed and no key is needed.
    """
    decode = store.mapper.to_domain_event if opened else store.decode
    found: dict[UUID, A | Exception] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = _stored(store, ids[start : start + IDS_AT_ONCE])
        for id, stored in groupby(rows, key=lambda each: each.originator_id):
            loaded = _loaded(kind, stored, decode)
            if loaded is not None:
                found[id] = loaded
    return found


def _stored(store: CaseStore, ids: Sequence[UUID]) -> Iterable[Any]:
    c = store.recording.events.c
    query = select(c.originator_id, c.originator_version, c.topic, c.state)
    query = query.where(c.originator_id.in_(ids)).order_by(c.originator_id, c.originator_version)
    with store.database.read() as connection:
        return connection.execute(query).all()


def _loaded(kind: type[A], rows: Iterable[Any], decode: Callable[[StoredEvent], Any]) -> A | Exception | None:
    replay = cast("Any", kind.replay)
    try:
        return cast("A | None", replay(None, (decode(StoredEvent(*row)) for row in rows)))
    except Exception as error:  # noqa: BLE001 - one that cannot be read stops no other
        return error
