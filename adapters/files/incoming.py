"""A file while it comes: sealed piece by piece, hashed, measured, and looked at for its first bytes."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from uuid import UUID

from adapters.files.ports import StoreFull
from adapters.files.reasons import Refusal
from adapters.files.sealing import PREFIX_BYTES, Sealer
from domain.attachments.holding import NewFile
from domain.attachments.limits import MOST_BYTES

IN_MEMORY = 256 * 1024
"""Sealed bytes that need no file while they wait for their end."""
PIECE = 256 * 1024
FIRST = 1024
"""Bytes at the beginning in which a file says what it is; a PDF need not say so in the very first."""
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
PDF = b"%PDF-"


class Incoming:
    """One file that is sent to a case; whatever happens, `close` leaves nothing of it.

    In clear it is nowhere but in the piece at hand: what waits is sealed, in a file without a name.
    """

    def __init__(self, id: UUID, case: UUID, key: bytes, prefix: bytes, folder: Path) -> None:
        self.id, self.key, self.size = id, key, 0
        self.refusal: Refusal | None = None
        self._hash, self._first = sha256(), b""
        self._sealer = Sealer(key, case, id, prefix[:PREFIX_BYTES])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._spool = SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder))  # noqa: SIM115 - `close` closes it

    def add(self, piece: bytes) -> None:
        """Take the next piece; one that makes the file too large ends it, and the rest is passed over."""
        self.size += len(piece)
        if self.size > MOST_BYTES:
            self.refuse(Refusal.TOO_LARGE)
        if self.refusal is not None:
            return
        self._hash.update(piece)
        self._first += piece[: FIRST - len(self._first)]
        self._keep(self._sealer.add(piece))

    def finish(self) -> None:
        """Take the end of the file; what is empty, or none of the types that are taken, is refused."""
        if self.refusal is None and self.size == 0:
            self.refuse(Refusal.EMPTY)
        if self.refusal is None and not (self._first.startswith(SIGNATURES) or PDF in self._first):
            self.refuse(Refusal.NOT_ALLOWED)
        if self.refusal is None:
            self._keep(self._sealer.finish())

    def refuse(self, reason: Refusal) -> None:
        """Take no more of it, and forget what came."""
        if self.refusal is None:
            self.refusal = reason
            self.close()

    def as_new(self, name: str, declared: str | None, address: str = "") -> NewFile:
        """Return it as a case is asked to take it."""
        return NewFile(self.id, name, declared, self.size, self._hash.hexdigest(), address)

    def sealed(self) -> Iterator[bytes]:
        """Yield its sealed bytes from the beginning."""
        self._spool.seek(0)
        while piece := self._spool.read(PIECE):
            yield piece

    def close(self) -> None:
        """Let go of what came."""
        with suppress(OSError):
            self._spool.close()

    def _keep(self, sealed: bytes) -> None:
        try:
            self._spool.write(sealed)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise
            raise StoreFull("There is no room in PLAINT_DATA for a file on its way; make some.") from None
