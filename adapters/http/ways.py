"""What a route depends on, worked out once: its dependencies in order, each with where its values come from.

FastAPI works it out for each request anew, which takes as long as the whole reading of a case.  The
dependencies are the same and are called in the same order, each once.  What FastAPI alone knows how
to give, such as a body that it reads or a dependency that is closed at the end, is `Unusual`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from inspect import isclass, iscoroutinefunction
from typing import Any, NamedTuple, get_type_hints

from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, RouteContext
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

UNUSUAL = (
    "cookie_params",
    "body_params",
    "websocket_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
    "own_oauth_scopes",
    "parent_oauth_scopes",
    "concurrency",
)
"""What a dependant may have that only FastAPI knows how to give."""
REQUESTS = ("request_param_name", "http_connection_param_name")
"""Where a dependant says under what name it takes the request."""


class Unusual(Exception):
    """A route asks for something that only FastAPI knows how to give."""


class _Step(NamedTuple):
    """One call, and where its values come from: the request, headers, what was called before."""

    call: Callable[..., Any]
    request: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, int], ...]

    def values(self, request: Request, done: Sequence[Any]) -> dict[str, Any]:
        """Return the values for the call, where *done* is what the calls before it returned."""
        values: dict[str, Any] = {name: done[place] for name, place in self.before}
        for name, header in self.headers:
            values[name] = request.headers.get(header)
        for name in self.request:
            values[name] = request
        return values


class Way:
    """How one route is answered; raises Unusual for one that FastAPI has to answer."""

    def __init__(self, route: RouteContext) -> None:
        if not isinstance(route.original_route, APIRoute) or route.endpoint is None:
            raise Unusual
        if route.body_field is not None or not _answers(route.endpoint):
            raise Unusual
        self.route, self.endpoint = route.original_route, route.endpoint
        self._waits = iscoroutinefunction(self.endpoint)
        self._steps: list[_Step] = []
        self._places: dict[Any, int] = {}
        self._last = self._step(route.dependant)
        self._path, self._query = route.dependant.path_params, route.dependant.query_params
        self._text = all(_is(field, str) for field in self._path)
        self._model = _model(self._query)

    async def answer(self, request: Request) -> Response:
        """Return the answer to *request*, or raise what a dependency or the route raises."""
        done: list[Any] = []
        for step in self._steps:
            done.append(await step.call(**step.values(request, done)))
        values = self._last.values(request, done) | self._parameters(request)
        if self._waits:
            return await self.endpoint(**values)
        return await run_in_threadpool(partial(self.endpoint, **values))

    def _parameters(self, request: Request) -> dict[str, Any]:
        """Return what the address and the query say; what cannot be wrong is not asked of FastAPI."""
        path, wrong = request.path_params, list[Any]()
        if not self._text:
            path, wrong = request_params_to_args(self._path, path)
        if self._model is not None and not request.scope["query_string"]:
            name, model = self._model
            query: dict[str, Any] = {name: model.model_validate({})}
        else:
            query, mistaken = request_params_to_args(self._query, request.query_params)
            wrong = [*wrong, *mistaken]
        if wrong:
            raise RequestValidationError(wrong)
        return {**path, **query}

    def _step(self, dependant: Any) -> _Step:
        """Return *dependant* as a step, once all that it depends on are steps before it."""
        if any(getattr(dependant, name) for name in UNUSUAL):
            raise Unusual
        before = [(each.name, self._place(each)) for each in dependant.dependencies]
        return _Step(
            dependant.call,
            tuple(name for name in map(dependant.__getattribute__, REQUESTS) if name is not None),
            tuple(_header(field) for field in dependant.header_params),
            tuple((name, place) for name, place in before if name is not None),
        )

    def _place(self, dependant: Any) -> int:
        """Return where the dependency stands; one that stands there already is not called again."""
        call = dependant.call
        if not dependant.use_cache or dependant.path_params or dependant.query_params or not _waits(call):
            raise Unusual
        if call not in self._places:
            step = self._step(dependant)
            self._places[call] = len(self._steps)
            self._steps.append(step)
        return self._places[call]


def _answers(endpoint: Callable[..., Any]) -> bool:
    """Whether what *endpoint* returns is an answer already, which FastAPI would hand on as it is."""
    try:
        returned = get_type_hints(endpoint).get("return")
    except NameError:
        return False
    return isclass(returned) and issubclass(returned, Response)


def _waits(call: Any) -> bool:
    """Whether *call* is a coroutine function, or an object that is called like one."""
    return iscoroutinefunction(call) or iscoroutinefunction(call.__call__)


def _is(field: Any, *kinds: Any) -> bool:
    """Whether any text will do for a parameter, so that there is nothing to be judged."""
    return field.field_info.annotation in kinds and not field.field_info.metadata


def _header(field: Any) -> tuple[str, str]:
    """Return the name of the parameter and of the header; only one that may be any text or be absent."""
    info = field.field_info
    if not _is(field, str | None) or info.default is not None or info.alias is None:
        raise Unusual
    return field.name, info.alias


def _model(fields: Sequence[Any]) -> tuple[str, type[BaseModel]] | None:
    """Return the name and the model of a query that is read as a whole and may be empty."""
    if len(fields) != 1:
        return None
    model = fields[0].field_info.annotation
    if not (isclass(model) and issubclass(model, BaseModel)):
        return None
    return (
        None if any(each.is_required() for each in model.model_fields.values()) else (fields[0].name, model)
    )
