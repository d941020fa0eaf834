"""The one HTTP client: asks other servers, waits so long for an answer, and reads so much of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from httpx2 import Client

SECONDS = 5.0
"""For one question: from the first packet to the end of the answer."""
MOST = 256 * 1024
"""Bytes of one answer; a set of keys is a few thousand."""


class Unanswered(Exception):
    """The other server gave no answer that can be used; the message says why, and quotes nothing of it."""


@dataclass(frozen=True)
class Answer:
    """A status and the bytes that came with it."""

    status: int
    body: bytes

    def document(self) -> dict[str, Any]:
        """Return the JSON object that the answer is; raise Unanswered when it is none."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Unanswered("the answer is no JSON object")
        return cast("dict[str, Any]", found)


def refuse_in_clear(url: str) -> None:
    """Raise Unanswered for an address that is neither https nor http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise Unanswered("the address cannot be read") from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and on_this_machine(host))):
        raise Unanswered("the address is not https")


def on_this_machine(host: str) -> bool:
    """Whether *host* names this machine: localhost, or an address of loopback."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Web:
    """Asks; follows no redirect, keeps connections for the next question, and is made when first used."""

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        most: int = MOST,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds, self.most, self._steady = seconds, most, steady
        self._client: Client | None = None
        self._lock = Lock()

    def get(self, url: str) -> dict[str, Any]:
        """Return the JSON object at *url*; raise Unanswered for anything but 200 and such an object."""
        answer = self._ask("GET", url, {"Accept": "application/json"})
        if answer.status != 200:
            raise Unanswered(f"status {answer.status}")
        return answer.document()

    def post_form(
        self, url: str, fields: Mapping[str, str], *, basic: tuple[str, str] | None = None
    ) -> Answer:
        """Send *fields* as a form, with a name and a password where *basic* gives them."""
        return self._ask("POST", url, {"Accept": "application/json"}, data=dict(fields), auth=basic)

    def close(self) -> None:
        """Let every connection go."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _ask(self, method: str, url: str, headers: dict[str, str], **more: Any) -> Answer:
        import httpx2

        refuse_in_clear(url)
        end = self._steady() + self.seconds
        more = {name: value for name, value in more.items() if value is not None}
        try:
            with self._open().stream(method, url, headers=headers, **more) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > self.most:
                        raise Unanswered("the answer is too long")
                    if self._steady() > end:
                        raise Unanswered("the answer takes too long")
                return Answer(response.status_code, bytes(body))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise Unanswered(type(error).__name__) from None

    def _open(self) -> Client:
        import httpx2

        with self._lock:
            if self._client is None:
                self._client = httpx2.Client(
                    timeout=httpx2.Timeout(self.seconds),
                    follow_redirects=False,
                    limits=httpx2.Limits(max_connections=8, keepalive_expiry=30),
                    headers={"User-Agent": "plaint"},
                )
            return self._client
