"""No file stays in limbo: workers die, and every file is accepted or refused all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from PIL import Image

from adapters.bootstrap import Plaint, utc_now
from adapters.settings import Settings
from domain.access import Role
from domain.attachments import Attached, Status
from domain.attachments.events import AttachmentAccepted, AttachmentScanning
from domain.case import Case
from tests.faults.machines import Serving
from tests.http.filing import put_many
from tests.http.server import until
from tests.http.test_attachments import part, send
from tests.http.test_merging import post, shown
from tests.http.test_survivors import an_upload
from tests.http.world import A_COMPLAINT, World

WORKER = Path(__file__).with_name("file_worker.py")
MANY = 1_000 if os.environ.get("PLAINT_DRILLS") else 40
SETTLED = 600.0
"""Seconds for all of them: each is looked at in a process of its own, and one processor may be shared by many."""
GROWTH = 150 * 1024
"""Kilobytes by which a process may grow while a file of 50 MB comes, is looked at and goes."""


@contextmanager
def a_worker(folder: Path, *how: str, watched: bool = True) -> Generator[subprocess.Popen[str]]:
    """Run a worker on the store in *folder* until the context ends.

    One that is *watched* stands still once nobody reads what it prints any more.
    """
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(folder), *how],
        stdout=subprocess.PIPE if watched else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
        cwd=folder,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def taken(process: subprocess.Popen[str]) -> None:
    """Wait until the worker has taken a file."""
    assert process.stdout is not None
    while "taken" not in (line := process.stdout.readline()):
        assert line, "the worker ended"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh")
    World(folder).close()
    return folder


@pytest.fixture
def plaint(fresh: Path, tmp_path: Path) -> Generator[Plaint]:
    """An installation in this process, with the clock of this machine."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = Plaint.open(Settings(data=tmp_path, public_url=None))
    yield made
    made.close()


def the_case(plaint: Plaint, id: UUID) -> Case:
    found = plaint.store.load_cases([id])[id]
    assert isinstance(found, Case)
    return found


def test_a_file_whose_worker_was_killed_in_the_middle_settles_with_another(plaint: Plaint):
    (file, case) = next(iter(put_many(plaint, 1).items()))
    with a_worker(plaint.settings.data, "hang") as doomed:
        taken(doomed)
        doomed.kill()

    held = the_case(plaint, case)
    assert held.files[file].status is Status.SCANNING
    assert held.in_flight == {file}, "nothing may merge this case away now"
    assert list((plaint.settings.data / "passing").iterdir()) == []

    with a_worker(plaint.settings.data, watched=False):
        until(lambda: not the_case(plaint, case).in_flight, SETTLED)
    events = [each.TOPIC for each in plaint.store.history(case) if each.TOPIC.startswith("attachment.")]
    assert events == [
        f"attachment.{word}" for word in ("queued", "scanning", "stalled", "scanning", "accepted")
    ]


def the_drill(world: World) -> None:
    """Send a document for a complaint, kill whoever looks at it, try to merge, and start another worker."""
    staff, parent = world.token(Role.SUPERVISOR), world.received()
    number = world.get(f"/v1/complaints/{parent}", staff).json()["reference"]
    ticket, sender, _ = an_upload(world, number)
    (file,) = send(world, ticket, sender, part("passport.png"), kind="tickets").json()["files"]
    with a_worker(world.settings.data, "hang") as doomed:
        taken(doomed)
        doomed.kill()
    world.settle()

    refused = post(world, f"tickets/{ticket}/merge", staff, {"other": number})
    assert refused.status_code == 409, "a file in flight was merged away"
    assert f"still being looked at ({file['id']} is scanning)" in refused.json()["detail"]
    assert shown(world, ticket, staff, "tickets")["status"] == "open"

    with a_worker(world.settings.data, watched=False):
        until(lambda: the_case(world.plaint, UUID(ticket)).survivor is not None, SETTLED)
    told = [(each.TOPIC, each.actor) for each in world.plaint.store.history(UUID(ticket))]
    assert [each for each in told if each[0].startswith(("attachment.", "ticket."))] == [
        ("ticket.opened", "complainant"),
        ("attachment.queued", "complainant"),
        ("attachment.scanning", "system:files"),
        ("attachment.stalled", "system:files"),
        ("attachment.scanning", "system:files"),
        ("attachment.accepted", "system:files"),
        ("ticket.merged", "reaction:merge_an_upload_into_its_parent"),
    ]
    world.settle()
    assert shown(world, parent, staff)["merged"] == [ticket]


