"""Templates and the answers made of them."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from adapters.http.pages import words
from adapters.http.pages.below import linked
from adapters.identity.sessions import Session

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates; an unknown name in one is an error, and everything is escaped."""
    made = Environment(
        loader=PackageLoader("adapters.http.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = words.plain
    made.filters["human"] = words.human
    made.filters["number"] = words.number
    made.filters["category"] = words.category
    made.filters["month"] = words.month
    return made


def page(
    request: Request, template: str, *, status: int = 200, language: str = "en", **shown: object
) -> HTMLResponse:
    """Return the page that *template* makes of what is *shown*, and around it who is signed in."""
    session: Session | None = getattr(request.state, "session", None)
    around = {
        "demo": request.app.state.demo is not None,
        "who": getattr(request.state, "who", None),
        "mark": session.mark if session else "",
    }
    said = words.of_pages(language)
    html = environment().get_template(template).render(language=language, said=said, **around, **shown)
    headers = HEADERS | {"Cache-Control": "no-store", "Content-Language": language}
    return HTMLResponse(linked(request, html), status, headers)


def asset(name: str) -> Response | None:
    """Return a style sheet or picture of ours, or None when there is none of that name."""
    kind = TYPES.get(name.rpartition(".")[2])
    path = files("adapters.http.pages") / "assets" / name
    if kind is None or "/" in name or not path.is_file():
        return None
    return Response(path.read_bytes(), media_type=kind, headers=HEADERS | {"Cache-Control": "no-cache"})
