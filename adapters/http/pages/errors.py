"""What a browser sees when there is nothing to see."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

from adapters.http.pages.below import within
from adapters.http.pages.render import page

TITLES = {
    400: "That could not be read",
    403: "Not from here",
    404: "There is no such page",
    401: "Please sign in",
    405: "That is not done this way",
    410: "This is over",
    413: "That is too long",
    429: "Too many at once",
    500: "Something went wrong here",
    503: "One moment",
    507: "No room",
}
ADVICE = {
    404: "The address may be mistyped, or the case may not exist. Look for it in the queue.",
    500: "It has been written to the log. Nothing was half-saved; try again, or go back to the dashboard.",
    503: "What you sent is recorded; the lists are still catching up. Load the page again.",
}


def wants_page(request: Request) -> bool:
    """Whether a browser asks, for something that is not the API."""
    return "text/html" in request.headers.get("accept", "") and not within(request).startswith("/v1/")


def error_page(request: Request, status: int, detail: str | None = None) -> HTMLResponse:
    """Return the page for *status*, with *detail* in place of the usual advice."""
    title = TITLES.get(status, "That did not work")
    advice = detail or ADVICE.get(status) or "Go back and try again."
    return page(request, "error.html", status=status, title=title, code=status, advice=advice)


def page_for(request: Request, status: int, detail: str | None = None) -> HTMLResponse | None:
    """Return the page for a failed request, or None when the asker wants a problem document."""
    return error_page(request, status, detail) if wants_page(request) else None
