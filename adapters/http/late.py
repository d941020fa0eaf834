"""Routes that are made whole when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from threading import RLock
from typing import Any, Self, cast

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import Match, compile_path, get_name
from starlette.types import Scope

from adapters.http.quick import handler

_making = RLock()


class Late(APIRoute):
    """A route of which nothing but its address is known until it is asked for.

    To look at the parameters of one takes some two milliseconds, and there are two hundred: a
    desk would open almost half a second later.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
        **settings: Any,
    ) -> None:
        self.path, self.endpoint, self.include_in_schema = path, endpoint, include_in_schema
        self.name = get_name(endpoint) if name is None else name
        self.methods = {each.upper() for each in methods or ("GET",)}
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._begins, self._ends = path.partition("{")[0], path.rpartition("}")[2]
        self._settings, self._made = settings, False

    def __getattr__(self, name: str) -> Any:
        """Make the route: nothing that it has is looked for here afterwards."""
        if name.startswith("__"):
            raise AttributeError(name)
        with _making:
            if not self._made:
                self._made = True  # first: what is missing while it is made is missing indeed
                known = {"methods": self.methods, "name": self.name}
                super().__init__(
                    self.path,
                    self.endpoint,
                    include_in_schema=self.include_in_schema,
                    **known,
                    **self._settings,
                )
            return object.__getattribute__(self, name)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether a request is for this route.

        Most routes are told apart by how the address begins or ends, at a tenth of the price.
        """
        path: str = scope["path"]
        if not scope.get("root_path") and not (path.startswith(self._begins) and path.endswith(self._ends)):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Any:
        """Return what answers a request, in short where it can (`quick`)."""
        provider = self.dependency_overrides_provider
        whole = super().get_route_handler()
        return handler(self.dependant, whole, lambda: provider and provider.dependency_overrides)

    def within(self, app: FastAPI, passed: Iterable[Depends]) -> Self:
        """Return the same route of *app*, whose requests go through what is *passed* first."""
        router = app.router
        settings = self._settings | {
            "dependencies": [*passed, *self._settings["dependencies"]],
            "dependency_overrides_provider": router.dependency_overrides_provider,
            "generate_unique_id_function": router.generate_unique_id_function,
        }
        return type(self)(
            self.path,
            self.endpoint,
            methods=self.methods,
            name=self.name,
            include_in_schema=self.include_in_schema,
            **settings,
        )


def take(app: FastAPI, router: APIRouter, *passed: Depends) -> None:
    """Give *app* the routes of *router*, whose requests go through what is *passed* first.

    An included router makes all its routes once more when the first request comes, and is
    looked through twice by every request.
    """
    for route in router.routes:
        app.router.routes.append(cast("Late", route).within(app, passed))
