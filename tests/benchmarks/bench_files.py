"""Files: what the largest takes on its way, how many small ones settle, and what it costs to destroy one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from PIL import Image
from sqlalchemy import insert, select

from adapters.bootstrap import utc_now
from adapters.tokens import create
from adapters.vault.filekeys import FileKeys
from adapters.vault.masterkey import KeyFile
from adapters.vault.vault import Vault
from domain.access import Role
from tests.benchmarks import sides
from tests.benchmarks.bench_start import limit
from tests.benchmarks.figures import ROUNDS, in_turn, middle, report, seconds, versus
from tests.benchmarks.serving import desk
from tests.http.filing import put_many
from tests.http.world import A_COMPLAINT

MEGABYTES = 150.0
SMALL, A_CASE, PROCESSES = 200, 20, (1, 2)
FEW, MANY, FLAT = 1_000, 100_000, 2.0
PIECE = 1_000_000
PATIENCE = 300.0


def a_large_png() -> bytes:
    """Return a picture of noise of almost 50 MB."""
    file = BytesIO()
    Image.frombytes("RGB", (4_000, 4_000), os.urandom(48_000_000)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def peak(pid: int) -> float:
    """Return the most megabytes that a process ever had in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1_024


def until(done: Callable[[], bool]) -> float:
    """Return how many seconds passed until it is *done*."""
    began = time.perf_counter()
    while not done():
        assert time.perf_counter() - began < PATIENCE
        time.sleep(0.05)
    return time.perf_counter() - began


def test_the_largest_file(tmp_path: Path) -> None:
    """Fifty megabytes come without a length, are looked at, and go, in one process that does everything."""
    with sides.opened(tmp_path) as plaint:
        who = {"Authorization": f"Bearer {create(plaint, Role.HANDLER).secret}"}
    content, rows = a_large_png(), list[dict[str, object]]()
    with desk(tmp_path) as server, httpx2.Client(base_url=server.url, timeout=PATIENCE) as client:
        sent = client.post("/v1/complaints", json=A_COMPLAINT).json()
        path, by_pass = sent["upload"]["url"], {"Upload-Token": sent["upload"]["token"]}
        client.get(path, headers=who)
        before = peak(server.process.pid)

        def send() -> None:
            answer = client.post(
                path, content=pieces(content), headers=by_pass | {"Content-Type": "image/png"}
            )
            assert answer.status_code == 201, answer.text

        rows.append({"what": "50 MB sent, sealed and kept", "s": seconds(send)})
        waited = until(lambda: client.get(path, headers=who).json()["items"][0]["status"] == "accepted")
        rows.append({"what": "looked at and accepted", "s": waited})
        id = client.get(path, headers=who).json()["items"][0]["id"]
        rows.append(
            {"what": "opened and handed out", "s": seconds(lambda: take(client, f"{path}/{id}", who))}
        )
        grown = peak(server.process.pid) - before
    rows.append({"what": "the process grows meanwhile by", "MB": grown} | limit(grown, MEGABYTES))
    report("files-largest", rows)


def pieces(content: bytes) -> Iterator[bytes]:
    return (content[n : n + PIECE] for n in range(0, len(content), PIECE))


def take(client: httpx2.Client, path: str, who: dict[str, str]) -> None:
    """Take out what the file holds, and keep none of it."""
    with client.stream("GET", f"{path}/content", headers=who) as answer:
        assert answer.status_code == 200
        for _ in answer.iter_bytes():
            pass


def test_many_small_files(tmp_path: Path) -> None:
    """So many pictures wait; worker processes look at them, each picture in a process of its own."""
    rows: list[dict[str, object]] = []
    for number in PROCESSES:
        folder = tmp_path / str(number)
        with sides.opened(folder) as plaint, ExitStack() as working:
            put_many(plaint, SMALL)
            began = time.perf_counter()
            for _ in range(number):
                working.enter_context(desk(folder, "worker"))
            until(lambda: plaint.attachments.queue.oldest() is None)
            taken = time.perf_counter() - began
        rows.append(
            {"what": f"{number} worker processes", "files": SMALL, "s": taken, "a second": SMALL / taken}
        )
    report("files-small", rows)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_key_of_one_file_is_destroyed(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    """To the last trace in the vault's files: in a small vault and in a large one, in turn."""
    if database == "sqlite":
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("few", "many")]
    else:
        urls = [request.getfixturevalue(name) for name in ("postgres_url", "another_url")]
    few, many = (a_vault(url, number, tmp_path) for url, number in zip(urls, (FEW, MANY), strict=True))
    taken = in_turn(max(ROUNDS, 5), {"few": few.destroy_one, "many": many.destroy_one})
    for each in (few, many):
        each.keys.vault.close()
    rows: list[dict[str, object]] = [{"keys": FEW, "ms": middle(taken["few"]) * 1_000}]
    ratio = versus(taken["many"], taken["few"], FLAT, at_most=True)
    report(
        f"files-destroyed-{database}", [*rows, {"keys": MANY, "ms": middle(taken["many"]) * 1_000} | ratio]
    )


@dataclass
class AVault:
    """The keys of files in a vault, and those that are still to be destroyed."""

    keys: FileKeys
    left: list[UUID]

    def destroy_one(self) -> float:
        """Return how many seconds it takes to destroy the key of one more file."""
        file = self.left.pop()
        return seconds(lambda: self.keys.destroy([file.hex * 2]))


def a_vault(url: str, number: int, folder: Path) -> AVault:
    """Return a vault with the keys of so many files of one case."""
    vault = Vault(url, KeyFile(folder / f"{number}.key"), now=utc_now)
    vault.begin()
    keys, case = FileKeys(vault), uuid4()
    keys.keep(case, case, case.hex * 2, b"k" * 32)
    table = vault.tables.file_keys
    with vault.database.write() as connection:
        first = dict(connection.execute(select(table)).mappings().one())
        files = [uuid4() for _ in range(number)]
        rows = [first | {"id": each, "case_id": uuid4(), "address": each.hex * 2} for each in files]
        connection.execute(insert(table), rows)
    made = AVault(keys, files)
    made.destroy_one()  # looks at every page once, which are all new
    return made
