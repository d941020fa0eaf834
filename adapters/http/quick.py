"""Routes given what they ask for in short, where a request brings nothing that has to be looked at.

FastAPI looks at every parameter of every dependency anew for each request, which takes a reading as
long as putting its document together.  A request without a query leaves all that could stand in it as it
is declared, and so does one without any of the header fields that its route knows: that is worked out
once, and what is left is to call the dependencies in their order.  A query goes FastAPI's own way, which
stays the rule for what a route means, and so does every route that asks for more than is known here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction, unwrap
from typing import Any, TypeAlias, cast, get_type_hints

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from pydantic import BaseModel
from starlette.datastructures import Headers, QueryParams

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
ANY_TEXT = (str, str | None)
"""What a parameter is for which any text will do."""
LASTING = (str, int, float, bool, type(None))
"""What a parameter may be by itself that every request can be given: nobody can change it."""


class _Unknown(Exception):
    """A route asks for something, or a request gives something, that is not known here."""


@dataclass
class _Asked:
    """What is asked of one part of a request: texts that are given as they came, and what is looked at."""

    texts: Sequence[tuple[str, str]]
    """By the parameter, the name under which each comes."""
    others: Sequence[Any]

    def given(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of the parameters that *part* of a request has."""
        values = {name: part[alias] for name, alias in self.texts if alias in part}
        return values | _valid(self.others, part) if self.others else values


@dataclass
class _Step:
    """One call: of a dependency, or at last of the route itself."""

    call: Callable[..., Awaitable[Any]]
    declared: Mapping[str, Any]
    """What its parameters are where nothing is sent."""
    models: Mapping[str, type[BaseModel]]
    """Those that each request gets one of its own of."""
    path: _Asked
    """What it asks of the address."""
    headers: _Asked
    """What it asks of the header."""
    request: str | None
    asked: Sequence[tuple[str, int]]
    """Its parameters that are answered by steps before it."""


def handler(dependant: Dependant, whole: Handler, overridden: Callable[[], object]) -> Handler:
    """Return what answers as *whole* does: in short where it can, by *whole* itself elsewhere.

    *overridden* tells whether dependencies have others in their place.
    """
    steps: list[_Step] = []
    named: set[bytes] = set()
    try:
        _plan(dependant, steps, named, {})
        _refuse_unless_an_answer(dependant.call)
    except _Unknown:
        return whole

    async def handle(request: Request) -> Response:
        if request.scope["query_string"] or overridden():
            return await whole(request)
        sent = any(name in named for name, _ in request.scope["headers"])
        try:
            # First: what cannot be read is refused by FastAPI, in whose order all is called.
            read = [_read(step, request, sent=sent) for step in steps]
        except _Unknown:
            return await whole(request)
        found: list[Any] = []
        for step, values in zip(steps, read, strict=True):
            values.update((name, found[place]) for name, place in step.asked)
            found.append(await step.call(**values))
        return found[-1]

    return handle


def _read(step: _Step, request: Request, *, sent: bool) -> dict[str, Any]:
    """Return what *request* gives to *step*; *sent* says whether any header field is there that is known."""
    values = {**step.declared, **{name: kind() for name, kind in step.models.items()}}
    if step.request is not None:
        values[step.request] = request
    values |= step.path.given(request.path_params)
    if sent:
        values |= step.headers.given(request.headers)
    return values


def _valid(fields: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    values, wrong = request_params_to_args(fields, given)
    if wrong:
        raise _Unknown
    return values


def _plan(of: Dependant, steps: list[_Step], named: set[bytes], known: dict[Any, int]) -> None:
    """Add the steps that end with the call of *of*, and the header fields that any of them looks at."""
    _refuse_what_is_not_known(of)
    asked: list[tuple[str, int]] = []
    for each in of.dependencies:
        if not each.use_cache or each.call not in known:
            _plan(each, steps, named, known)
            known[each.call] = len(steps) - 1
        if each.name is not None:
            asked.append((each.name, known[each.call]))
    declared = dict(_declared(of))
    named.update(name.encode("latin-1") for field in of.header_params for name in _names(field))
    steps.append(
        _Step(
            call=_awaited(of.call),
            declared={name: value for name, value in declared.items() if isinstance(value, LASTING)},
            models={name: type(value) for name, value in declared.items() if isinstance(value, BaseModel)},
            path=_asked(of.path_params),
            headers=_asked(of.header_params),
            request=of.request_param_name,
            asked=asked,
        )
    )


def _asked(fields: Sequence[Any]) -> _Asked:
    """Return *fields* with those apart that any text is good for, as it is."""
    texts = [
        each for each in fields if each.field_info.annotation in ANY_TEXT and not each.field_info.metadata
    ]
    return _Asked(
        texts=[(each.name, each.alias) for each in texts],
        others=[each for each in fields if each not in texts],
    )


def _refuse_what_is_not_known(of: Dependant) -> None:
    if (
        of.cookie_params
        or of.body_params
        or of.websocket_param_name
        or of.http_connection_param_name
        or of.response_param_name
        or of.background_tasks_param_name
        or of.security_scopes_param_name
        or of.own_oauth_scopes
        or of.parent_oauth_scopes
        or of.concurrency is not None
    ):
        raise _Unknown


def _declared(of: Dependant) -> Iterator[tuple[str, Any]]:
    """Yield the parameters of *of* as they are when neither a query nor its header fields are sent."""
    for fields, nothing in ((of.query_params, QueryParams("")), (of.header_params, Headers({}))):
        values, wrong = request_params_to_args(fields, nothing)
        if wrong or not all(map(_can_be_given, values.values())):
            raise _Unknown
        yield from values.items()


def _can_be_given(value: object) -> bool:
    """Whether *value* is what every request can be given, or is made as it is by its kind alone."""
    return isinstance(value, LASTING) or (isinstance(value, BaseModel) and type(value)() == value)


def _names(field: Any) -> Iterator[str]:
    """Yield how the header *field* may be named; one that has parts, or a choice of names, is not known."""
    info = field.field_info
    parts = isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    if parts or info.validation_alias not in (None, field.alias):
        raise _Unknown
    for name in (field.alias.lower(), field.name.lower()):
        yield from (name, name.replace("_", "-"))


def _awaited(call: Any) -> Callable[..., Awaitable[Any]]:
    """Return *call*, which gives an awaitable; what has to be handed to a thread is not known here."""
    if iscoroutinefunction(call) or iscoroutinefunction(cast("Any", type(call)).__call__):
        return call
    raise _Unknown


def _refuse_unless_an_answer(call: Any) -> None:
    """Refuse a route of which it is not declared that it gives a whole answer."""
    try:
        given = get_type_hints(unwrap(call)).get("return")
    except NameError:
        raise _Unknown from None
    if not (isinstance(given, type) and issubclass(given, Response)):
        raise _Unknown
