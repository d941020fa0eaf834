"""While what keeps the files is away: a clear answer, nothing half kept, and everything once it is back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from moto.server import ThreadedMotoServer

from adapters.files.ports import StoreAway
from domain.access import Role
from tests.http.filing import a_png, put_file
from tests.http.test_attachments import begun, listed, look, part, send, topics
from tests.http.world import World, problem

Switch = Callable[[], None]


@pytest.fixture(params=["folder", "bucket"])
def kept(
    request: pytest.FixtureRequest, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[tuple[World, Switch, Switch]]:
    """A desk that keeps its files in a directory or in an S3, and how that goes away and comes back."""
    shutil.copytree(fresh, tmp_path / "data")
    if request.param == "folder":
        world = World(tmp_path / "data")
        files, elsewhere = world.settings.data / "files", tmp_path / "elsewhere"
        yield world, lambda: void(files.rename(elsewhere)), lambda: void(elsewhere.rename(files))
        world.close()
        return
    servers = [serve()]
    host, port = servers[0].get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    urlopen(Request(f"http://{host}:{port}/away", method="PUT")).close()
    world = World(tmp_path / "data", files_url="s3://away/files")
    yield world, lambda: servers.pop().stop(), lambda: servers.append(serve(port))
    world.close()
    for server in servers:
        server.stop()


def serve(port: int = 0) -> ThreadedMotoServer:
    """Start an S3; what is in it lasts as long as this process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    return server


def void(_: object) -> None:
    """Pass over what a call returned."""


def test_files_are_refused_or_wait_while_their_storage_is_away(kept: tuple[World, Switch, Switch]):
    """An alarm is raised after ten minutes; an outage costs no file an attempt."""
    world, goes, comes = kept
    id, sender = begun(world)
    handler = world.token(Role.HANDLER)
    opened = f"/v1/complaints/{id}/attachments/{put_file(world, UUID(id))}/content"
    (waiting,) = send(world, id, sender, part("a.png", a_png(1))).json()["files"]
    goes()

    told = problem(world.get(opened, handler), "files-away", 503)
    refused = send(world, id, sender, part("b.png", a_png(2)))
    again = begun(world)
    for _ in range(2):
        with suppress(StoreAway):
            assert look(world) == 0
        world.later(minutes=6)

    assert (
        told["detail"] == "Repeat the request after Retry-After; the operator finds in the log what is away."
    )
    assert problem(refused, "files-away", 503) == told
    assert again[0]
    with suppress(StoreAway):
        assert look(world) == 0
    assert topics(world, id)[2:] == ["attachment.queued", "attachment.stalled"]
    assert list((world.settings.data / "passing").iterdir()) == []
    assert len(listed(world, id, handler)) == 2

    comes()
    world.later(minutes=3)
    assert look(world) == 1
    last = listed(world, id, handler)[-1]
    assert (last["id"], last["status"], last["attempts"]) == (waiting["id"], "accepted", 1)
    assert world.get(opened, handler).content == a_png(len("kept"))
    assert send(world, *again, part("b.png", a_png(2))).status_code == 201


def test_a_disk_that_is_not_mounted_takes_no_file_that_it_would_hide(fresh: Path, tmp_path: Path):
    """It leaves an empty directory, where a new desk has none; one that never had a file takes the first."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    world = World(tmp_path)
    id, sender = begun(world)
    folder = tmp_path / "files"
    assert send(world, id, sender, part("a.png", a_png(1))).status_code == 201

    folder.rename(tmp_path / "mounted")
    folder.mkdir()
    refused = send(world, id, sender, part("b.png", a_png(2)))
    unmounted = list(folder.iterdir())
    folder.rmdir()
    (tmp_path / "mounted").rename(folder)
    taken = send(world, id, sender, part("b.png", a_png(2)))
    world.close()

    problem(refused, "files-away", 503)
    assert unmounted == []
    assert taken.status_code == 201
