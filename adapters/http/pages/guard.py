"""Who may look at the pages: a browser on this machine, until there is sign-in."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request
from starlette.exceptions import HTTPException

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORM_LIMIT = 1_000_000
"""Bytes of one form: room for every text at its longest, in any script."""
FIELDS_LIMIT = 100


def loopback_only(request: Request) -> None:
    """Refuse a Host that is not this machine: another site's name may point here (DNS rebinding)."""
    host = request.headers.get("host", "")
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    if name.lower() not in LOOPBACK:
        raise HTTPException(403, "The pages of the demo answer on this machine alone; use http://127.0.0.1.")


def same_origin(request: Request) -> None:
    """Refuse a form that another site sends.

    Nobody is signed in, so there is no session to ride on and no token to hide in the
    form; what browsers say about the sender is enough to keep other sites from writing.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    foreign = site not in {"same-origin", "none"} if site else origin not in {None, own}
    if foreign:
        raise HTTPException(403, "This form was sent from another site; open it here and send it again.")


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
