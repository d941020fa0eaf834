"""What every request goes through: a number, caps on what is sent, safe headers, one line in the log."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import anyio
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.admission import credentials_of
from adapters.http.limits import TOLD, TURN, Limits, address_of
from adapters.http.problems import Kind, Problem
from adapters.http.tongue import told
from domain.attachments.limits import MOST_BYTES, MOST_SIGNED_IN

log = structlog.get_logger()

MAX_BODY = 1 << 20
BODY_SECONDS = 30.0
"""How long a whole body may take to come: a slow sender holds a connection, never a thread."""
UPLOADS = re.compile(r"/v1/(complaints|tickets)/[^/]+/attachments|/my/case/files")
MAX_UPLOAD = MOST_SIGNED_IN * MOST_BYTES + MAX_BODY
"""Files are read piece by piece: what is sealed of them waits in a file, and their number is counted."""
UPLOAD_SECONDS = 1_200.0
"""Twenty minutes: half a gigabyte by a line of three and a half megabits a second."""
MAX_HEADERS = 32 << 10
MAX_HEADER_FIELDS = 100
SAID = (
    "Authorization",
    "Content-Disposition",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "Last-Event-ID",
    "On-Behalf-Of",
    "On-Behalf-Of-Reason",
    "Purpose",
    "Upload-Token",
)
"""Headers by which a request says one thing each."""
ONCE = {name.lower().encode(): name for name in SAID}
"""They are taken once: of two lines a proxy may count the one and we the other."""
BODILESS = "plaint.bodiless"
"""In a request's scope where its answer goes without its body."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
FRAMES = 8
"""Places of a failure that are logged; messages and values are not, they may concern a person."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}
API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

Fields: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""The header fields of an answer, as they are sent."""


class Frame:
    """Wraps the application, which clients reach at *public_url*."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        public_url: str | None = None,
        max_body: int = MAX_BODY,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.app, self.limits = app, limits
        self.max_body, self.body_seconds = max_body, body_seconds
        headers = HEADERS | (HSTS if (public_url or "").startswith("https:") else {})
        self.headers, self.api_headers = _fields(headers), _fields(headers | API_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":  # GET without its body (RFC 9110, 9.3.2), which the server leaves out
            scope = {**scope, "method": "GET", BODILESS: True}
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = _Answer(send, scope, request_id, self)
        began = time.perf_counter()
        try:
            await self._answer(scope, receive, answer, headers)
        except ClientDisconnect:
            answer.status = answer.status or 499
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, places=_places(error))  # noqa: TRY400 - no values
            if answer.status:
                raise
            await told(Problem(Kind.INTERNAL), Request(scope))(scope, receive, answer)
        finally:
            if TURN in scope:
                self.limits.turns.end(scope[TURN])
            log.info(
                "request",
                method=method,
                route=getattr(scope.get("route"), "path", "-"),
                status=answer.status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer, headers: Headers) -> None:
        shown = headers.get("authorization")
        problem = _unreadable(scope) or self._refusal(scope, shown)
        if problem is not None:
            await told(problem, Request(scope))(scope, receive, answer)
            return
        body = _Body(receive, headers, *self._caps(scope))
        await self.app(scope, body, answer)
        if answer.status == 401 and shown is not None:
            self.limits.refused.take(address_of(scope))

    def _caps(self, scope: Scope) -> tuple[int, float]:
        """Return how large the body may be, and how long it may take."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["method"] == "POST" and UPLOADS.fullmatch(path):
            return MAX_UPLOAD, UPLOAD_SECONDS
        return self.max_body, self.body_seconds

    def _refusal(self, scope: Scope, shown: str | None) -> Problem | None:
        """Return the answer to an address that goes on showing tokens that open nothing."""
        if shown is None:
            return None
        budget = self.limits.guessing(address_of(scope), credentials_of(shown))
        return None if budget is None else Problem(Kind.TOO_MANY_REQUESTS, headers=budget.headers())


class _Answer:
    """Sends an answer with the headers that every answer has."""

    def __init__(self, send: Send, scope: Scope, request_id: str, frame: Frame) -> None:
        self.send, self.scope, self.request_id, self.status = send, scope, request_id, 0
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        self.defaults = frame.api_headers if path.startswith("/v1/") else frame.headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-Id"] = self.request_id
            fields = message["headers"]
            given = {name.lower() for name, _ in fields}
            fields.extend(each for each in (*self.defaults, *self._told()) if each[0] not in given)
        await self.send(message)

    def _told(self) -> Fields:
        """Return what is told of the sender's budget."""
        return _fields(self.scope.get(TOLD, {}))


class _Body:
    """Receives a body of at most so many bytes, announced or not, within so many seconds."""

    def __init__(self, receive: Receive, headers: Headers, most: int, seconds: float) -> None:
        announced = headers.get("content-length", "0")
        self.too_large = announced.isascii() and announced.isdigit() and int(announced[:20]) > most
        self.receive, self.most, self.end = receive, most, time.monotonic() + seconds
        self.got, self.whole = 0, False

    async def __call__(self) -> Message:
        if self.too_large:
            raise HTTPException(413)
        if self.whole:
            return await self.receive()
        with anyio.move_on_after(self.end - time.monotonic()):
            message = await self.receive()
            self.got += len(message.get("body", b""))
            if self.got > self.most:
                raise HTTPException(413)
            self.whole = not message.get("more_body", False)
            return message
        raise HTTPException(408)


def _fields(headers: Mapping[str, str]) -> Fields:
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


def _unreadable(scope: Scope) -> Problem | None:
    """Return what is wrong with headers or address before anybody looks at what they say."""
    fields = scope["headers"]
    if len(fields) > MAX_HEADER_FIELDS or sum(len(n) + len(v) for n, v in fields) > MAX_HEADERS:
        return Problem(Kind.HEADERS_TOO_LARGE, headers={"Connection": "close"})
    if problem := _said_twice(fields):
        return problem
    try:
        for part in (scope.get("raw_path") or b"", scope["query_string"]):
            unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return Problem(Kind.BAD_REQUEST, "Write the address in percent-encoded UTF-8.")
    return None


def _said_twice(fields: list[tuple[bytes, bytes]]) -> Problem | None:
    """Return what is wrong with headers of which readers differ on what they say (RFC 9112, 6.3)."""
    names = {name for name, _ in fields}
    if b"transfer-encoding" in names and b"content-length" in names:
        detail = "Say with Content-Length or with Transfer-Encoding where the body ends, not with both."
        return Problem(Kind.MALFORMED_HEADER, detail, headers={"Connection": "close"})
    if len(names) == len(fields):
        return None
    given = [name for name, _ in fields]
    twice = next((said for name, said in ONCE.items() if given.count(name) > 1), None)
    return Problem(Kind.MALFORMED_HEADER, f"Send the header {twice} once.") if twice else None


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
