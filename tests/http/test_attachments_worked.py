"""Files as workers look at them: in turn, whatever fails beside, and never destroyed by mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.files.checking import Verdict
from adapters.files.clamav import ScannerAway
from adapters.files.reasons import Refusal
from domain.attachments import Status
from domain.attachments.orders import SettleFile
from domain.complaint import Complaint
from tests.http.filing import a_png, put_file
from tests.http.test_attachments import Headers, begun, look, on_disk, part, send, topics
from tests.http.world import World


@pytest.fixture
def case(world: World) -> tuple[str, Headers]:
    return begun(world)


def waiting(world: World, case: str, *names: str) -> list[UUID]:
    """Let *case* have files that wait, one a second."""
    found: list[UUID] = []
    for name in names:
        found.append(put_file(world, UUID(case), name, content=a_png(ord(name)), settled=False))
        world.later(seconds=1)
    world.settle()
    return found


def status(world: World, case: str, file: UUID) -> Status:
    found = world.plaint.store.load(Complaint, UUID(case))
    assert found is not None
    return found.files[file].status


def test_a_file_that_nobody_looks_at_raises_alarms_and_is_kept(either: World):
    """Whoever floods the desk, and whatever is away: when somebody comes to look at it, it is there."""
    id, sender = begun(either)
    send(either, id, sender, part("a.png"))
    for minutes in (10, 10, 20, 40, 80):
        either.later(minutes=minutes)
        either.plaint.deadlines.tick()
        either.settle()
    assert topics(either, id) == ["attachment.queued"] + ["attachment.stalled"] * 5

    assert look(either) == 1
    assert topics(either, id)[-2:] == ["attachment.scanning", "attachment.accepted"]


def test_cases_take_turns(either: World):
    """A case that is flooded with files holds up no other one."""
    flooded, first, second = (either.received() for _ in range(3))
    flood = waiting(either, flooded, "a", "b", "c")
    (alone,) = waiting(either, first, "d")
    pair = waiting(either, second, "e", "f")

    found = either.plaint.attachments.queue.waiting(9)
    assert [row.id for row in found] == [flood[0], alone, pair[0], flood[1], pair[1], flood[2]]
    assert [row.id for row in either.plaint.attachments.queue.waiting(2)] == [flood[0], alone]


def test_a_file_that_is_missing_or_not_scanned_holds_up_no_other(world: World):
    """It is passed over for two minutes; one that is missing is not even taken."""
    case = world.received()
    missing, unscanned, good = waiting(world, case, "a", "b", "c")
    files, worker = world.plaint.attachments.files, world.plaint.attachments.workers[0]
    stored = world.plaint.store.load(Complaint, UUID(case))
    assert stored is not None
    address = stored.files[missing].address
    kept = b"".join(files.store.open(address))
    files.store.delete(address)
    real = worker._check

    def failing(path: Path) -> Verdict:
        if path.read_bytes() == a_png(ord("b")):
            raise ScannerAway
        return real(path)

    worker._check = failing
    settled = look(world) + look(world)
    there = [status(world, case, each) for each in (missing, unscanned, good)]
    assert (settled, there) == (1, [Status.QUEUED, Status.SCANNING, Status.ACCEPTED])

    files.store.put([kept])
    assert look(world) == 0
    world.later(minutes=2)
    assert look(world) == 1
    assert status(world, case, missing) is Status.ACCEPTED


def test_a_scanner_that_is_away_costs_no_file_an_attempt(world: World, case: tuple[str, Headers]):
    send(world, *case, part("a.png"))
    worker = world.plaint.attachments.workers[0]

    def away() -> None:
        raise ScannerAway

    worker._ready, real = away, worker._ready
    for _ in range(5):
        with pytest.raises(ScannerAway):
            worker.round()
    assert topics(world, case[0]) == ["attachment.queued"]
    worker._ready = real
    assert look(world) == 1


def test_a_refusal_that_comes_too_late_destroys_nothing(world: World, case: tuple[str, Headers]):
    """Two looked at the same file; one had it accepted, and the other fails at it afterwards."""
    send(world, *case, part("a.png"))
    worker, kept = world.plaint.attachments.workers[0], on_disk(world)
    (row,) = world.plaint.attachments.queue.waiting(1)

    def late(_: Path) -> Verdict:
        accept = SettleFile(row.id, kind="png")
        world.plaint.desk.command(row.case_id, accept, "system:files")
        return Verdict(reason=Refusal.DAMAGED)

    worker._check = late
    worker.round()

    assert status(world, case[0], row.id) is Status.ACCEPTED
    assert on_disk(world) == kept
    content = b"".join(world.plaint.attachments.files.content(row.case_id, row.file))
    assert content == a_png()


def test_what_is_looked_at_lies_on_no_disk(world: World, case: tuple[str, Headers]):
    send(world, *case, part("a.png"))
    worker, seen = world.plaint.attachments.workers[0], list[str]()
    real = worker._check

    def noting(path: Path) -> Verdict:
        seen.append(str(path.readlink()))
        return real(path)

    worker._check = noting
    assert look(world) == 1
    assert seen == ["/memfd:file (deleted)"]


def test_a_worker_takes_what_another_left_behind(world: World, case: tuple[str, Headers]):
    send(world, *case, part("a.png"))
    files = world.plaint.attachments

    class Died(BaseException):
        pass

    def dying(_: Path) -> Any:
        raise Died

    worker = files.workers[0]
    worker._check, real = dying, worker._check
    with pytest.raises(Died):
        worker.round()
    world.settle()
    worker._check = real
    assert look(world) == 0
    assert [row.file.status for row in files.queue.overdue(world.now, 9)] == []

    world.later(minutes=5)
    assert [row.file.status for row in files.queue.overdue(world.now, 9)] == [Status.SCANNING]
    look(world)
    look(world)
    assert topics(world, case[0]) == [
        f"attachment.{word}" for word in ("queued", "scanning", "stalled", "scanning", "accepted")
    ]
