"""Files over HTTP: sent, looked at, handed out, removed; and what is refused, each with its reason."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from adapters.files import incoming
from domain.access import Role
from domain.ids import derived
from tests.http.filing import a_png, put_file
from tests.http.server import serving, until
from tests.http.world import World, a_ticket, problem

Headers = dict[str, str]
Part = tuple[str, tuple[str, bytes, str]]


def part(name: str, content: bytes | None = None, media: str = "image/png") -> Part:
    return "file", (name, a_png() if content is None else content, media)


def send(
    world: World, id: str, who: Headers, *parts: Part, kind: str = "complaints", **query: str
) -> Response:
    answer = world.client.post(f"/v1/{kind}/{id}/attachments", files=list(parts), headers=who, params=query)
    world.settle()
    return answer


def look(world: World) -> int:
    """Let a worker look at what waits; return how many files it settled."""
    settled = world.plaint.attachments.workers[0].round()
    world.settle()
    return settled


def begun(world: World, **facts: Any) -> tuple[str, Headers]:
    """Send a complaint without signing in; return its id, and what adds files to it."""
    body = world.send(**facts).json()
    world.settle()
    return body["id"], {"Upload-Token": body["upload"]["token"]}


def listed(world: World, id: str, who: Headers, kind: str = "complaints") -> list[dict[str, Any]]:
    answer = world.get(f"/v1/{kind}/{id}/attachments", who)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def topics(world: World, id: str) -> list[str]:
    events = world.plaint.store.history(UUID(id))
    return [each.TOPIC for each in events if each.TOPIC.startswith("attachment.")]


def on_disk(world: World) -> list[Path]:
    """Return all files there are of sealed files, on their way or kept."""
    folders = (world.settings.data / "files", world.settings.data / "passing")
    return [each for folder in folders for each in folder.rglob("*") if each.is_file()]


@pytest.fixture
def case(world: World) -> tuple[str, Headers]:
    return begun(world)


def test_whoever_sent_a_case_adds_a_file_and_the_desk_opens_it_once_it_was_looked_at(either: World):
    id, sender = begun(either)
    handler = either.token(Role.HANDLER)

    sent = send(either, id, sender, part("../receipt.png"))
    file = sent.json()["files"][0]["id"]
    early = either.get(f"/v1/complaints/{id}/attachments/{file}/content", handler)
    settled = look(either)
    content = either.get(f"/v1/complaints/{id}/attachments/{file}/content", handler)

    assert sent.status_code == 201, sent.text
    assert sent.json()["files"] == [{"id": file, "name": "receipt.png", "status": "queued"}]
    assert problem(early, "conflict", 409)["detail"].startswith("Nobody has looked at the file yet")
    assert settled == 1
    assert topics(either, id) == ["attachment.queued", "attachment.scanning", "attachment.accepted"]
    assert content.content == a_png()
    expected = {
        "content-type": "image/png",
        "content-length": str(len(a_png())),
        "content-disposition": "attachment; filename=\"receipt.png\"; filename*=UTF-8''receipt.png",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    assert {name: content.headers[name] for name in expected} == expected
    assert listed(either, id, handler)[0] | {"by": "complainant"} == {
        "id": file,
        "name": "receipt.png",
        "status": "accepted",
        "size": len(a_png()),
        "sha256": listed(either, id, handler)[0]["sha256"],
        "declared": "image/png",
        "media_type": "image/png",
        "reason": None,
        "detail": None,
        "received_at": "2026-05-22T16:00:00Z",
        "settled_at": "2026-05-22T16:00:00Z",
        "removed_at": None,
        "visibility": "customer",
        "origin": "submission",
        "by": "complainant",
        "attempts": 1,
        "stalls": 0,
        "removed_by": None,
        "removal": None,
    }


def test_a_file_comes_alone_as_it_is_too(world: World, case: tuple[str, Headers], handler: Headers):
    headers = handler | {
        "Content-Type": "image/png",
        "Content-Disposition": "attachment; filename*=UTF-8''re%C3%A7u.png",
    }
    answer = world.client.post(f"/v1/complaints/{case[0]}/attachments", content=a_png(), headers=headers)

    assert answer.status_code == 201, answer.text
    assert answer.json()["files"][0]["name"] == "reçu.png"


def test_tickets_have_files_as_complaints_have(world: World):
    ticket, handler = a_ticket(world, team="support"), world.token(Role.HANDLER, "support")
    sent = send(world, ticket, handler, part("a.png"), kind="tickets")

    assert sent.status_code == 201, sent.text
    assert sent.json()["reference"].startswith("T-")
    assert look(world) == 1
    assert [each["status"] for each in listed(world, ticket, handler, "tickets")] == ["accepted"]


def test_each_refusal_names_the_file_and_the_reason_and_the_rest_is_kept(
    world: World, case: tuple[str, Headers]
):
    id, sender = case
    parts = [
        part("good.png"),
        part("empty.pdf", b""),
        part("renamed.pdf", b"PK\3\4 a zip", "application/pdf"),
    ]
    answer = send(world, id, sender | {"Accept-Language": "fr"}, *parts)

    assert answer.status_code == 201
    assert answer.json()["files"] == [
        {"id": answer.json()["files"][0]["id"], "name": "good.png", "status": "queued"},
        {
            "name": "empty.pdf",
            "status": "refused",
            "reason": "empty",
            "detail": "Le fichier est vide ; choisissez-le à nouveau et renvoyez-le.",
        },
        {
            "name": "renamed.pdf",
            "status": "refused",
            "reason": "not_allowed",
            "detail": answer.json()["files"][2]["detail"],
        },
    ]
    assert topics(world, id) == ["attachment.queued"]


def test_where_no_file_is_kept_that_is_an_error_and_nothing_is_recorded(
    world: World, case: tuple[str, Headers]
):
    answer = send(world, *case, part("a.pdf", b""))

    said = problem(answer, "rule", 422)
    assert said["errors"] == [
        {
            "pointer": "/files/0",
            "detail": "a.pdf: The file is empty; choose it anew and send it again.",
            "type": "empty",
        }
    ]
    assert topics(world, case[0]) == []


def test_the_sixth_file_without_signing_in_is_refused_and_the_five_are_kept(
    world: World, case: tuple[str, Headers]
):
    first = send(world, *case, *(part(f"{n}.png", a_png(n)) for n in range(6)))
    keyed = case[1] | {"Idempotency-Key": "k-1"}
    more = send(world, case[0], keyed, part("again.png", a_png(0)), part("7.png", a_png(7)))

    assert [each.get("reason") for each in first.json()["files"]] == [None] * 5 + ["too_many"]
    assert more.json()["files"][0]["id"] == first.json()["files"][0]["id"]
    assert more.json()["files"][1]["reason"] == "too_many"
    assert topics(world, case[0]) == ["attachment.queued"] * 5


def test_ten_files_come_at_once_from_whoever_is_signed_in(
    world: World, case: tuple[str, Headers], handler: Headers
):
    answer = send(world, case[0], handler, *(part(f"{n}.png", a_png(n)) for n in range(11)))

    assert [each.get("reason") for each in answer.json()["files"]] == [None] * 10 + ["too_many"]
    assert send(world, case[0], handler, part("x.png", a_png(12))).status_code == 201


def test_the_same_file_twice_is_one_file_and_answered_the_same(
    world: World, case: tuple[str, Headers], handler: Headers
):
    first = send(world, *case, part("a.png"))
    again = send(world, case[0], handler, part("b.png"), visibility="customer")

    assert again.status_code == first.status_code == 201
    assert again.json()["files"][0]["id"] == first.json()["files"][0]["id"]
    assert topics(world, case[0]) == ["attachment.queued"]
    assert len(on_disk(world)) == 1


def test_an_upload_under_a_key_is_safe_to_repeat(world: World, case: tuple[str, Headers], handler: Headers):
    keyed = handler | {"Idempotency-Key": "k-1"}
    first, again = (send(world, case[0], keyed, part("a.png")) for _ in range(2))
    other = send(world, case[0], keyed, part("a.png", a_png(3)))

    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    problem(other, "key-reused", 422)
    assert topics(world, case[0]) == ["attachment.queued"]
    assert len(on_disk(world)) == 1


def test_a_repeated_upload_is_answered_as_before_when_its_file_was_removed_meanwhile(
    world: World, case: tuple[str, Headers], handler: Headers
):
    keyed = handler | {"Idempotency-Key": "k-1"}
    file = send(world, case[0], keyed, part("a.png")).json()["files"][0]["id"]
    remove(world, case[0], file, handler)

    assert send(world, case[0], keyed, part("a.png")).json()["files"] == [
        {"id": file, "name": "a.png", "status": "removed"}
    ]
    assert on_disk(world) == []


def test_a_pass_opens_one_case_for_an_hour_and_nothing_but_the_adding_of_files(world: World):
    (one, sender), (other, _) = begun(world), begun(world)
    given = sender["Upload-Token"]
    bearer = {"Authorization": f"Bearer {given}"}
    changed = given[:-9] + ("A" if given[-9] != "A" else "B") + given[-8:]

    problem(send(world, other, sender, part("a.png")), "not-found", 404)
    problem(send(world, one, {"Upload-Token": changed}, part("a.png")), "unauthenticated", 401)
    problem(send(world, one, {}, part("a.png")), "unauthenticated", 401)
    problem(world.get(f"/v1/complaints/{one}/attachments", sender), "unauthenticated", 401)
    problem(world.get(f"/v1/complaints/{one}", bearer), "unauthenticated", 401)
    problem(send(world, one, sender, part("a.png"), kind="tickets"), "not-found", 404)
    world.later(minutes=59)
    assert send(world, one, sender, part("a.png")).status_code == 201
    world.later(minutes=1)
    problem(send(world, one, sender, part("b.png", a_png(2))), "unauthenticated", 401)


def test_a_repeated_complaint_is_answered_with_the_same_pass(world: World):
    first, again = (world.send({"Idempotency-Key": "k"}).json() for _ in range(2))

    assert again == first


def test_a_complainant_sees_what_they_sent_and_what_is_meant_for_them(
    world: World, case: tuple[str, Headers], handler: Headers
):
    id, sender = case
    link = world.client.post(f"/v1/complaints/{id}/links", headers=handler, json={}).json()["url"]
    guest = {"Authorization": f"Bearer {link.rpartition('/')[2]}"}
    send(world, id, sender, part("mine.png"))
    send(world, id, guest, part("later.png", a_png(1)))
    send(world, id, handler, part("letter.png", a_png(2)), visibility="customer")
    hidden = send(world, id, handler, part("internal.png", a_png(3))).json()["files"][0]["id"]
    look(world)

    assert [each["name"] for each in listed(world, id, handler)] == [
        "mine.png", "later.png", "letter.png", "internal.png",
    ]  # fmt: skip
    mine = listed(world, id, guest)
    assert [each["name"] for each in mine] == ["mine.png", "later.png", "letter.png"]
    assert not {"by", "origin", "visibility", "attempts", "removed_by", "removal"} & mine[0].keys()
    problem(world.get(f"/v1/complaints/{id}/attachments/{hidden}", guest), "not-found", 404)
    problem(world.get(f"/v1/complaints/{id}/attachments/{hidden}/content", guest), "not-found", 404)
    history = world.get(f"/v1/complaints/{id}/history", guest).text
    assert "mine.png" in history
    assert hidden not in history


def remove(
    world: World, id: str, file: str, who: Headers, reason: str = "It shows somebody else."
) -> Response:
    path = f"/v1/complaints/{id}/attachments/{file}"
    answer = world.client.request("DELETE", path, headers=who, json={"reason": reason})
    world.settle()
    return answer


def test_removing_leaves_who_why_and_when_and_destroys_bytes_and_key(
    world: World, case: tuple[str, Headers], handler: Headers
):
    id = case[0]
    file = str(put_file(world, UUID(id)))
    keys = world.plaint.attachments.files.keys

    answer = remove(world, id, file, handler)

    assert answer.status_code == 200
    (told,) = listed(world, id, handler)
    assert (told["status"], told["removal"]) == ("removed", "It shows somebody else.")
    assert told["removed_by"].startswith("token:")
    assert told["removed_at"] == "2026-05-22T16:00:00Z"
    problem(world.get(f"/v1/complaints/{id}/attachments/{file}/content", handler), "gone", 410)
    assert on_disk(world) == []
    assert keys.find(UUID(id), UUID(file)) is None
    assert remove(world, id, file, handler).json()["version"] == answer.json()["version"]
    problem(remove(world, id, str(derived(UUID(id), "nothing")), handler), "not-found", 404)
    problem(remove(world, id, file, handler, reason=""), "invalid", 422)


def test_an_auditor_without_a_purpose_sees_that_there_are_files_and_opens_none(
    world: World, case: tuple[str, Headers]
):
    id, auditor = case[0], world.token(Role.AUDITOR)
    file = put_file(world, UUID(id))
    path = f"/v1/complaints/{id}/attachments/{file}/content"
    told = listed(world, id, auditor)[0]

    assert not {"name", "sha256", "removal"} & told.keys()
    problem(world.get(path, auditor), "purpose-required", 403)
    assert world.get(path, auditor | {"Purpose": "Sample of May"}).content == a_png(4)
    world.later(seconds=1)
    read = world.get("/v1/reads", auditor).json()["items"]
    assert [each["part"] for each in read if each.get("case_id") == id].count("file") == 1


def test_a_name_is_told_to_the_browser_so_that_it_can_do_nothing(
    world: World, case: tuple[str, Headers], handler: Headers
):
    id = case[0]
    send(world, id, case[1], part('ev\u202eil"; x="y é.html'))
    look(world)
    file = listed(world, id, handler)[0]

    answer = world.get(f"/v1/complaints/{id}/attachments/{file['id']}/content", handler)

    assert file["name"] == "evil_; x=_y é.html"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="evil_; x=_y _.html.png"; '
        "filename*=UTF-8''evil_%3B%20x%3D_y%20%C3%A9.html.png"
    )


FORM = "multipart/form-data; boundary=b"
A_FIELD = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--b--\r\n'
CUT_OFF = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhalf'
NO_FILES: dict[str, tuple[str, bytes, str, int]] = {
    "no boundary": ("multipart/form-data", b"", "bad-request", 400),
    "no form": (FORM, b"nothing of the kind", "bad-request", 400),
    "ends in the middle": (FORM, CUT_OFF, "bad-request", 400),
    "a field that is no file": (FORM, A_FIELD, "invalid", 422),
    "no file": (FORM, b"--b--\r\n", "invalid", 422),
    "a page": ("text/html", b"<script>", "unsupported-media-type", 415),
    "a document": ("application/json", b"{}", "unsupported-media-type", 415),
}


@pytest.mark.parametrize("what", NO_FILES)
def test_a_body_that_is_no_form_of_files_is_refused_and_keeps_nothing(
    world: World, case: tuple[str, Headers], what: str
):
    media, content, name, status = NO_FILES[what]
    headers = case[1] | {"Content-Type": media}
    answer = world.client.post(f"/v1/complaints/{case[0]}/attachments", content=content, headers=headers)

    problem(answer, name, status)
    assert topics(world, case[0]) == []
    assert on_disk(world) == []


def a_stream(size: int) -> Iterator[bytes]:
    yield a_png()
    for _ in range(size // 65_536):
        yield b"x" * 65_536


def test_a_file_beyond_the_limit_is_refused_though_nobody_said_how_long_it_is(
    world: World, case: tuple[str, Headers], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(incoming, "MOST_BYTES", 1_000_000)
    headers = case[1] | {"Content-Type": "image/png"}
    path = f"/v1/complaints/{case[0]}/attachments"
    alone = world.client.post(path, content=a_stream(3_000_000), headers=headers)
    among = send(world, *case, part("large.png", a_png() + b"x" * 1_000_000), part("small.png"))

    assert problem(alone, "too-large", 413)["errors"][0]["type"] == "too_large"
    assert [each.get("reason") for each in among.json()["files"]] == ["too_large", None]
    assert len(on_disk(world)) == 1


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(world: World, case: tuple[str, Headers]):
    with serving(world) as live:
        host, port = live.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                f"POST /v1/complaints/{case[0]}/attachments HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
                f"Upload-Token: {case[1]['Upload-Token']}\r\nContent-Length: 4000000\r\n\r\n".encode()
            )
            connection.sendall(a_png() + b"x" * 2_000_000)
            until(lambda: _spooled() > 0)
        until(lambda: _spooled() == 0)

    assert on_disk(world) == []
    assert topics(world, case[0]) == []


def _spooled() -> int:
    """Return how many files without a name this process holds."""
    count = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            count += "/passing/" in str(each.readlink())
        except OSError:
            continue
    return count


def test_a_full_disk_keeps_nothing_of_the_files_and_all_of_the_case(
    world: World, case: tuple[str, Headers], monkeypatch: pytest.MonkeyPatch
):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = send(world, *case, part("a.png"), part("b.png", a_png(1)))

    problem(answer, "no-room", 507)
    assert on_disk(world) == []
    assert topics(world, case[0]) == []
    assert send(world, *case, part("a.png")).status_code == 201


def test_a_file_that_is_damaged_inside_is_refused_with_the_reason_and_destroyed(
    world: World, case: tuple[str, Headers], handler: Headers
):
    send(world, *case, part("cut.png", a_png()[:-20]))
    assert look(world) == 1
    (told,) = listed(world, case[0], handler)

    assert (told["status"], told["reason"]) == ("refused", "damaged")
    assert told["detail"] == "The file is damaged or incomplete; save it anew and send it again."
    assert on_disk(world) == []
    assert world.plaint.attachments.files.keys.find(UUID(case[0]), UUID(told["id"])) is None


def test_nothing_of_a_file_is_in_clear_in_the_data_directory(world: World, case: tuple[str, Headers]):
    canary = b"canary-" + os.urandom(8).hex().encode()
    send(world, *case, part(f"{canary.decode()}.png", a_png() + canary))
    look(world)

    for file in world.settings.data.rglob("*"):
        if file.is_file() and "search" not in file.name:
            assert canary not in file.read_bytes(), file


def test_a_file_ends_with_the_personal_data_of_its_case(
    world: World, case: tuple[str, Headers], handler: Headers
):
    id = UUID(case[0])
    file = put_file(world, id)
    subject = world.plaint.vault.subject_of(id)
    assert subject is not None
    world.plaint.vault.destroy(subject)

    (told,) = listed(world, case[0], handler)
    assert told["name"] == told["sha256"] == {"withheld": "erased"}
    problem(world.get(f"/v1/complaints/{id}/attachments/{file}/content", handler), "gone", 410)
    problem(send(world, *case, part("more.png", a_png(9))), "conflict", 409)


def test_files_that_are_not_where_they_were_are_told_as_such(
    world: World, case: tuple[str, Headers], handler: Headers
):
    id = case[0]
    path = f"/v1/complaints/{id}/attachments/{put_file(world, UUID(id))}/content"
    (kept,) = on_disk(world)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1])
    problem(world.get(path, handler), "internal", 500)
    kept.unlink()
    problem(world.get(path, handler), "files-away", 503)


def test_what_no_case_has_is_destroyed_when_it_is_a_day_old(world: World, case: tuple[str, Headers]):
    attachments = world.plaint.attachments
    put_file(world, UUID(case[0]))
    world.settle()
    address = attachments.files.store.put([b"sealed, and then the process died"])
    attachments.files.keys.keep(UUID(case[0]), derived(UUID(case[0]), "lost"), address, b"k" * 32)
    place = world.settings.data / "files" / address[:2] / address

    def old(seconds: float) -> None:
        then = world.now.timestamp() - seconds
        os.utime(place, (then, then))

    old(3_600)
    assert attachments.orphans.run() == 0
    old(86_401)
    assert attachments.orphans.run() == 1
    assert not attachments.files.store.exists(address)
    assert attachments.files.keys.find(UUID(case[0]), derived(UUID(case[0]), "lost")) is None
    assert len(on_disk(world)) == 1


def test_what_could_not_be_destroyed_at_once_is_destroyed_at_night(
    world: World, case: tuple[str, Headers], handler: Headers, monkeypatch: pytest.MonkeyPatch
):
    files = world.plaint.attachments.files
    file = put_file(world, UUID(case[0]))

    with monkeypatch.context() as patch:
        patch.setattr(files, "destroy", list)  # as if the process had died in between
        remove(world, case[0], str(file), handler)

    assert len(on_disk(world)) == 1
    assert world.plaint.attachments.orphans.run() == 1
    assert on_disk(world) == []


def test_metrics_tell_what_is_in_flight_refused_and_overdue(world: World, case: tuple[str, Headers]):
    put_file(world, UUID(case[0]))
    send(world, *case, part("cut.png", a_png()[:-20]))
    look(world)
    send(world, *case, part("b.png", a_png(1)))
    world.later(minutes=11)
    lines = world.get("/metrics", world.token(Role.ADMIN)).text.splitlines()

    assert {
        'plaint_files{state="accepted"} 1',
        'plaint_files{state="queued"} 1',
        'plaint_files{state="refused"} 1',
        'plaint_files_refused{reason="damaged"} 1',
        "plaint_files_oldest_seconds 660",
        "plaint_files_stalled 1",
    } <= set(lines)
