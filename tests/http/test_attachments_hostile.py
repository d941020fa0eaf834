"""Every kind of file that is hostile or broken, sent over HTTP: refused by name and reason, and destroyed."""

from __future__ import annotations

from uuid import UUID

from adapters.files.reasons import Refusal
from domain.access import Role
from tests.adapters.test_checking import HOSTILE
from tests.http.filing import a_png
from tests.http.test_attachments import begun, listed, look, on_disk, part, send
from tests.http.world import World, problem

AT_THE_DOOR = {
    "nothing": "empty.pdf",
    "text": "letter.pdf",
    "an archive under the name of a PDF": "renamed.pdf",
}
"""What is refused before anything of it is kept, and under what name it is sent."""
BY_THE_WORKER = {
    "a PDF behind other bytes": "program.pdf",
    "a JPEG with an archive behind it": "archive.jpg",
    "a PNG with a PDF behind it": "both.png",
    "a JPEG cut short": "cut.jpg",
    "a picture of 81 million pixels": "vast.png",
    "a PDF that unpacks to hundreds of megabytes": "bomb.pdf",
    "a PDF that unpacks to as much and is written as text": "text-bomb.pdf",
    "a PDF that needs a password": "locked.pdf",
    "a PDF that starts a program": "starts.pdf",
}


def test_each_hostile_file_is_refused_with_its_reason_and_nothing_of_it_is_left(world: World):
    """The one that is sound is kept: no other of the same submission is held against it."""
    id, _ = begun(world)
    handler = world.token(Role.HANDLER)
    first = [part(name, HOSTILE[what][0], "application/pdf") for what, name in AT_THE_DOOR.items()]
    later = [part(name, HOSTILE[what][0]) for what, name in BY_THE_WORKER.items()]

    answer = send(world, id, handler, *first, part("sound.png", a_png(1)))
    assert send(world, id, handler, *later).status_code == 201
    while look(world):
        pass

    told = {each["name"]: each.get("reason") for each in answer.json()["files"]}
    assert told == reasons(AT_THE_DOOR) | {"sound.png": None}
    files = {each["name"]: each for each in listed(world, id, handler)}
    assert {name: each["reason"] for name, each in files.items()} == reasons(BY_THE_WORKER) | {
        "sound.png": None
    }
    assert len(on_disk(world)) == 1
    for name in BY_THE_WORKER.values():
        file = files[name]["id"]
        assert world.plaint.attachments.files.keys.find(UUID(id), UUID(file)) is None
        problem(world.get(f"/v1/complaints/{id}/attachments/{file}/content", handler), "gone", 410)


def reasons(sent: dict[str, str]) -> dict[str, Refusal]:
    """Return why each of *sent* is refused, by the name under which it is sent."""
    return {name: HOSTILE[what][1] for what, name in sent.items()}
