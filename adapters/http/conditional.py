"""Writes that are safe to repeat and cannot overwrite: Idempotency-Key, If-Match, ETag, and bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Annotated, Any, Never, TypeAlias, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Header
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters import desk
from adapters.desk import Answer
from adapters.http.problems import Kind, Problem, invalid
from domain.kernel import Value

M = TypeVar("M", bound=Value)


class NamedTwice(ValueError):
    """An object in the body has the same name twice."""


KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,200})"?')
TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')
VERSION = re.compile(r"[1-9][0-9]{0,8}")

IdempotencyKey: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Makes the request safe to repeat for 72 hours: "
        "the same key and body get the first answer again.",
        json_schema_extra={
            "minLength": 1,
            "maxLength": 200,
            "example": "2f1c9b1e-5d0f-4a52-9a43-b7a1c0de1f00",
        },
    ),
]
IfMatch: TypeAlias = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of the case as you read it; `*` stands for any version.",
        json_schema_extra={"example": '"4"'},
    ),
]


class InFlight:
    """The keyed requests that this process is carrying out; what another process does is told by receipts."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str, str]] = set()
        self._lock = Lock()

    @contextmanager
    def alone(self, request: desk.Request | None) -> Generator[None]:
        """Carry out *request* while nobody else here carries out one under its key, or refuse it."""
        if request is None:
            yield
            return
        key = (request.principal, request.path, request.key)
        with self._lock:
            if key in self._keys:
                raise Problem(Kind.IN_PROGRESS, headers={"Retry-After": "1"})
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


@dataclass(frozen=True)
class Sent:
    """A request that records events: what it asks, before anything of it is judged."""

    request: Request
    body: bytes
    key: str | None

    def under_key(self, principal: str) -> desk.Request | None:
        """Return the request as one that may be repeated; None without a key."""
        if self.key is None:
            return None
        asks = f"{self.request.method}\0".encode() + self._canonical
        return desk.Request(principal, self.key, asks, self.request.url.path)

    @contextmanager
    def alone(self, principal: str) -> Generator[desk.Request | None]:
        """Lend the request under its key, None without one, while no other like it is carried out here."""
        request = self.under_key(principal)
        in_flight: InFlight = self.request.app.state.in_flight
        with in_flight.alone(request):
            yield request

    def parsed(self, model: type[M]) -> M:
        """Return the body as *model*; nothing stands for an empty object."""
        if self.body:
            self._refuse_other_media()
        try:
            self._speak(self._said)
            return model.model_validate_json(self.body or b"{}", strict=True)
        except NamedTwice:
            raise Problem(Kind.MALFORMED_JSON, "Name each property of an object once.") from None
        except ValidationError as error:
            if error.errors(include_input=False, include_url=False)[0]["type"] == "json_invalid":
                raise Problem(Kind.MALFORMED_JSON) from None
            raise invalid(error) from None
        except (ValueError, RecursionError):
            raise Problem(Kind.MALFORMED_JSON) from None

    def read(self) -> dict[str, Any]:
        """Return the body, which was found to be an object, as it was sent."""
        return cast("dict[str, Any]", self._said)

    @cached_property
    def _said(self) -> object:
        """What the body says, read once; a ValueError where it says nothing that can be read."""
        return _json(self.body or b"{}")

    @property
    def _canonical(self) -> bytes:
        """The body so that the same JSON, written otherwise, is the same request."""
        if not self.body:
            return b""
        try:
            return json.dumps(self._said, sort_keys=True, separators=(",", ":")).encode()
        except (ValueError, RecursionError):
            return self.body

    def _speak(self, said: object) -> None:
        """Where no language is asked for, have mistakes told in the one that a form is filled in in."""
        language = cast("dict[str, object]", said).get("language") if isinstance(said, dict) else None
        if isinstance(language, str):
            self.request.state.language = language

    def _refuse_other_media(self) -> None:
        media, _, parameters = self.request.headers.get("content-type", "").lower().partition(";")
        charset = parameters.replace(" ", "").replace('"', "")
        encoding = self.request.headers.get("content-encoding", "identity").lower()
        plain = charset in {"", "charset=utf-8", "charset=utf8"} and encoding == "identity"
        if media.strip() != "application/json" or not plain:
            raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, headers={"Accept-Post": "application/json"})


async def sent(request: Request, key: IdempotencyKey = None) -> Sent:
    """Read the body, up to the cap of the receive path."""
    match = None if key is None else KEY.fullmatch(key.strip())
    if key is not None and match is None:
        raise Problem(
            Kind.MALFORMED_HEADER, "Write the Idempotency-Key in 1 to 200 printable ASCII characters."
        )
    return Sent(request, await request.body(), match and match[1])


Body: TypeAlias = Annotated[Sent, Depends(sent)]


def versions(if_match: str | None) -> frozenset[int] | None:
    """Return the versions that *if_match* allows, None for any; weak tags match none (RFC 9110, 8.8.3.2)."""
    if if_match is None:
        raise Problem(Kind.VERSION_REQUIRED)
    if if_match.strip() == "*":
        return None
    tags = [TAG.fullmatch(tag) for tag in if_match.split(",")]
    strong: set[int] = set()
    for tag in tags:
        if tag is None:
            raise Problem(
                Kind.MALFORMED_HEADER, 'Write If-Match as the ETag that you were given, such as "4".'
            )
        if tag[1] is None and VERSION.fullmatch(tag[2]):
            strong.add(int(tag[2]))
    return frozenset(strong)


def etag(version: int) -> str:
    """Return the strong tag of a case at *version*."""
    return f'"{version}"'


def answered(
    answer: Answer,
    *,
    location: str | None = None,
    merged_into: UUID | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """Return what a write answers, and *more* where there is more to say.

    Where the case was merged away, *merged_into* is the survivor on which the write landed.
    """
    body = {
        "id": str(answer.id),
        "reference": answer.reference,
        "version": answer.version,
        "position": answer.position,
        **(more or {}),
    }
    if merged_into is not None:
        body["merged_into"] = str(merged_into)
    headers = {"ETag": etag(answer.version)} | ({"Location": location} if location else {})
    return JSONResponse(body, answer.status, headers)


def _json(body: bytes) -> object:
    return json.loads(body, parse_constant=_no_number, object_pairs_hook=_once_each)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; refuse one that says the same name twice, since readers differ on which counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NamedTwice
    return found


def _no_number(name: str) -> Never:
    raise ValueError(name)
