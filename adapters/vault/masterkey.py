"""The master key that wraps all others: a port, and the file that it is kept in by default."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from stat import S_IMODE
from typing import Protocol

from adapters.vault.errors import NoMasterKey

MASTER_KEY_BYTES = 32
LINE = re.compile(r"(mk-[0-9a-f]{8}) ([A-Za-z0-9_-]{43})")
HEAD = "# Master keys of a Plaint vault, the newest first. Keep a copy apart from the vault's.\n"


class MasterKeys(Protocol):
    """Where master keys come from."""

    def read(self) -> Mapping[str, bytes]:
        """Return the keys by id, the newest first; raise NoMasterKey when there are none."""
        ...

    def begin(self) -> Mapping[str, bytes]:
        """Return the keys; make the first where there is none yet."""
        ...

    def add(self) -> None:
        """Make a new key and put it before the others."""
        ...

    def keep(self, id: str) -> None:
        """Forget every key but one."""
        ...


class KeyFile:
    """Master keys in a file that nobody but its owner may read: a line for each, id and key."""

    def __init__(self, path: Path, chance: Callable[[int], bytes] = os.urandom) -> None:
        self.path, self._chance = path, chance

    def __str__(self) -> str:
        return str(self.path)

    def read(self) -> Mapping[str, bytes]:
        """Return the keys by id, the newest first; raise NoMasterKey when there are none."""
        try:
            mode, text = S_IMODE(self.path.stat().st_mode), self.path.read_text("ascii")
        except FileNotFoundError:
            raise NoMasterKey(
                f"The master key {self.path} is missing; restore it from its backup, "
                "or say with PLAINT_MASTER_KEY_FILE where it is."
            ) from None
        except (OSError, UnicodeDecodeError):
            raise NoMasterKey(
                f"The master key {self.path} cannot be read; see its owner and content."
            ) from None
        if mode & 0o077:
            raise NoMasterKey(
                f"The master key {self.path} can be read by others; run `chmod 600 {self.path}`."
            )
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        found = [LINE.fullmatch(line) for line in lines]
        try:
            keys = {each[1]: urlsafe_b64decode(each[2] + "=") for each in found if each}
        except (NotBase64, ValueError):
            keys = {}
        if not lines or len(keys) != len(lines):
            raise NoMasterKey(
                f"{self.path} holds no master key, or a damaged one; restore it from its backup."
            )
        return keys

    def begin(self) -> Mapping[str, bytes]:
        """Return the keys; make the first where there is none yet."""
        if not self.path.exists():
            self._write([self._new()])
        return self.read()

    def add(self) -> None:
        """Make a new key and put it before the others."""
        self._write([self._new(), *self.read().items()])

    def keep(self, id: str) -> None:
        """Forget every key but one."""
        self._write([(id, self.read()[id])])

    def _new(self) -> tuple[str, bytes]:
        return f"mk-{self._chance(4).hex()}", self._chance(MASTER_KEY_BYTES)

    def _write(self, keys: Sequence[tuple[str, bytes]]) -> None:
        """Put *keys* into the file, whole or not at all, and onto the disk before anything relies on them."""
        lines = [f"{id} {urlsafe_b64encode(key).rstrip(b'=').decode()}\n" for id, key in keys]
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.unlink(missing_ok=True)
            part.touch(mode=0o600, exist_ok=False)
            with part.open("w", encoding="ascii") as file:
                file.write(HEAD + "".join(lines))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise NoMasterKey(
                f"The master key {self.path} cannot be written ({error.strerror}); "
                "make its directory writable or set PLAINT_MASTER_KEY_FILE."
            ) from None
