"""What holds for every request: who asks, what is too much, what is logged, how errors look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import LogCapture, capture_logs

from adapters.http.problems import RULES
from adapters.tokens import revoke
from domain import calendars, deadlines, errors
from domain.access import Role
from domain.errors import DomainError
from tests.http.world import START, World, pointers, problem


def test_a_token_that_opens_nothing_is_refused_also_where_none_is_needed(world: World):
    gone = world.token(Role.HANDLER, expires_at=START)
    for header in (gone["Authorization"], "Bearer nonsense", "Bearer ", "Basic eDp5", "Bearer " + "x" * 600):
        for answer in (
            world.get("/v1/complaints", {"Authorization": header}),
            world.send({"Authorization": header}),
        ):
            assert problem(answer, "unauthenticated", 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused(world: World):
    handler = world.token(Role.HANDLER)
    assert world.get("/v1/complaints", handler).status_code == 200

    revoke(world.plaint, world.plaint.queries.tokens()[0].id)
    world.settle()

    assert problem(world.get("/v1/complaints", handler), "unauthenticated", 401)


def test_an_expired_token_is_refused_from_its_last_instant_on(world: World):
    handler = world.token(Role.HANDLER, expires_at=START.replace(hour=17))
    world.later(minutes=59, seconds=59)
    assert world.get("/v1/complaints", handler).status_code == 200
    world.later(seconds=1)
    assert world.get("/v1/complaints", handler).status_code == 401


@pytest.mark.parametrize("path", ["/v1/complaints", "/v1/complaints/x/close"])
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "malformed-json", 400),
        (b"\xff\xfe", "malformed-json", 400),
        (b'{"a": NaN}', "malformed-json", 400),
        (b'{"details": "\\ud800"}', "malformed-json", 400),
        (b"[" * 300 + b"]" * 300, "malformed-json", 400),
        (b"[" * 100_000, "malformed-json", 400),
        (b'{"a": ' + b"9" * 10_000 + b"}", "malformed-json", 400),
        (b"[]", "invalid", 422),
        (b"x" * (1 << 20) + b"x", "too-large", 413),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    world: World, supervisor: dict[str, str], *, path: str, body: bytes, kind: str, status: int
):
    path = path.replace("/x/", f"/{world.received()}/")
    headers = supervisor | {"Content-Type": "application/json", "If-Match": '"3"'}

    assert problem(world.client.post(path, content=body, headers=headers), kind, status)


def test_a_large_body_is_refused_though_its_length_is_not_announced(world: World):
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * (1 << 16)

    answer = world.client.post(
        "/v1/complaints", content=chunks(), headers={"Content-Type": "application/json"}
    )

    assert problem(answer, "too-large", 413)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_of_another_kind_is_refused(world: World, headers: dict[str, str]):
    assert problem(
        world.client.post("/v1/complaints", content=b"{}", headers=headers), "unsupported-media-type", 415
    )


@pytest.mark.parametrize("path", ["/", "/v2/complaints", "/v1", "/v1/complaints/", "/redoc"])
def test_an_address_that_is_not_there_is_a_problem_too(world: World, path: str):
    assert problem(world.get(path), "not-found", 404)


def test_a_method_that_is_not_known_is_told_which_are(world: World):
    answer = world.client.put("/v1/complaints")

    assert problem(answer, "method-not-allowed", 405)
    assert answer.headers["allow"] == "GET, POST"


def test_a_failure_shows_nothing_of_its_inside(
    world: World, supervisor: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("someone@example.org")

    monkeypatch.setattr(world.plaint.queries, "cases", fail)
    with capture_logs() as logs:
        answer = world.get("/v1/complaints", supervisor)

    assert problem(answer, "internal", 500) == {"detail": "Try again; report the X-Request-Id when it stays."}
    assert answer.headers["x-request-id"]
    assert [(each["event"], each.get("error")) for each in logs] == [
        ("request_failed", "RuntimeError"),
        ("request", None),
    ]
    assert "someone" not in str(logs)


def test_a_database_that_is_away_is_told_with_when_to_come_back(
    world: World, supervisor: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(world.plaint.queries, "cases", fail)
    monkeypatch.setattr(world.plaint.store, "ends", fail)

    for path in ("/v1/complaints", "/readyz"):
        answer = world.get(path, supervisor)
        assert problem(answer, "unavailable", 503)
        assert answer.headers["retry-after"]


def test_every_answer_has_a_number_and_safe_headers(world: World):
    given = world.get("/livez", {"X-Request-Id": "abc-1.2_3"})
    for wrong in ("a b", "x" * 129, "a\tb", ""):
        assert re.fullmatch(
            r"[0-9a-f]{32}", world.get("/livez", {"X-Request-Id": wrong}).headers["x-request-id"]
        )
    refused = world.get("/v1/complaints")

    assert given.headers["x-request-id"] == "abc-1.2_3"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["referrer-policy"] == "no-referrer"
    assert refused.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_log_has_one_line_a_request_and_nothing_of_a_person(world: World, supervisor: dict[str, str]):
    id = world.received()
    capture = LogCapture()
    import structlog

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    try:
        world.get(f"/v1/complaints/{id}?secret=someone@example.org", supervisor | {"X-Request-Id": "r1"})
        world.send()
    finally:
        structlog.reset_defaults()

    requests = [each for each in capture.entries if each["event"] == "request"]
    lines = [{name: value for name, value in each.items() if name != "ms"} for each in requests]
    lines[1].pop("request_id")
    [recorded] = [each for each in capture.entries if each["event"] == "recorded"]
    assert set(recorded) - {"event", "log_level", "request_id"} == {
        "case_id",
        "version",
        "position",
        "correlation_id",
    }
    assert lines == [
        {
            "event": "request",
            "log_level": "info",
            "request_id": "r1",
            "method": "GET",
            "route": "/v1/complaints/{id}",
            "status": 422,
        },
        {"event": "request", "log_level": "info", "method": "POST", "route": "/v1/complaints", "status": 201},
    ]


def test_health_tells_a_stopped_or_late_read_model(world: World, monkeypatch: pytest.MonkeyPatch):
    assert world.get("/livez").json() == {"status": "alive"}
    assert world.get("/readyz").json() == {
        "status": "ready",
        "position": f"00:{world.plaint.store.count()}",
        "lag": world.get("/readyz").json()["lag"],
        "search_lag": world.get("/readyz").json()["search_lag"],
        "reactions_parked": [],
    }
    monkeypatch.setattr("adapters.http.health.MAX_LAG", -1)
    assert problem(world.get("/readyz"), "unavailable", 503)
    monkeypatch.setattr(world.plaint.views, "stopped", lambda: {"queue": "00:3: unreadable"})
    assert "queue" in problem(world.get("/readyz"), "unavailable", 503)["detail"]


def test_every_rule_with_a_status_of_its_own_is_a_rule_of_the_desk():
    assert all(issubclass(rule, DomainError) for rule in RULES)
    assert {errors.NotReceived, calendars.CalendarExhausted, deadlines.OutOfReach} <= RULES.keys()


def test_an_id_in_any_spelling_is_the_same_case(world: World, supervisor: dict[str, str]):
    id = world.received()

    assert world.get(f"/v1/complaints/{UUID(id).hex.upper()}", supervisor).json()["id"] == id
    assert pointers(world.get(f"/v1/complaints/{id}?x=1", supervisor)) == ["x"]