@pytest.fixture
def world(fresh: Path, tmp_path: Path) -> Generator[World]:
    """A desk in this process, with the clock of this machine."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path, now=utc_now)
    yield made
    made.close()


def test_a_document_whose_worker_dies_holds_a_merge_up_and_joins_its_request_by_itself(world: World):
    the_drill(world)


def test_without_the_guard_the_drill_fails(world: World, monkeypatch: pytest.MonkeyPatch):
    """The refusal comes from the guard and from nothing else."""
    monkeypatch.setattr(Attached, "in_flight", frozenset[UUID]())

    with pytest.raises(AssertionError, match="a file in flight was merged away"):
        the_drill(world)


def test_many_files_settle_with_two_workers_of_which_one_is_killed(plaint: Plaint):
    """Forty files; a thousand under PLAINT_DRILLS=1.  None is lost, and none is settled twice."""
    files = put_many(plaint, MANY)
    with ExitStack() as stack:
        doomed = stack.enter_context(a_worker(plaint.settings.data))
        stack.enter_context(a_worker(plaint.settings.data, watched=False))
        for _ in range(MANY // 10):
            taken(doomed)
        doomed.kill()
        waiting = set(files.values())
        end = time.monotonic() + SETTLED
        while waiting := {id for id in waiting if the_case(plaint, id).in_flight}:
            assert time.monotonic() < end, f"{len(waiting)} cases with files in flight"
            time.sleep(0.2)

    events = [event for case in set(files.values()) for event in plaint.store.history(case)]
    ends = Counter(event.file_id for event in events if isinstance(event, AttachmentAccepted))
    assert ends == dict.fromkeys(files, 1)
    assert sum(isinstance(event, AttachmentScanning) for event in events) <= MANY + 1


def high_water(pid: int) -> int:
    """Return the most memory that the process ever had, in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def a_large_png() -> bytes:
    """Return a picture of noise of almost 50 MB."""
    file = BytesIO()
    Image.frombytes("RGB", (4_000, 4_000), os.urandom(48_000_000)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def test_fifty_megabytes_come_are_looked_at_and_go_without_being_held_in_memory(fresh: Path, tmp_path: Path):
    """So does one byte more than there may be, which is refused at the limit, without a length."""
    shutil.copytree(fresh, tmp_path / "data")
    server = Serving(tmp_path / "data")
    token, content = server.prepare(), a_large_png()
    server.start()
    assert server.process is not None
    try:
        with httpx2.Client(base_url=server.base, timeout=120) as client:
            sent = client.post("/v1/complaints", json=A_COMPLAINT).json()
            path, who = sent["upload"]["url"], {"Authorization": f"Bearer {token}"}
            by_pass = {"Upload-Token": sent["upload"]["token"], "Content-Type": "image/png"}
            client.get(path, headers=who)
            before = high_water(server.process.pid)

            pieces = (content[n : n + 1_000_000] for n in range(0, len(content), 1_000_000))
            file = client.post(path, content=pieces, headers=by_pass)
            assert file.status_code == 201, file.text
            until(lambda: client.get(path, headers=who).json()["items"][0]["status"] == "accepted", 90)
            id, got = file.json()["files"][0]["id"], 0
            with client.stream("GET", f"{path}/{id}/content", headers=who) as answer:
                for piece in answer.iter_bytes():
                    got += len(piece)
            too_large = client.post(path, content=(content[:1_000_000] for _ in range(51)), headers=by_pass)
            grown = high_water(server.process.pid) - before
    finally:
        server.kill()

    assert got == len(content)
    assert too_large.status_code == 413
    assert grown < GROWTH, f"{grown} kB"
