"""A SQLite store that is locked, read-only or on a full disk: a clear answer, and nothing half-written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from adapters import database
from adapters.bootstrap import CannotStart, Plaint
from adapters.settings import Settings
from domain.access import Role
from domain.complaint.events import Received
from tests.faults.machines import small_disk
from tests.http.world import A_COMPLAINT, World


def test_a_store_that_another_program_locks_is_answered_503_and_the_repeat_lands_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 200)
    world = World(tmp_path)
    headers = {**world.token(Role.HANDLER, "complaints"), "Idempotency-Key": "k"}
    world.settle()
    before = world.plaint.store.count()
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    refused = world.client.post("/v1/complaints", json=A_COMPLAINT, headers=headers)
    read = world.client.get("/v1/complaints", headers=headers)
    other.execute("ROLLBACK")
    other.close()
    answers = [world.client.post("/v1/complaints", json=A_COMPLAINT, headers=headers) for _ in range(2)]

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.json()["type"] == "urn:plaint:problem:unavailable"
    assert read.status_code == 200
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert world.plaint.store.count() > before
    received = [e for _, e in world.plaint.store.everything() if isinstance(e, Received)]
    assert len(received) == 1
    world.close()


def test_a_read_only_store_says_so_at_the_start(tmp_path: Path):
    with small_disk(tmp_path / "disk", 24) as disk:
        Plaint.open(Settings(data=disk)).close()
        remount = ["mount", "-o", "remount,ro", str(disk)]
        subprocess.run(remount, check=True, capture_output=True)

        with pytest.raises(
            CannotStart, match=r"cannot be written \(Read-only file system\); make it writable"
        ):
            Plaint.open(Settings(data=disk))


def test_a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_it_acknowledged(tmp_path: Path):
    with small_disk(tmp_path / "disk", 24) as disk:
        world = World(disk)
        token = world.token(Role.HANDLER, "complaints")
        world.settle()
        ballast = disk / "ballast"
        fill(ballast)
        acknowledged, refused = Counter[str](), 0
        body = A_COMPLAINT | {"details": "It has not arrived. " * 1000}
        for number in range(2000):
            answer = world.client.post(
                "/v1/complaints", json=body, headers={**token, "Idempotency-Key": f"full-{number}"}
            )
            if answer.status_code != 201:
                assert (answer.status_code, answer.headers["Content-Type"]) == (
                    503,
                    "application/problem+json",
                )
                refused += 1
                if refused == 3:
                    break
                continue
            acknowledged[answer.json()["id"]] += 1
        ballast.unlink()
        again = world.client.post("/v1/complaints", json=body, headers={**token, "Idempotency-Key": "after"})
        acknowledged[again.json()["id"]] += 1
        world.settle()
        world.close()

        after = World(disk)
        stored = [e for _, e in after.plaint.store.everything() if isinstance(e, Received)]
        after.settle()
        rows = {str(e.originator_id) for e in stored if after.plaint.queries.case(e.originator_id)}
        after.close()
        whole = [checked(path) for path in sorted(disk.glob("*.db"))]

    assert (refused, again.status_code) == (3, 201)
    assert Counter(str(e.originator_id) for e in stored) == acknowledged
    assert rows == set(acknowledged)
    assert whole
    assert set(whole) == {"ok"}


def fill(path: Path) -> None:
    """Take all but half a megabyte of the disk that *path* is on."""
    with path.open("wb") as file:
        try:
            while True:
                file.write(bytes(65536))
                file.flush()
        except OSError:
            pass
    with path.open("r+b") as file:
        file.truncate(max(0, path.stat().st_size - 524288))


def checked(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()


def test_a_file_that_is_no_store_is_refused_in_one_sentence(tmp_path: Path):
    (tmp_path / "log.db").write_bytes(b"This is a letter, and no database at all. " * 100)
    command = [sys.executable, "-c", "from adapters.cli.main import main; main()", "migrate"]

    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PLAINT_DATA": str(tmp_path), **python()}
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be used (file is not a database)" in done.stderr
    assert "Traceback" not in done.stderr


def python() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path)}
