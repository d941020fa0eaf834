"""Pages below a path that a proxy takes off (`PLAINT_ROOT_PATH`): what they link lies there too.

Templates and routes name addresses from the root, as they are without a proxy; here, in one place,
the path is put before them.
"""

from __future__ import annotations

import re

from fastapi import Request, Response

ADDRESS = re.compile(r'\b(href|src|action|formaction)="(/[^"]*)"')
"""An address of ours in a page; what people wrote has its quotes escaped, and is none."""


def linked(request: Request, html: str) -> str:
    """Return the page *html* with every address of ours below the path."""
    if not _path(request):
        return html
    return ADDRESS.sub(lambda found: f'{found[1]}="{_below(request, found[2])}"', html)


def led(request: Request, answer: Response) -> Response:
    """Return *answer*, leading below the path where it leads to a page of ours."""
    location = answer.headers.get("location", "")
    if _path(request) and location.startswith("/"):
        answer.headers["location"] = _below(request, location)
    return answer


def within(request: Request) -> str:
    """Return the path of the request as routes know it."""
    return request.url.path.removeprefix(_path(request))


def _path(request: Request) -> str:
    return request.scope.get("root_path", "").rstrip("/")


def _below(request: Request, address: str) -> str:
    """Return *address* below the path; one that lies there stays, as where to go on after signing in."""
    path = _path(request)
    return address if address == path or address.startswith((f"{path}/", f"{path}?")) else f"{path}{address}"
