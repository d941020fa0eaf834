"""From where the pages may be asked for, and which forms are read."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException

from adapters.web import on_this_machine

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORM_LIMIT = 1_000_000
"""Bytes of one form: room for every text at its longest, in any script."""
FIELDS_LIMIT = 1_000
"""Inputs of one form: the longest that ships has some hundred once every list in it is full."""


def own_host(request: Request) -> None:
    """Refuse a Host that is neither ours nor this machine: any name may point here (DNS rebinding)."""
    host = request.headers.get("host", "").lower()
    if _name(host) not in LOOPBACK and not (host and host == _public(request)[1]):
        raise HTTPException(
            403,
            "The pages answer on this machine alone, and at PLAINT_PUBLIC_URL where it is set; "
            "use http://127.0.0.1, or have it set to the address that people use.",
        )


def from_this_machine(request: Request) -> bool:
    """Whether a browser on this machine asks, under a name of this machine."""
    asker = request.client.host if request.client else ""
    return on_this_machine(asker) and _name(request.headers.get("host", "").lower()) in LOOPBACK


def same_origin(request: Request) -> None:
    """Refuse a form that another site sends, by what browsers say about the sender.

    Forms of somebody who is signed in carry the mark of their session besides.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "").lower()
    own = {f"{request.url.scheme}://{host}", "://".join(_public(request))}
    foreign = site not in {"same-origin", "none"} if site else origin is not None and origin not in own
    if foreign:
        raise HTTPException(403, "This form was sent from another site; open it here and send it again.")


def _name(host: str) -> str:
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]


def _public(request: Request) -> tuple[str, str]:
    """Return scheme and host of the public address; nothing where it is not set."""
    parts = urlsplit(request.app.state.plaint.settings.public_url or "")
    return parts.scheme.lower(), parts.netloc.lower()


async def posted(request: Request) -> dict[str, list[str]]:
    """Return the fields of a form that was sent, each with its values."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise HTTPException(413, "The form is too long; shorten the texts and send it again.")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_LIMIT)
    except ValueError:
        raise HTTPException(400, "The form could not be read; open it again.") from None
