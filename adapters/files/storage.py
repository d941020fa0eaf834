"""Sealed files in a directory: written beside, flushed, and only then put under their address."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from adapters.files.ports import FileMissing, Kept, StoreAway, StoreFull

PIECE = 256 * 1024
"""Bytes that are read at a time."""
INCOMING = ".incoming"
"""Where a file grows that has no address yet; what a crash left there is swept away after a day."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
ADDRESS_LENGTH = 64


class Folder:
    """A directory of sealed files, 256 folders below it by the first two letters of the address.

    *used* says whether anything was ever kept: then a directory that is empty, or not there, is a
    disk that is not mounted, and a file that was put there would be hidden once it is.
    """

    def __init__(self, path: Path, used: Callable[[], bool] = lambda: False) -> None:
        self.path, self._used = path, used

    def put(self, chunks: Iterable[bytes]) -> str:
        """Keep the bytes of *chunks* and return their address."""
        with _answering(self.path):
            incoming = self.path / INCOMING
            if not incoming.is_dir():
                if self._used():
                    raise StoreAway(
                        f"{self.path} holds nothing, and files were kept there: mount its disk or restore "
                        f"them from their backup; where they are lost for good, make {incoming}."
                    )
                incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            with NamedTemporaryFile(dir=incoming, delete=False) as file:
                try:
                    hashed = sha256()
                    for chunk in chunks:
                        hashed.update(chunk)
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                    address = hashed.hexdigest()
                    self._name(Path(file.name), address)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
        return address

    def _name(self, written: Path, address: str) -> None:
        """Put what was *written* under its address, and that it stands there on the disk."""
        place = self._place(address)
        made = not place.parent.exists()
        place.parent.mkdir(exist_ok=True, mode=0o700)
        written.replace(place)
        for folder in (place.parent, *([self.path] if made else [])):
            _flush(folder)

    def open(self, address: str) -> Iterator[bytes]:
        """Yield the bytes under *address*; raise FileMissing before the first of them."""
        with _answering(self.path):
            try:
                file = self._place(address).open("rb")
            except FileNotFoundError:
                raise FileMissing(address) from None
        return _pieces(file)

    def delete(self, address: str) -> None:
        """Forget what is under *address*."""
        with _answering(self.path):
            place = self._place(address)
            if place.exists():
                place.unlink(missing_ok=True)
                _flush(place.parent)

    def exists(self, address: str) -> bool:
        """Whether there is something under *address*."""
        with _answering(self.path):
            return self._place(address).exists()

    def kept(self) -> Iterator[Kept]:
        """Yield everything that is kept."""
        with _answering(self.path):
            for place in self.path.glob("??/*"):
                if len(place.name) == ADDRESS_LENGTH:
                    yield Kept(place.name, datetime.fromtimestamp(place.stat().st_mtime, UTC))

    def sweep(self, before: datetime) -> int:
        """Remove what began to grow before then and never got an address; return how much it was."""
        old = [
            each
            for each in (self.path / INCOMING).glob("*")
            if datetime.fromtimestamp(each.stat().st_mtime, UTC) < before
        ]
        for each in old:
            each.unlink(missing_ok=True)
        return len(old)

    def _place(self, address: str) -> Path:
        if len(address) != ADDRESS_LENGTH or not set(address) <= set("0123456789abcdef"):
            raise FileMissing("with an address that is none")
        return self.path / address[:2] / address


def _pieces(file: BinaryIO) -> Generator[bytes]:
    with file as opened:
        while piece := opened.read(PIECE):
            yield piece


def _flush(folder: Path) -> None:
    """Bring the names in *folder* to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _answering(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StoreFull(f"There is no room in {path}; make some, or set PLAINT_FILES_URL.") from None
        raise StoreAway(f"{path} cannot be used ({error.strerror}); see its owner and its disk.") from None
