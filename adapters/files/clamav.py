"""Asks a scanner for malicious software, where the operator runs one: clamd, by INSTREAM."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

PIECE = 256 * 1024
FAILED = "The scanner of PLAINT_CLAMD failed; see its own log."


class ScannerAway(Exception):
    """The scanner of PLAINT_CLAMD does not answer as it should; files wait until it does."""


class Scanner:
    """The clamd at *address*: ``host:port``, or the path of its socket.

    Whatever is no clear answer raises ScannerAway: a file that was not scanned is handed to nobody.
    """

    def __init__(self, address: str, *, seconds: float = 60.0) -> None:
        self.address, self.seconds = address, seconds

    def ready(self) -> None:
        """Raise ScannerAway unless the scanner answers."""
        try:
            with self._connected() as connection:
                connection.sendall(b"zPING\0")
                said = _answer(connection)
        except OSError as error:
            raise _away(error) from None
        if said != "PONG":
            raise ScannerAway(FAILED)

    def infected(self, path: Path) -> bool:
        """Whether the file at *path* is taken for malicious software."""
        try:
            with self._connected() as connection, path.open("rb") as file:
                connection.sendall(b"zINSTREAM\0")
                # It hangs up on what is longer than it takes, and says so before.
                with suppress(BrokenPipeError, ConnectionResetError):
                    while piece := file.read(PIECE):
                        connection.sendall(struct.pack("!I", len(piece)) + piece)
                    connection.sendall(struct.pack("!I", 0))
                said = _answer(connection)
        except OSError as error:
            raise _away(error) from None
        return _judged(said)

    def _connected(self) -> socket.socket:
        if self.address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self.seconds)
            try:
                connection.connect(self.address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdigit():
            raise ScannerAway("PLAINT_CLAMD is host:port or the path of a socket; correct it.")
        return socket.create_connection((host.strip("[]"), int(port)), self.seconds)


def _away(error: OSError) -> ScannerAway:
    return ScannerAway(f"The scanner of PLAINT_CLAMD does not answer ({type(error).__name__}).")


def _answer(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < 4_096:
        piece = connection.recv(1_024)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0").decode(errors="replace")


def _judged(said: str) -> bool:
    if said.startswith("INSTREAM size limit exceeded"):
        raise ScannerAway("The scanner takes no file of 50 MB; set StreamMaxLength 51M in clamd.conf.")
    if said == "stream: OK":
        return False
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return True
    raise ScannerAway(FAILED)
