"""What no client should send: always a problem document that says what to do, and never a failure of ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import pytest
from httpx2 import Response

from domain.access import Role
from tests.http.world import A_COMPLAINT, World, pointers

JSON = {"Content-Type": "application/json"}
OVERRIDES = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT", "X-Method-Override": "PATCH"}


@pytest.fixture(scope="module")
def world(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """One desk for all of it: nothing here is recorded."""
    folder = tmp_path_factory.mktemp("nonsense")
    shutil.copytree(fresh, folder, dirs_exist_ok=True)
    made = World(folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def supervisor(world: World) -> dict[str, str]:
    return world.token(Role.SUPERVISOR)


@pytest.fixture(scope="module")
def case(world: World) -> str:
    return world.received()


def told(answer: Response) -> tuple[int, str]:
    """Return status and type of a problem, which has a remedy and is what its header says."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert (body["status"], bool(body["detail"]), bool(body["title"])) == (answer.status_code, True, True)
    return answer.status_code, body["type"].rpartition(":")[2]


def raw(
    world: World, method: str, path: bytes, query: bytes = b"", headers: dict[bytes, bytes] | None = None
) -> tuple[int, str]:
    """Send bytes that no client library would; return status and type of the problem."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "root_path": "",
        "state": {},
    }
    anyio.run(world.app, scope, receive, send)
    body = json.loads(b"".join(each.get("body", b"") for each in sent[1:]))
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert body["status"] == sent[0]["status"]
    return body["status"], body["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe{}", "malformed-json"),
        (b'{"details": "\xc3"}', "malformed-json"),
        (b"\xef\xbb\xbf{}", "malformed-json"),
        (b'{"details": "\\ud800"}', "malformed-json"),
        (b"[" * 100_000 + b"]" * 100_000, "malformed-json"),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "malformed-json"),
        (b'{"level": ' + b"9" * 5_000 + b"}", "malformed-json"),
        (b'{"reason": "a", "level": 1e999}', "invalid"),
        (b'{"level": -Infinity}', "malformed-json"),
        (b'{"reason": "a", "reason": "b"}', "malformed-json"),
        (b'{"reason": "a", "x": [{"y": 1, "y": 2}]}', "malformed-json"),
        (b"{} {}", "malformed-json"),
        (b"{,}", "malformed-json"),
        (b"null", "invalid"),
        (b"[]", "invalid"),
        (b'"text"', "invalid"),
        (b'{"reason": 5}', "invalid"),
        (b'{"reason": ""}', "invalid"),
        (b'{"reason": "   "}', "invalid"),
        (b'{"reason": "a", "level": 4}', "invalid"),
        (b'{"reason": "a", "level": 1.5}', "invalid"),
        (b'{"reason": "a", "level": "1"}', "invalid"),
        (b'{"reason": "a", "level": true}', "invalid"),
        (b'{"reason": "a", "level": 18446744073709551616}', "invalid"),
        (b'{"reason": "a", "occurred_at": "yesterday"}', "invalid"),
        (b'{"reason": "a", "occurred_at": "2026-05-22T10:00:00"}', "invalid"),
        (b'{"reason": "a", "occurred_at": "9999-12-31T23:59:59-14:00"}', "invalid"),
        (b'{"reason": "' + b"a" * 60_000 + b'"}', "invalid"),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused(
    world: World, supervisor: dict[str, str], case: str, body: bytes, kind: str
):
    before = world.plaint.store.count()

    answer = world.client.post(
        f"/v1/complaints/{case}/escalate", content=body, headers=supervisor | JSON | {"If-Match": "*"}
    )

    assert told(answer) == ({"malformed-json": 400, "invalid": 422}[kind], kind)
    assert world.plaint.store.count() == before


def test_a_nul_is_no_part_of_a_code_and_is_kept_in_no_text_unseen(
    world: World, supervisor: dict[str, str], case: str
):

    assert pointers(world.ask(case, "assign", supervisor, {"assignee": "a\0b"}, tag="*")) == ["/assignee"]
    assert pointers(world.send(account_email="a\0@example.org")) == ["/account_email"]


@pytest.mark.parametrize(
    "name", ["id", "version", "status", "actor", "recorded_at", "originator_id", "__proto__"]
)
def test_what_is_not_the_senders_to_say_is_refused_by_its_place(
    world: World, supervisor: dict[str, str], case: str, name: str
):

    assert f"/{name}" in pointers(world.client.post("/v1/complaints", json=A_COMPLAINT | {name: "x"}))
    assert pointers(world.ask(case, "note", supervisor, {"text": "x", name: "x"}, tag="*")) == [f"/{name}"]


def test_a_sealed_value_is_taken_from_nobody(world: World, supervisor: dict[str, str], case: str):
    for value in ({"sealed": "AAAA"}, {"erased": True}):
        assert "/text" in pointers(world.ask(case, "note", supervisor, {"text": value}, tag="*"))[0]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("colour=red", ["colour"]),
        ("limit=1&limit=2", ["limit"]),
        ("sort=due&sort=-due&colour=x", ["sort"]),
        ("limit=0", ["limit"]),
        ("limit=" + "9" * 400, ["limit"]),
        ("overdue=perhaps", ["overdue"]),
        ("category=a%00b", ["category"]),
        ("category=", ["category"]),
        ("after=zz", ["after"]),
        ("after=ff:1", ["after"]),
        ("received_from=2026-05-22", ["received_from"]),
        ("cursor=" + "A" * 101, ["cursor"]),
    ],
)
def test_a_query_is_refused_by_the_name_of_its_parameter(
    world: World, supervisor: dict[str, str], query: str, named: list[str]
):
    answer = world.get(f"/v1/complaints?{query}", supervisor)

    assert told(answer) == (422, "invalid")
    assert pointers(answer) == named


def test_a_list_is_given_as_often_as_one_likes(world: World, supervisor: dict[str, str]):
    assert world.get("/v1/complaints?status=received&status=closed", supervisor).status_code == 200


@pytest.mark.parametrize("path", ["/v1/forms", "/v1/forms/complaint"])
def test_forms_take_no_other_parameter(world: World, path: str):
    assert pointers(world.get(f"{path}?language=fr")) == ["language"]
    assert pointers(world.get(f"{path}?lang=fr&lang=en")) == ["lang"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
        {"Content-Type": ";"},
    ],
)
def test_a_body_of_another_kind_is_refused(
    world: World, supervisor: dict[str, str], case: str, headers: dict[str, str]
):
    answer = world.client.post(
        f"/v1/complaints/{case}/note",
        content=b'{"text": "x"}',
        headers=supervisor | {"If-Match": "*"} | headers,
    )

    assert told(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (b"/v1/complaints/%ff", b"", 400),
        (b"/v1/complaints/%C3%28", b"", 400),
        (b"/v1/forms", b"lang=%ff", 400),
        (b"/v1/forms/%00", b"", 404),
        (b"/v1/forms/\xff", b"", 400),
    ],
)
def test_an_address_that_is_no_utf_8_is_refused(world: World, path: bytes, query: bytes, status: int):
    assert raw(world, "GET", path, query)[0] == status


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        (b"Authorization", b"Bearer \xff\xfe", 401),
        (b"Authorization", b"Bearer a b", 401),
        (b"Accept-Language", b"\xff;q=x, ;;;,q=,*;q=9e999", 404),
        (b"X-Request-Id", b"\xff", 404),
        (b"Content-Length", b"-1", 404),
        (b"Content-Length", b"\xb2", 404),
        (b"X-Large", b"a" * (1 << 20), 431),
    ],
)
def test_a_header_that_nobody_can_read_harms_nobody(world: World, name: bytes, value: bytes, status: int):
    """Where it is not needed it is passed over; the address asked for is none."""
    path = b"/v1/complaints/x" if name == b"Authorization" else b"/v1/nothing"

    assert raw(world, "GET", path, headers={name: value})[0] == status


def test_too_many_headers_are_refused(world: World):
    many = {f"X-{number}".encode(): b"a" for number in range(101)}

    assert raw(world, "GET", b"/livez", headers=many) == (431, "headers-too-large")


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Idempotency-Key", "If-Match", "Content-Type", "Purpose", "On-Behalf-Of"),
        *("On-Behalf-Of-Reason", "Last-Event-ID", "Upload-Token", "Content-Disposition"),
    ],
)
def test_a_header_that_says_one_thing_is_sent_once(world: World, supervisor: dict[str, str], name: str):
    """Of two a proxy may count the one and we the other."""
    fields = [*supervisor.items(), ("Content-Type", "application/json"), (name, "one"), (name, "other")]

    answer = world.client.post("/v1/complaints", content=b"{}", headers=fields)

    assert told(answer) == (400, "malformed-header")
    assert answer.json()["detail"] == f"Send the header {name} once."


def test_where_a_body_ends_is_said_in_one_way(world: World):
    """Two ways let a request hide within another (RFC 9112, 6.3)."""
    both = {b"Content-Length": b"2", b"Transfer-Encoding": b"chunked"}

    assert raw(world, "POST", b"/v1/complaints", headers=both) == (400, "malformed-header")


@pytest.mark.parametrize("key", [b"\xff", b"a b", b"a\0b", b"", b"x" * 201])
def test_a_key_that_cannot_be_one_is_refused(world: World, key: bytes):
    answer = world.client.post(
        "/v1/complaints",
        json=A_COMPLAINT,
        headers={b"Idempotency-Key": key},
    )

    assert told(answer) == (400, "malformed-header")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/complaints/",
        "/v1//complaints",
        "//v1/complaints",
        "/v1/complaints//history",
        "/v1/forms/..%2f..%2fetc%2fpasswd",
        "/v1/forms/%2e%2e/complaints",
        "/v1/complaints/../../etc/passwd",
        "/v1/complaints/%2e%2e%2f",
        "/V1/complaints",
        "/v1/complaints;a=b",
        "/v1/complaints/" + "x" * 5_000,
        "/v1/complaints/00000000-0000-0000-0000-000000000000",
        "/v1/complaints/C-0000000000",
        "/v1/queues/..",
        "/v1/complaints/x/clocks/x/explain",
    ],
)
def test_an_address_that_is_none_is_not_found(world: World, supervisor: dict[str, str], path: str):
    """Nothing is redirected, folded or decoded twice."""
    answer = world.client.get(path, headers=supervisor, follow_redirects=False)

    assert told(answer) == (404, "not-found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_known_is_told_which_are(world: World, supervisor: dict[str, str], method: str):
    answer = world.client.request(method, "/v1/complaints", headers=supervisor)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert told(answer) == (405, "method-not-allowed")


@pytest.mark.parametrize("path", ["/livez", "/v1/forms/complaint", "/v1/complaints", "/v1/nothing"])
def test_what_can_be_read_has_a_head_without_a_body(world: World, supervisor: dict[str, str], path: str):
    """So that whoever watches an address need not read it (RFC 9110, 9.3.2)."""
    read, head = (world.client.request(each, path, headers=supervisor) for each in ("GET", "HEAD"))

    assert (head.status_code, head.content) == (read.status_code, b"")
    named = {"content-type", "content-length", "cache-control", "content-security-policy"}
    assert {n: head.headers[n] for n in named & set(head.headers)} == {
        n: read.headers[n] for n in named & set(read.headers)
    }


def test_no_header_makes_one_method_another(world: World, supervisor: dict[str, str], case: str):

    assert world.get(f"/v1/complaints/{case}", supervisor | OVERRIDES).status_code == 200
    assert world.send(OVERRIDES).status_code == 201
