"""The object store and the scanner of the settings are those that files go through, from sending to handing out."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Generator
from io import BytesIO
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from moto.server import ThreadedMotoServer
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from adapters.files.bucket import Bucket
from adapters.files.clamav import ScannerAway
from domain.access import Role
from tests.adapters.test_clamav import EICAR, Clamd
from tests.http.filing import a_png
from tests.http.test_attachments import begun, listed, look, part, send, topics
from tests.http.world import World


def a_picture_with(text: bytes) -> bytes:
    """Return a sound picture that carries *text* in a comment."""
    file, info = BytesIO(), PngInfo()
    info.add_text("Comment", text.decode())
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.fixture
def listener() -> Generator[socket.socket]:
    made = socket.create_server(("127.0.0.1", 0))
    yield made
    made.close()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """The URL of a place in a real S3 on this machine, as the settings name it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name, value in {
        "ACCESS_KEY_ID": "testing",
        "SECRET_ACCESS_KEY": "testing",
        "REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    urlopen(Request(f"http://{host}:{port}/wired", method="PUT")).close()
    yield "s3://wired/files"
    server.stop()


def test_files_lie_in_the_bucket_and_pass_the_scanner_of_the_settings(
    fresh: Path, tmp_path: Path, bucket: str, listener: socket.socket
):
    """What the scanner finds is refused and destroyed there; the rest is handed out from there."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    scanner = Clamd(listener)
    world = World(tmp_path, files_url=bucket, clamd=f"127.0.0.1:{listener.getsockname()[1]}")
    id, sender = begun(world)
    send(world, id, sender, part("clean.png", a_png(1)), part("bad.png", a_picture_with(EICAR)))
    stored = len(list(Bucket(bucket).kept()))
    while look(world):
        pass
    who = world.token(Role.HANDLER)
    files = {each["name"]: each for each in listed(world, id, who)}
    content = world.get(f"/v1/complaints/{id}/attachments/{files['clean.png']['id']}/content", who)
    left = len(list(Bucket(bucket).kept()))
    world.close()

    assert {name: (each["status"], each.get("reason")) for name, each in files.items()} == {
        "clean.png": ("accepted", None),
        "bad.png": ("refused", "infected"),
    }
    assert content.content == a_png(1)
    assert scanner.received in (a_png(1), a_picture_with(EICAR))
    assert (stored, left) == (2, 1)
    assert not (tmp_path / "files").exists()


def test_while_the_scanner_is_away_a_file_waits_and_is_never_accepted(
    fresh: Path, tmp_path: Path, listener: socket.socket
):
    """An alarm for each time that it stood too long; an outage costs no attempt."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    world = World(tmp_path, clamd=address)
    id, sender = begun(world)
    (sent,) = send(world, id, sender, part("a.png")).json()["files"]
    away = 0
    for _ in range(9):
        try:
            look(world)
        except ScannerAway:
            away += 1
        world.settle()
        world.later(minutes=5)
    told, (file,) = topics(world, id), listed(world, id, world.token(Role.HANDLER))
    in_flight = world.plaint.store.load_cases([UUID(id)])[UUID(id)]
    world.close()

    assert (told[0], set(told[1:])) == ("attachment.queued", {"attachment.stalled"})
    assert (file["id"], file["status"]) == (sent["id"], "queued")
    assert away > 0
    assert getattr(in_flight, "in_flight", None) == frozenset({UUID(sent["id"])})
