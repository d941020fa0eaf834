"""A scanner is asked over a socket as clamd speaks; without a clear answer nothing counts as clean."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Thread

import pytest

from adapters.files.clamav import Scanner, ScannerAway

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 25 * 1024 * 1024
Speaking = Callable[[bytes], bytes]


def like_clamd(received: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in received else b"stream: OK\0"


class Clamd:
    """Speaks INSTREAM as clamd's manual has it: lengths in network order, and a zero at the end."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener, self.received = listener, b""
        self.answer: Speaking = like_clamd
        self.thread = Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as sent:
                received = self.take(sent.read)
                if received is None:
                    connection.sendall(b"PONG\0")
                    continue
                self.received = received
                connection.sendall(self.answer(received))

    def take(self, read: Callable[[int], bytes]) -> bytes | None:
        """Return what is to be looked at; None for a ping."""
        asked = read(6)
        if asked == b"zPING\0":
            return None
        assert asked + read(4) == b"zINSTREAM\0"
        whole = bytearray()  # bytes would be copied whole at every piece: seconds for a large file
        while length := struct.unpack("!I", read(4))[0]:
            if len(whole) + length > LIMIT:
                self.answer = lambda _: b"INSTREAM size limit exceeded. ERROR\0"
                break
            whole += read(length)
        return bytes(whole)


@pytest.fixture(params=["port", "socket"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[tuple[Clamd, Scanner]]:
    if request.param == "port":
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    else:
        address = str(tmp_path / "clamd.sock")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen()
    made = Clamd(listener)
    yield made, Scanner(address, seconds=20)
    listener.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_clean_file_is_clean(clamd: tuple[Clamd, Scanner], file: Path):
    file.write_bytes(b"%PDF-1.7 and so on" * 50_000)

    assert not clamd[1].infected(file)
    assert clamd[0].received == file.read_bytes()


def test_the_test_file_of_all_scanners_is_found(clamd: tuple[Clamd, Scanner], file: Path):
    file.write_bytes(EICAR)

    assert clamd[1].infected(file)


@pytest.mark.parametrize(
    "said", [b"", b"stream: ", b"lstat() failed. ERROR\0", b"\xff\xfe\0", b"stream: OK maybe\0"]
)
def test_what_is_no_clear_answer_is_no_clean_file(clamd: tuple[Clamd, Scanner], file: Path, said: bytes):
    file.write_bytes(b"x")
    clamd[0].answer = lambda _: said

    with pytest.raises(ScannerAway):
        clamd[1].infected(file)


def test_a_limit_that_is_too_low_is_told_with_the_setting(clamd: tuple[Clamd, Scanner], file: Path):
    with file.open("wb") as written:
        written.truncate(LIMIT + 1)

    with pytest.raises(ScannerAway, match="StreamMaxLength"):
        clamd[1].infected(file)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "localhost", ""])
def test_a_scanner_that_is_not_there_is_told(address: str, file: Path):
    file.write_bytes(b"x")

    with pytest.raises(ScannerAway, match="PLAINT_CLAMD"):
        Scanner(address).infected(file)
    with pytest.raises(ScannerAway, match="PLAINT_CLAMD"):
        Scanner(address).ready()


@pytest.mark.parametrize(("said", "ready"), [(b"PONG\0", True), (b"", False), (b"UNKNOWN COMMAND\0", False)])
def test_a_scanner_is_ready_once_it_answers_to_its_name(tmp_path: Path, said: bytes, ready: bool):
    address = str(tmp_path / "clamd.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(10) == b"zPING\0"
                connection.sendall(said)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        if ready:
            Scanner(address, seconds=2).ready()
        else:
            with pytest.raises(ScannerAway):
                Scanner(address, seconds=2).ready()
        thread.join()
