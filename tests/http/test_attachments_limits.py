"""What of files is refused before a byte of it is read, and what is not destroyed."""

from __future__ import annotations

from uuid import UUID

import pytest

from adapters.files.files import Files
from adapters.http import attachments_sending
from domain.access import Role
from tests.http.filing import a_png, put_file
from tests.http.test_attachments import Headers, begun, on_disk, part, remove, send, topics
from tests.http.world import World, problem


@pytest.fixture
def case(world: World) -> tuple[str, Headers]:
    return begun(world)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test fail where a body is read."""

    async def received(*_: object) -> None:
        raise AssertionError("the body is read")

    monkeypatch.setattr(attachments_sending, "received", received)


@pytest.mark.usefixtures("unread")
def test_no_file_is_read_while_the_disk_has_little_room(
    world: World, case: tuple[str, Headers], monkeypatch: pytest.MonkeyPatch
):
    """What is left belongs to the log; cases are taken as ever."""
    files: Files = world.plaint.attachments.files
    assert files.reserve == 512_000_000
    monkeypatch.setattr(files, "reserve", 1 << 60)

    problem(send(world, *case, part("a.png")), "no-room", 507)
    assert begun(world)[0]


def test_no_file_is_read_that_the_case_would_not_take(
    world: World, case: tuple[str, Headers], request: pytest.FixtureRequest
):
    for number in range(5):
        assert send(world, *case, part(f"{number}.png", a_png(number))).status_code == 201
    keyed = case[1] | {"Idempotency-Key": "one"}
    read = problem(send(world, case[0], keyed, part("a.png", a_png(9))), "rule", 422)
    request.getfixturevalue("unread")
    refused = problem(send(world, *case, part("a.png", a_png(9))), "rule", 422)

    assert [each["type"] for each in refused["errors"]] == ["too_many"]
    assert refused["detail"].startswith("All the files that may come so are here already")
    assert [each["type"] for each in read["errors"]] == ["too_many"]


def test_a_pass_adds_files_one_upload_at_a_time(
    world: World, case: tuple[str, Headers], monkeypatch: pytest.MonkeyPatch
):
    """Whoever sends a second one meanwhile is told to come again; another pass is not held up."""
    real, seen = attachments_sending._refuse_unread, list[int]()

    def meanwhile(*asked: object) -> None:
        if not seen:
            seen.append(0)
            seen.append(send(world, *case, part("b.png", a_png(2))).status_code)
            seen.append(send(world, *other, part("c.png", a_png(3))).status_code)
        real(*asked)  # type: ignore[arg-type]

    other = begun(world)
    monkeypatch.setattr(attachments_sending, "_refuse_unread", meanwhile)

    assert send(world, *case, part("a.png", a_png(1))).status_code == 201
    assert seen == [0, 409, 201]
    assert send(world, *case, part("b.png", a_png(2))).status_code == 201


def test_nothing_of_a_case_on_hold_is_removed(world: World, case: tuple[str, Headers]):
    id, supervisor, watch = case[0], world.token(Role.SUPERVISOR), world.token(Role.COMPLIANCE)
    file, kept = str(put_file(world, UUID(id))), on_disk(world)
    hold = {"kind": "legal", "reason": "They went to court."}
    placed = world.client.post(
        f"/v1/complaints/{id}/place-hold", json=hold, headers=watch | {"If-Match": "*"}
    )
    assert placed.status_code == 200, placed.text

    refused = problem(remove(world, id, file, supervisor), "conflict", 409)
    assert refused["detail"].startswith("The case is on hold")
    assert on_disk(world) == kept
    assert topics(world, id)[-1] == "attachment.accepted"
