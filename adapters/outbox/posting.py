"""One message sent: to an address that was judged, in a bounded time, and only the status kept.

No redirect is followed and no proxy of the environment is used: httpcore knows neither.  The
connection goes to the judged address, while TLS and the Host header keep the name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, TypeAlias

import httpcore2 as httpcore

from adapters.outbox.addresses import Guard, NotResolved, Target, UrlRefused
from adapters.outbox.retries import asked_for

SECONDS = 10.0
"""How long one attempt may take, all in all."""
MOST_BODY = 4_096
"""Bytes of an answer that are read before the connection is closed; none are kept."""

Error: TypeAlias = Literal[
    "answer", "redirect", "gone", "timeout", "unreachable", "unresolved", "address_refused", "tls", "protocol"
]
"""Why an attempt failed."""


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt; *error* is None when the receiver took the message."""

    status: int | None = None
    error: Error | None = None
    retry_after: timedelta | None = None


class Poster:
    """Sends messages to where *guard* lets them go; *context* is TLS with the trust of the machine."""

    def __init__(
        self,
        guard: Guard,
        *,
        now: Callable[[], datetime],
        seconds: float = SECONDS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.guard, self.now, self.seconds = guard, now, seconds
        self._given = context

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What certificates are checked by."""
        return self._given or httpcore.default_ssl_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Send *body* to *url* once; whatever happens is an outcome, not an error."""
        end = time.monotonic() + self.seconds
        try:
            target = self.guard.read(url)
            found = self.guard.addresses(target, end - time.monotonic())
            return self._post(_Pinned(found, end), target, body, headers)
        except NotResolved:
            return Outcome(error="unresolved")
        except UrlRefused:
            return Outcome(error="address_refused")
        except httpcore.TimeoutException:
            return Outcome(error="timeout")
        except httpcore.NetworkError as error:
            wrong = any(isinstance(each, ssl.SSLError) for each in error.args)
            return Outcome(error="tls" if wrong else "unreachable")
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
            return Outcome(error="protocol")

    def _post(self, backend: _Pinned, target: Target, body: bytes, headers: Mapping[str, str]) -> Outcome:
        # Made of the parts that were judged: no second reader of the address can find another host in it.
        host = f"[{target.host}]" if ":" in target.host else target.host
        url = httpcore.URL(scheme=target.scheme, host=host, port=target.port, target=target.path)
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self.seconds)
        extensions = {"timeout": timeout, "sni_hostname": target.host}
        sent = [("Connection", "close"), *headers.items()]
        with (
            httpcore.ConnectionPool(self.context, network_backend=backend) as pool,
            pool.stream("POST", url, headers=sent, content=body, extensions=extensions) as response,
        ):
            outcome = self._judged(response.status, dict(response.headers))
            _read_some(response.iter_stream())
            return outcome

    def _judged(self, status: int, headers: Mapping[bytes, bytes]) -> Outcome:
        if 200 <= status < 300:
            return Outcome(status)
        if status == 410:
            return Outcome(status, "gone")
        lower = {name.lower(): value for name, value in headers.items()}
        asked = lower.get(b"retry-after", b"").decode("latin-1") or None
        error: Error = "redirect" if 300 <= status < 400 else "answer"
        return Outcome(status, error, asked_for(asked, self.now()))


def _read_some(chunks: Iterable[bytes]) -> None:
    """Read the beginning of an answer, so that a receiver which still writes is not cut off at once."""
    got = 0
    try:
        for chunk in chunks:
            got += len(chunk)
            if got >= MOST_BODY:
                return
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        return  # the status has been said


class _Pinned(httpcore.NetworkBackend):
    """Connects to addresses that were judged, whatever name is asked for, and to nothing after *end*."""

    def __init__(self, addresses: list[str], end: float) -> None:
        self._addresses, self._end = addresses, end
        self._beneath = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the addresses that answers."""
        del host, timeout, local_address, socket_options
        failed: Exception | None = None
        for address in self._addresses:
            try:
                stream = self._beneath.connect_tcp(address, port, _left(self._end, httpcore.ConnectTimeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Bounded(stream, self._end)
        raise failed or httpcore.ConnectError


class _Bounded(httpcore.NetworkStream):
    """A stream on which every step together ends by an instant: a receiver cannot drip for ever."""

    def __init__(self, beneath: httpcore.NetworkStream, end: float) -> None:
        self._beneath, self._end = beneath, end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes in the time that is left."""
        del timeout
        return self._beneath.read(max_bytes, _left(self._end, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write in the time that is left."""
        del timeout
        self._beneath.write(buffer, _left(self._end, httpcore.WriteTimeout))

    def close(self) -> None:
        """Let the connection go."""
        self._beneath.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Begin TLS for the name, in the time that is left."""
        del timeout
        left = _left(self._end, httpcore.ConnectTimeout)
        return _Bounded(self._beneath.start_tls(ssl_context, server_hostname, left), self._end)

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream beneath knows."""
        return self._beneath.get_extra_info(info)


def _left(end: float, error: type[Exception]) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise error
    return left
