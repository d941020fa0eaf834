"""Where sealed files are kept: a port, with a directory and an object store behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol


class StoreAway(Exception):
    """What keeps the files cannot be reached now, or does not answer; the message says what to look at."""


class StoreFull(StoreAway):
    """There is no room for the file; nothing of it was kept."""


class FileMissing(StoreAway):
    """There is nothing under that address: the files were not restored with the record."""

    def __init__(self, address: str) -> None:
        super().__init__(f"The sealed file {address} is missing; restore the files from their backup.")


class Kept(NamedTuple):
    """A file that is kept: its address, and since when."""

    address: str
    since: datetime


class FileStore(Protocol):
    """Keeps sealed files, each under the SHA-256 of its bytes in hexadecimal, whole or not at all."""

    def put(self, chunks: Iterable[bytes]) -> str:
        """Keep the bytes of *chunks* and return their address; once it is returned they are on the disk.

        Raises StoreFull or StoreAway, and leaves nothing behind.
        """
        ...

    def open(self, address: str) -> Iterator[bytes]:
        """Yield the bytes under *address*, piece by piece; raise FileMissing before the first of them."""
        ...

    def delete(self, address: str) -> None:
        """Forget what is under *address*; where there is nothing, that is no fault."""
        ...

    def exists(self, address: str) -> bool:
        """Whether there is something under *address*."""
        ...

    def kept(self) -> Iterator[Kept]:
        """Yield everything that is kept, in no order."""
        ...
