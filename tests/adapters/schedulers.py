"""Desks that begin with many promises, and scheduler processes that are let loose on them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.settings import Settings
from domain import clocks
from domain.complaint import Complaint
from domain.testing import a_submission, paris
from domain.ticket import Ticket
from domain.ticket.request import Request

RECEIVED = paris("2026-05-22T18:00").astimezone(UTC)
WARN = paris("2026-05-26T09:00").astimezone(UTC)
"""The opening of business of the day before the acknowledgement is due."""
DUE = paris("2026-05-28T00:00").astimezone(UTC)

DESK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from adapters.bootstrap import Plaint
from adapters.settings import Settings

begin, start = datetime.now(UTC), datetime.fromisoformat(sys.argv[3])
settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[2] or None)
plaint = Plaint.open(settings, now=lambda: start + (datetime.now(UTC) - begin))
print("ready", flush=True)
sys.stdin.readline()
plaint.start(["worker", "scheduler"])
sys.stdin.read()
plaint.stop()
"""


def opened(url: str, folder: Path, now: datetime) -> Plaint:
    settings = Settings(data=folder, database_url=None if url.startswith("sqlite") else url)
    return Plaint.open(settings, now=lambda: now)


def receive(plaint: Plaint, number: int, at: datetime = RECEIVED) -> list[UUID]:
    """Receive *number* complaints of somebody whom the house's promises alone bind."""
    by, rules = plaint.desk.context("test", at=at), plaint.desk.rules
    cases = [Complaint(plaint.desk.fresh_id(at)) for _ in range(number)]
    for some in batches(cases, 200):
        for case in some:
            case.receive(a_submission(country="GB"), by, rules)
        plaint.store.append(*some)
    return [case.id for case in cases]


def open_tickets(plaint: Plaint, number: int, at: datetime = RECEIVED) -> list[UUID]:
    """Open *number* tickets of which each is promised what the house promises on a complaint."""
    by, rules = plaint.desk.context("test", at=at), plaint.desk.rules
    pins, asked = clocks.bind(rules, [rules.regime("house")]), Request(form="general", category="other")
    tickets = [Ticket(plaint.desk.fresh_id(at)) for _ in range(number)]
    for ticket in tickets:
        ticket.open(asked, by, rules, pins=pins)
    plaint.store.append(*tickets)
    return [ticket.id for ticket in tickets]


def batches(cases: Sequence[Complaint], size: int) -> list[Sequence[Complaint]]:
    return [cases[start : start + size] for start in range(0, len(cases), size)]


def missed(plaint: Plaint) -> list[clocks.ClockMissed]:
    return [event for _, event in plaint.store.everything() if isinstance(event, clocks.ClockMissed)]


def warned(plaint: Plaint) -> list[clocks.ClockWarned]:
    return [event for _, event in plaint.store.everything() if isinstance(event, clocks.ClockWarned)]


class Desk:
    """A process with a worker and a scheduler, whose day begins at *start* when it is let loose."""

    def __init__(self, url: str, folder: Path, start: datetime) -> None:
        url = "" if url.startswith("sqlite") else url
        self.process = subprocess.Popen(
            [sys.executable, "-c", DESK, str(folder), url, start.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.end()

    def end(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait(timeout=120)


def three_of_which_one_dies(url: str, folder: Path, number: int) -> tuple[Counter[UUID], Counter[UUID]]:
    """Let three schedulers loose on *number* promises and kill one; return the cases and what was missed.

    Every other case is a ticket.
    """
    begin = opened(url, folder, RECEIVED)
    cases = [*receive(begin, number - number // 2), *open_tickets(begin, number // 2)]
    begin.views.catch_up()
    desks = [Desk(url, folder, DUE) for _ in range(3)]
    for desk in desks:
        desk.ready()
    for desk in desks:
        desk.go()
    end, shot = time.monotonic() + 120, False
    while (fired := fired_so_far(begin)) < number and time.monotonic() < end:
        if fired > number // 5 and not shot:
            desks[0].kill()
            shot = True
        time.sleep(0.02)
    if not shot:
        desks[0].kill()
    for desk in desks[1:]:
        desk.end()
    begin.close()
    after = opened(url, folder, DUE)
    after.views.catch_up()
    assert after.deadlines.tick() == 0
    found = Counter(event.originator_id for event in missed(after))
    after.close()
    return Counter(cases), found


def fired_so_far(plaint: Plaint) -> int:
    return len(plaint.store.router.log(0).select_notifications(None, 1_000_000, topics=["clock.missed"]))
