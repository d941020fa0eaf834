"""What every request goes through: a number, a cap on its body, safe headers, one line in the log."""

from __future__ import annotations

import re
import time
import traceback
from pathlib import Path
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.problems import Kind, Problem

log = structlog.get_logger()

MAX_BODY = 1 << 20
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
FRAMES = 8
"""Places of a failure that are logged; messages and values are not, they may concern a person."""
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Frame:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, *, max_body: int = MAX_BODY) -> None:
        self.app, self.max_body = app, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = _Answer(send, scope, request_id)
        began = time.perf_counter()
        try:
            await self.app(scope, _capped(receive, headers, self.max_body), answer)
        except ClientDisconnect:
            answer.status = answer.status or 499
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, places=_places(error))  # noqa: TRY400 - no values
            if answer.status:
                raise
            await Problem(Kind.INTERNAL).response()(scope, receive, answer)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", "-"),
                status=answer.status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )


class _Answer:
    """Sends an answer with the headers that every answer has."""

    def __init__(self, send: Send, scope: Scope, request_id: str) -> None:
        self.send, self.request_id, self.status = send, request_id, 0
        self.defaults = HEADERS | (API_HEADERS if scope["path"].startswith("/v1/") else {})

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            for name, value in self.defaults.items():
                headers.setdefault(name, value)
        await self.send(message)


def _capped(receive: Receive, headers: Headers, most: int) -> Receive:
    """Return *receive* that refuses more than *most* bytes, announced or not."""
    announced = headers.get("content-length", "0")
    got = 0

    async def capped() -> Message:
        nonlocal got
        if announced.isdigit() and int(announced[:20]) > most:
            raise HTTPException(413)
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise HTTPException(413)
        return message

    return capped


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
