"""Our side: what is measured of Plaint, in the one place that knows how it is called."""

from __future__ import annotations

import itertools
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from adapters.bootstrap import Plaint
from adapters.desk import Request
from adapters.eventstore.receipts import Receipt, Scope
from adapters.settings import Settings
from adapters.views import rebuilding
from adapters.views.engine import ViewEngine
from domain import commands as c
from domain.complaint import Complaint
from domain.complaint.events import Assigned
from domain.ids import log_of, new_id
from domain.kernel import Event
from tests.benchmarks.cases import SENTENCES, Past, of_length
from tests.benchmarks.crowd import Act

READ = 500
"""Events that a reader takes at once."""


@contextmanager
def opened(
    folder: Path, url: str | None = None, views: str | None = None, vault: str | None = None
) -> Generator[Plaint]:
    """Open the desk in *folder*: its log, read models and vault where they are told to be, by default there."""
    folder.mkdir(parents=True, exist_ok=True)
    plaint = Plaint.open(Settings(data=folder, database_url=url, views_url=views, vault_url=vault))
    try:
        yield plaint
    finally:
        plaint.close()


def assigning(plaint: Plaint, cases: Sequence[UUID], actor: str) -> Act:
    """Return the command that gives one case after the other to somebody else: no personal text is written."""
    turns, orders = _round_and_round(cases), _keyed(actor)

    def act() -> None:
        turn, case = next(turns)
        order = c.Assign(assignee=f"{actor}-{turn}")
        plaint.desk.command(case, order, actor, request=next(orders))

    return act


def assigned(plaint: Plaint) -> StoredEvent:
    """Return the event that `assigning` appends, as it is stored."""
    life = of_length(plaint.desk.rules, plaint.now(), 10)
    return plaint.store.events_mapper.to_stored_event(
        next(each for each in life if isinstance(each, Assigned))
    )


def noting(plaint: Plaint, cases: Sequence[UUID], actor: str) -> Act:
    """Return the command that writes a note on one case after the other: its text is personal."""
    turns, orders = _round_and_round(cases), _keyed(actor)

    def act() -> None:
        _, case = next(turns)
        plaint.desk.command(case, c.Note(text=SENTENCES[0]), actor, request=next(orders))

    return act


def appending(plaint: Plaint, events: Sequence[StoredEvent], actor: str, *, receipts: bool = False) -> Act:
    """Return the append of one event of a new case, as it is stored, to any log; with a receipt if wanted."""
    source = fresh(events, plaint.store.logs)
    keys = itertools.count()

    def act() -> None:
        event = next(source)
        receipt = a_receipt(event.originator_id, actor, f"{next(keys)}") if receipts else None
        insert(plaint, [event], receipt)

    return act


def insert(plaint: Plaint, events: Sequence[StoredEvent], receipt: Receipt | None = None) -> None:
    """Append *events* as they are stored."""
    plaint.store.recorder.insert_events(events, receipt=receipt)


def a_receipt(case: UUID | str, principal: str, key: str) -> Receipt:
    assert isinstance(case, UUID)
    return Receipt(
        scope=Scope(principal, "", key.encode() + os.urandom(8)),
        fingerprint=bytes(32),
        status=200,
        case_id=case,
        version=1,
        recorded_at=datetime.now(UTC),
    )


def fresh(events: Sequence[StoredEvent], logs: Sequence[int]) -> Iterator[StoredEvent]:
    """Yield each of *events* in turn as the first of a case that is born now, in some log."""
    at, chance = datetime.now(UTC), Random()
    for event in itertools.cycle(events):
        id = new_id(at, chance.randbytes(10), log=chance.choice(logs))
        yield StoredEvent(id, 1, event.topic, event.state)


def kept(plaint: Plaint, pasts: Sequence[Past]) -> list[StoredEvent]:
    """Append whole cases and return their events as they are stored."""
    plaint.store.append(*pasts)
    return [event for past in pasts for event in plaint.store.recorder.select_events(past.id)]


def renamed(events: Sequence[StoredEvent], logs: Sequence[int]) -> list[StoredEvent]:
    """Return the same bytes under new identifiers of cases, spread over *logs*."""
    at, chance = datetime.now(UTC), Random()
    names: dict[UUID | str, UUID] = {}
    for event in events:
        if event.originator_id not in names:
            names[event.originator_id] = new_id(at, chance.randbytes(10), log=chance.choice(logs))
    again = (
        StoredEvent(names[each.originator_id], each.originator_version, each.topic, each.state)
        for each in events
    )
    return sorted(again, key=lambda each: log_of(UUID(str(each.originator_id))))


def loading(plaint: Plaint, cases: Sequence[UUID], *, opened: bool) -> Act:
    """Return the loading of one case after the other, every event validated; with its texts *opened* or not.

    A command opens them only when it has to hold what it brings against what was told before.
    """
    turns = itertools.cycle(cases)

    def act() -> None:
        if plaint.store.load(Complaint, next(turns), opened=opened) is None:
            raise AssertionError("there is no such case")

    return act


def read_models(plaint: Plaint) -> Mapping[str, ViewEngine]:
    """Return an engine for each read model alone, and one for all of them together."""
    database, store, views = plaint.views_database, plaint.store, plaint.views.views
    alone = {view.projection.name: ViewEngine(database, store, (view,)) for view in views}
    return alone | {"all": plaint.views}


def rebuild(plaint: Plaint) -> None:
    """Build every read model again."""
    rebuilding.rebuild(plaint.views)


def everything(plaint: Plaint) -> Iterator[Event]:
    """Yield every event as a read model gets it, validated."""
    for log, end in plaint.store.ends().items():
        reached = 0
        while reached < end:
            some = plaint.store.notifications(log, reached, READ)
            yield from map(plaint.store.decode, some)
            reached = some[-1].id


def _round_and_round(cases: Sequence[UUID]) -> Iterator[tuple[int, UUID]]:
    for turn in itertools.count():
        for case in cases:
            yield turn, case


def _keyed(actor: str) -> Iterator[Request]:
    """Yield requests that nobody sent before."""
    run = os.urandom(8).hex()
    return (Request(actor, f"{run}-{n}", b"{}") for n in itertools.count())
