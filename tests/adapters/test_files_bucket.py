"""An object store keeps sealed files like a directory does; a real server answers here."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from adapters.files.bucket import Bucket
from adapters.files.ports import FileMissing, StoreAway

NOBODY = "0" * 64


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    """The address of an S3 on this machine, with a bucket called sealed."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    urlopen(Request(f"{address}/sealed", method="PUT")).close()
    yield address
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return Bucket("s3://sealed/files")


def read(bucket: Bucket, address: str) -> bytes:
    return b"".join(bucket.open(address))


def test_what_is_put_is_read_back_under_the_hash_of_its_bytes(bucket: Bucket):
    pieces = [bytes([n]) * 1_000_000 for n in range(20)]

    address = bucket.put(iter(pieces))

    assert address == sha256(b"".join(pieces)).hexdigest()
    assert read(bucket, address) == b"".join(pieces)
    assert bucket.exists(address)
    assert address in {each.address for each in bucket.kept()}
    bucket.delete(address)
    assert not bucket.exists(address)
    assert address not in {each.address for each in bucket.kept()}


def test_the_same_bytes_twice_are_kept_once(bucket: Bucket):
    first, second = bucket.put([b"same"]), bucket.put([b"same"])

    assert first == second
    assert [each.address for each in bucket.kept()].count(first) == 1


def test_an_upload_that_breaks_off_leaves_nothing(bucket: Bucket):
    def breaks() -> Iterator[bytes]:
        yield b"x" * 9_000_000
        raise ConnectionResetError

    before = list(bucket.kept())

    with pytest.raises((StoreAway, ConnectionResetError)):
        bucket.put(breaks())

    assert list(bucket.kept()) == before
    assert bucket.sweep(datetime.now(UTC) + timedelta(days=1)) == 0


def test_what_never_got_an_address_is_swept_away(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    def leave(self: Bucket, place: str) -> None:
        """Die before the name of its growth is forgotten."""

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "_forget", leave)
        address = bucket.put([b"left"])

    assert bucket.sweep(datetime.now(UTC) - timedelta(days=1)) == 0
    assert bucket.sweep(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert read(bucket, address) == b"left"


@pytest.mark.parametrize("address", [NOBODY, "../../etc/passwd", "ab"])
def test_what_is_not_there_is_missing(bucket: Bucket, address: str):
    with pytest.raises(FileMissing):
        bucket.open(address)


def test_to_forget_what_is_not_there_is_no_fault(bucket: Bucket):
    bucket.delete(NOBODY)


def test_a_bucket_that_is_not_there_is_told_with_what_to_do(bucket: Bucket):
    absent = Bucket("s3://absent")

    with pytest.raises(StoreAway, match="PLAINT_FILES_URL") as told:
        absent.put([b"x"])

    assert "testing" not in str(told.value)


def test_a_server_that_is_away_is_told_and_not_waited_for(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(StoreAway, match="does not answer"):
        Bucket("s3://sealed").put(iter([b"x"]))
