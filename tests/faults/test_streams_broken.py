"""A server that dies costs a stream nothing, and costs the record of reading at most its last moment."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from adapters.bootstrap import Plaint
from adapters.eventstore.tables import position
from adapters.reading.log import Asked
from adapters.tokens import create
from domain.access import Role
from domain.ids import log_of
from domain.reading import CaseRead
from tests.faults.machines import Clients, Serving
from tests.http.server import Listener, until


def a_server(url: str, folder: Path) -> Serving:
    return Serving(folder, None if url.startswith("sqlite") else url)


def a_token(serving: Serving, role: Role) -> str:
    plaint = Plaint.open(serving.settings)
    try:
        return create(plaint, role).secret
    finally:
        plaint.close()


def in_the_log(serving: Serving) -> set[str]:
    """Return the place of every event of a case."""
    plaint = Plaint.open(serving.settings)
    try:
        plaint.views.catch_up()
        rows = plaint.queries.rows({event.originator_id for _, event in plaint.store.everything()})
        return {
            position(log_of(event.originator_id), number)
            for number, event in plaint.store.everything()
            if event.originator_id in rows
        }
    finally:
        plaint.close()


def test_a_stream_resumed_after_every_kill_misses_and_repeats_nothing(database_url: str, tmp_path: Path):
    serving = a_server(database_url, tmp_path / "data")
    token = serving.prepare()
    clients = Clients(lambda: serving.base, token)
    authorised = {"Authorization": f"Bearer {token}"}
    told: list[str] = []
    stood = "00:0"
    serving.start()
    clients.start(2)
    try:
        for _ in range(2):
            listener = Listener(serving.base, authorised | {"Last-Event-ID": stood}).opened()
            clients.until(2)
            until(lambda: len(listener.told) >= 3)  # noqa: B023 - it is asked at once
            serving.kill()
            listener.join()
            told += [each.data["position"] for each in listener.told]
            stood = listener.id
            serving.start()
    finally:
        clients.stop()
    every = in_the_log(serving)
    last = Listener(serving.base, authorised | {"Last-Event-ID": stood}).opened()
    until(lambda: len(told) + len(last.told) >= len(every))
    took = serving.stop()
    told += [each.data["position"] for each in last.facts()]

    assert len(told) == len(set(told))
    assert set(told) == every
    assert last.bye == "stopping"
    assert took < 5


@dataclass(frozen=True)
class Reading:
    """A reading that was answered: when it was asked for, when it was there, and as which request."""

    asked: float
    answered: float
    request: str


@dataclass
class Reader:
    """A client that reads one case again and again, and remembers when it was answered."""

    serving: Serving
    id: str
    token: str
    answered: list[Reading] = field(default_factory=list[Reading])

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._read, daemon=True)
        thread.start()
        return thread

    def _read(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx2.Client(base_url=self.serving.base, headers=headers, timeout=30) as client:
            try:
                while True:
                    asked = time.monotonic()
                    answer = client.get(f"/v1/complaints/{self.id}")
                    assert answer.status_code == 200, answer.text
                    self.answered.append(Reading(asked, time.monotonic(), answer.headers["x-request-id"]))
            except httpx2.TransportError:
                return


def readings(serving: Serving) -> list[CaseRead]:
    plaint = Plaint.open(serving.settings)
    try:
        found = plaint.readings.log.find(Asked(), limit=100_000)
        assert sorted(each.number for each in found) == list(range(1, len(found) + 1))
        return [each.event for each in found if each.event is not None]
    finally:
        plaint.close()


def test_a_kill_loses_no_reading_of_an_auditor_and_only_the_last_of_others(database_url: str, tmp_path: Path):
    """What others had read before an auditor asked is on disk once the auditor is answered."""
    serving = a_server(database_url, tmp_path / "data")
    handler = serving.prepare()
    auditor = a_token(serving, Role.AUDITOR)
    serving.start()
    clients = Clients(lambda: serving.base, handler)
    clients.start(1)
    clients.until(1)
    clients.stop()
    (id, *_) = clients.acknowledged
    ordinary, watched = (Reader(serving, id, token) for token in (handler, auditor))
    threads = [each.start() for each in (ordinary, watched)]
    until(
        lambda: (
            min(len(watched.answered), len(ordinary.answered)) >= 10
            and ordinary.answered[9].answered < watched.answered[-1].asked
        )
    )
    serving.kill()
    for thread in threads:
        thread.join(60)

    recorded = {each.request_id for each in readings(serving)}

    before = [each for each in ordinary.answered if each.answered < watched.answered[-1].asked]
    assert len(before) >= 10
    assert {each.request for each in [*watched.answered, *before]} <= recorded
