"""The short way from an address to its route.

FastAPI looks through every router in turn.  Here the parts of an address are looked up one by one; of
all routes that match, the first has it, as in FastAPI.  What is not found here, is `Unusual`, or comes
while a dependency is overridden, goes the usual way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.ways import Unusual, Way

WAY = "plaint.way"
"""Where in the scope of a request its way is kept."""
PART = re.compile(r"[^{}]+|\{([A-Za-z_]\w*)\}")
"""A part of an address as routes have it: a word, or the name of what stands there."""

End: TypeAlias = tuple[int, tuple[str, ...], Way | None]
"""Which of all routes it is, what its parameters are called, and its way, where there is one."""


class Straight:
    """Answers for *of* what it knows a way for, and hands everything else on to *app*."""

    def __init__(self, app: ASGIApp, *, of: FastAPI) -> None:
        self.app, self.of = app, of
        self._map: Map | None = None
        handlers = {
            kind: each for kind, each in of.exception_handlers.items() if kind not in (500, Exception)
        }
        self._answering = ExceptionMiddleware(_answer, handlers=handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and not self.of.dependency_overrides:
            if self._map is None:  # made at the first request, when every route is there
                self._map = Map(self.of)
            found = self._map.find(scope["method"], scope["path"].removeprefix(scope.get("root_path", "")))
        if found is None:
            await self.app(scope, receive, send)
            return
        way, parameters = found
        scope.update({"route": way.route, "endpoint": way.endpoint, "path_params": parameters, WAY: way})
        await self._answering(scope, receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    answer = await scope[WAY].answer(Request(scope, receive, send))
    await answer(scope, receive, send)


class _Place:
    """What may follow on the parts of an address so far."""

    def __init__(self) -> None:
        self.words: dict[str, _Place] = {}
        self.anything: _Place | None = None
        self.ends: dict[str, End] = {}
        """By method."""

    def after(self, part: str) -> _Place:
        """Return the place after a *part* of a route's address, made where there is none."""
        if not part.startswith("{"):
            return self.words.setdefault(part, _Place())
        if self.anything is None:
            self.anything = _Place()
        return self.anything

    def reached(
        self, parts: Sequence[str], values: tuple[str, ...] = ()
    ) -> Iterator[tuple[_Place, tuple[str, ...]]]:
        """Yield every place that *parts* lead to, each with what stood where anything may."""
        if not parts:
            yield self, values
            return
        part, *rest = parts
        if part in self.words:
            yield from self.words[part].reached(rest, values)
        if part and self.anything is not None:
            yield from self.anything.reached(rest, (*values, part))


class Map:
    """Every route of an application by its address."""

    def __init__(self, app: FastAPI) -> None:
        self._root = _Place()
        self._others: list[tuple[int, Any]] = []
        """Routes whose addresses are of another form, each with what says whether it matches."""
        for number, route in enumerate(iter_route_contexts(app.routes)):
            parts = (route.path_format or "{}").split("/")
            names = [PART.fullmatch(part) for part in parts if part]
            if route.methods and all(names) and route.path == route.path_format:
                self._add(number, route, parts, tuple(name[1] for name in names if name and name[1]))
            else:
                self._others.append((number, getattr(route.original_route, "path_regex", None)))

    def find(self, method: str, path: str) -> tuple[Way, dict[str, str]] | None:
        """Return the way for *path* and the parameters in it; None where it is not known here."""
        found = [
            (*place.ends[method], values)
            for place, values in self._root.reached(path.split("/"))
            if method in place.ends
        ]
        if not found:
            return None
        number, names, way, values = min(found, key=lambda each: each[0])
        if way is None or any(self._is_before(number, path)):
            return None
        return way, dict(zip(names, values, strict=True))

    def _is_before(self, number: int, path: str) -> Iterator[bool]:
        """Yield whether each of the other routes that come before that *number* has *path*."""
        for other, matches in self._others:
            if other < number:
                yield matches is None or matches.match(path) is not None

    def _add(self, number: int, route: RouteContext, parts: Sequence[str], names: tuple[str, ...]) -> None:
        place = self._root
        for part in parts:
            place = place.after(part)
        for method in route.methods or ():
            place.ends.setdefault(method, (number, names, _way(route)))


def _way(route: RouteContext) -> Way | None:
    try:
        return Way(route)
    except Unusual:
        return None
