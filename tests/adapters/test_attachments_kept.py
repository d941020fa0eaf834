"""Sealed files: kept whole or not at all, opened as they were, and as nothing else."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bootstrap import Plaint
from adapters.files import sealing
from adapters.files.incoming import Incoming
from adapters.files.ports import FileMissing, StoreFull
from adapters.files.sealing import CHUNK, HEAD_BYTES, TAG, Sealer, opened
from adapters.files.storage import INCOMING, Folder
from adapters.migrations import OlderDatabase
from adapters.vault.errors import SealBroken
from domain.attachments.limits import MOST_BYTES
from tests.http.filing import a_png, put_file
from tests.http.world import World

KEY, PREFIX = b"k" * 32, b"1234567"
CASE, FILE = UUID(int=1), UUID(int=2)


def sealed(content: bytes, pieces: int = 1_000) -> bytes:
    """Return *content* sealed, as it comes in pieces of so many bytes."""
    sealer = Sealer(KEY, CASE, FILE, PREFIX)
    parts = [sealer.add(content[n : n + pieces]) for n in range(0, len(content), pieces)]
    return b"".join([*parts, sealer.finish()])


def clear(kept: bytes, *, key: bytes = KEY, case: UUID = CASE, file: UUID = FILE, pieces: int = 777) -> bytes:
    coming = (kept[n : n + pieces] for n in range(0, len(kept), pieces))
    return b"".join(opened(coming, key, case, file))


@given(st.binary(max_size=200), st.integers(1, 64), st.integers(1, 64))
def test_a_file_opens_as_it_was_however_it_is_cut(content: bytes, coming: int, going: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "CHUNK", 16)
        assert clear(sealed(content, coming), pieces=going) == content


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_file_of_any_size_opens_and_grows_by_its_tags_alone(size: int):
    content = os.urandom(size)
    kept = sealed(content, CHUNK // 3)

    assert clear(kept, pieces=CHUNK) == content
    assert len(kept) == HEAD_BYTES + size + TAG * max(1, -(-size // CHUNK))


def chunks_of(kept: bytes) -> list[bytes]:
    rest = kept[HEAD_BYTES:]
    return [rest[n : n + CHUNK + TAG] for n in range(0, len(rest), CHUNK + TAG)]


DAMAGE: dict[str, Callable[[bytes, list[bytes]], bytes]] = {
    "a bit of the head": lambda head, chunks: bytes([*head[:-1], head[-1] ^ 1]) + b"".join(chunks),
    "a bit of a chunk": lambda head, c: head + bytes([c[0][0] ^ 1]) + c[0][1:] + b"".join(c[1:]),
    "the last chunk is cut off": lambda head, chunks: head + b"".join(chunks[:-1]),
    "the end is cut off": lambda head, chunks: head + b"".join(chunks)[:-1],
    "a chunk is left out": lambda head, chunks: head + chunks[0] + chunks[2],
    "chunks are exchanged": lambda head, chunks: head + chunks[1] + chunks[0] + chunks[2],
    "a chunk is repeated": lambda head, chunks: head + chunks[0] + b"".join(chunks),
    "something follows": lambda head, chunks: head + b"".join(chunks) + b"more",
    "there is nothing": lambda head, chunks: b"",
    "there is the head alone": lambda head, chunks: head,
    "the chunks are said to be huge": lambda head, chunks: (
        head[:4] + b"\xff" * 4 + head[8:] + b"".join(chunks)
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_damaged_cut_or_put_in_another_order_does_not_open(what: str):
    kept = sealed(os.urandom(2 * CHUNK + 100))
    damaged = DAMAGE[what](kept[:HEAD_BYTES], chunks_of(kept))

    assert len(clear(kept, pieces=CHUNK)) == 2 * CHUNK + 100
    with pytest.raises(SealBroken):
        clear(damaged, pieces=CHUNK)


@pytest.mark.parametrize("other", [{"key": b"l" * 32}, {"case": UUID(int=3)}, {"file": UUID(int=3)}])
def test_a_file_opens_with_its_key_on_its_case_as_itself_alone(other: dict[str, Any]):
    with pytest.raises(SealBroken):
        clear(sealed(b"content"), **other)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


def everything(folder: Folder) -> list[Path]:
    return [each for each in folder.path.rglob("*") if each.is_file()]


def test_a_file_is_kept_under_the_hash_of_its_bytes(folder: Folder):
    address = folder.put(iter([b"some", b" bytes"]))

    assert address == sha256(b"some bytes").hexdigest()
    assert b"".join(folder.open(address)) == b"some bytes"
    assert folder.exists(address)
    assert [each.address for each in folder.kept()] == [address]
    assert everything(folder) == [folder.path / address[:2] / address]


def test_a_file_that_is_forgotten_is_missing_and_may_be_forgotten_again(folder: Folder):
    address = folder.put([b"bytes"])
    folder.delete(address)
    folder.delete(address)

    assert not folder.exists(address)
    with pytest.raises(FileMissing, match="restore the files"):
        folder.open(address)


@pytest.mark.parametrize("address", ["../../etc/passwd", "", "ab" * 31, "AB" * 32, "ab/" + "c" * 61])
def test_nothing_is_looked_for_under_what_is_no_address(folder: Folder, address: str):
    with pytest.raises(FileMissing):
        folder.open(address)


def test_a_file_whose_coming_breaks_off_leaves_nothing(folder: Folder):
    def breaking() -> Iterator[bytes]:
        yield b"some"
        raise KeyError

    with pytest.raises(KeyError):
        folder.put(breaking())
    assert everything(folder) == []


def test_a_full_disk_is_told_as_one_and_keeps_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StoreFull, match="PLAINT_FILES_URL"):
        folder.put([b"some"])
    assert everything(folder) == []


def test_file_and_name_are_on_the_disk_before_the_address_is_told(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    flushed: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    address = folder.put([b"some"])

    assert flushed[0].startswith(str(folder.path / INCOMING))
    assert flushed[1:] == [str(folder.path / address[:2]), str(folder.path)]


def test_what_never_got_an_address_is_swept_away_once_it_is_old(folder: Folder):
    folder.put([b"kept"])
    (folder.path / INCOMING / "left").write_bytes(b"half")
    now = datetime.now(UTC)

    assert folder.sweep(now - timedelta(days=1)) == 0
    assert folder.sweep(now + timedelta(days=1)) == 1
    assert len(everything(folder)) == 1


def an_incoming(folder: Path) -> Incoming:
    return Incoming(FILE, CASE, KEY, PREFIX, folder)


def test_a_file_on_its_way_is_sealed_and_has_no_name(tmp_path: Path):
    file = an_incoming(tmp_path)
    content = a_png() + b"x" * (4 * CHUNK)
    file.add(content)
    file.finish()

    assert list(tmp_path.iterdir()) == []
    assert b"".join(opened(file.sealed(), KEY, CASE, FILE)) == content
    assert file.as_new("a.png", None).sha256 == sha256(content).hexdigest()
    file.close()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a zip that calls itself a PDF", "not_allowed"),
        (b"x" * 2_000 + b"%PDF-", "not_allowed"),
    ],
)
def test_what_is_empty_or_of_another_type_is_refused_at_once(tmp_path: Path, content: bytes, reason: str):
    file = an_incoming(tmp_path)
    file.add(content)
    file.finish()

    assert file.refusal == reason


def test_a_file_is_refused_at_the_first_byte_beyond_the_limit(tmp_path: Path):
    file = an_incoming(tmp_path)
    file.add(a_png())
    file.size = MOST_BYTES - 1
    file.add(b"1")
    assert file.refusal is None
    file.add(b"2")

    assert file.refusal == "too_large"


def test_a_disk_that_is_full_on_the_way_is_told_as_one(tmp_path: Path):
    file = an_incoming(tmp_path)

    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    file.close()
    file._spool = Full()  # type: ignore[assignment]
    with pytest.raises(StoreFull):
        file.add(a_png())
    file.close()
    shutil.rmtree(tmp_path)


def test_a_vault_from_before_there_were_files_is_brought_up_to_date_by_a_migration(tmp_path: Path):
    world = World(tmp_path)
    case = UUID(world.received())
    with world.plaint.vault.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE file_keys")
        connection.exec_driver_sql("UPDATE alembic_vault SET version_num = 'vault_0001'")
    world.close()

    with pytest.raises(OlderDatabase, match="plaint migrate"):
        Plaint.open(world.settings)
    Plaint.migrated(world.settings).close()
    again = World(tmp_path)
    file = put_file(again, case)

    assert again.plaint.attachments.files.keys.find(case, file) == b"k" * 32
    again.close()
