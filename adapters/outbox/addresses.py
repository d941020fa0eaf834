"""Where a webhook may point: never into this machine, its network, or a cloud's own services.

A name is resolved once, every address that it has is judged, and the connection goes to an
address that was judged (see `posting`): what the name says a moment later changes nothing.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import BoundedSemaphore, Thread
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

SECONDS = 10.0
"""How long a name may take to be resolved, where nobody has less patience."""
AT_ONCE = 32
"""Names that are being resolved at a time: the system cannot be told to give one up."""
_asking = BoundedSemaphore(AT_ONCE)

PORTS = {443, 8443}
MAX_URL = 320
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
"""A last label like this makes a host an IPv4 address to most readers of URLs (WHATWG URL, 3.5)."""
PRINTABLE = re.compile(r"[\x21-\x7e]+")
LOOPBACK = ("127.0.0.0/8", "::1/128")

CLOSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # services of a cloud's host, at an address that is otherwise public
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
"""The special-purpose registry of IPv4 (RFC 6890), multicast and what is reserved."""
OPEN_IPV6 = IPv6Network("2000::/3")
"""Global unicast; all else is local, mapped, translated (NAT64), multicast or not assigned."""
CLOSED_IPV6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)
"""Within it: Teredo and other protocols, examples, 6to4, which can carry a private IPv4 address."""


NOT_CALLED = (
    "The host of the address cannot be found, or lies in a network that is not called, or is not called in "
    "this way; check its name, use https on port 443 or 8443 of a public address, or name the network in "
    "PLAINT_WEBHOOK_ALLOW_PRIVATE."
)


class UrlRefused(Exception):
    """The address may not be called; the message says why and what to give instead."""


class NotResolved(UrlRefused):
    """The name has no address now; the message does not say so, lest it tell which names there are inside."""


@dataclass(frozen=True)
class Target:
    """The parts of an address that decide where the connection goes."""

    scheme: str
    host: str
    port: int
    path: str = "/"
    """Path and query."""


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses that the system knows for *host*."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def in_time(seconds: float, asked: Callable[[], T]) -> T:
    """Return what *asked* returns; raise TimeoutError when it takes longer, and let it end by itself.

    One that does not end keeps its place: of a resolver that hangs no more than AT_ONCE threads wait.
    """
    end = time.monotonic() + seconds
    if not _asking.acquire(timeout=max(0.0, seconds)):
        raise TimeoutError
    said: Future[T] = Future()

    def ask() -> None:
        try:
            said.set_result(asked())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            said.set_exception(error)
        finally:
            _asking.release()

    Thread(target=ask, name="resolve", daemon=True).start()
    return said.result(max(0.0, end - time.monotonic()))


class Guard:
    """Judges addresses; *allowed* are networks that are called though they are private."""

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolver = resolved) -> None:
        self.allowed, self.resolve = tuple(allowed), resolve

    def check(self, url: str) -> Target:
        """Return where *url* leads, when it may be called as things are; else raise UrlRefused."""
        target = self.read(url)
        self.addresses(target)
        return target

    def read(self, url: str) -> Target:
        """Return the parts of *url*; raise UrlRefused for what is oddly written."""
        if len(url) > MAX_URL or not PRINTABLE.fullmatch(url) or "\\" in url:
            raise UrlRefused(f"Give an address of at most {MAX_URL} printable ASCII characters.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UrlRefused("Give an address such as https://example.org/hook.") from None
        if parts.scheme not in {"https", "http"} or not parts.hostname or "://" not in url:
            raise UrlRefused("Give an address that begins with https:// and names a host.")
        if "@" in parts.netloc or parts.fragment or url.endswith("#"):
            raise UrlRefused("Leave out user, password and fragment; the signature proves who sends.")
        if parts.scheme == "http" and not self.allowed:
            raise UrlRefused(
                "Give an https address; http is for networks that PLAINT_WEBHOOK_ALLOW_PRIVATE names."
            )
        port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
        if not port or (port not in PORTS and not self.allowed):
            raise UrlRefused("Use port 443 or 8443.")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, _host(parts.hostname, bracketed="[" in parts.netloc), port, path)

    def addresses(self, target: Target, seconds: float = SECONDS) -> list[str]:
        """Resolve *target* and return its addresses; raise UrlRefused unless every one may be called."""
        try:
            names = in_time(seconds, lambda: self.resolve(target.host, target.port))
            found = [ip_address(each.partition("%")[0]) for each in names]
        except (OSError, UnicodeError, ValueError):
            found = []
        if not found:
            raise NotResolved(NOT_CALLED)
        within = [self._allows(each) for each in found]
        usual = target.scheme == "https" and target.port in PORTS
        if not all(
            allowed or (usual and is_public(each)) for each, allowed in zip(found, within, strict=True)
        ):
            raise UrlRefused(NOT_CALLED)
        return [str(each) for each in found]

    def _allows(self, address: Address) -> bool:
        return any(address.version == each.version and address in each for each in self.allowed)


def is_public(address: Address) -> bool:
    """Whether *address* is one that the whole Internet shares."""
    if isinstance(address, IPv4Address):
        return not any(address in each for each in CLOSED_IPV4)
    return address in OPEN_IPV6 and not any(address in each for each in CLOSED_IPV6)


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks that *text* lists, parted by commas; ``loopback`` stands for this machine.

    Raises ValueError that names the remedy.
    """
    names = [each.strip() for each in text.split(",") if each.strip()]
    try:
        return tuple(
            ip_network(each) for name in names for each in (LOOPBACK if name == "loopback" else (name,))
        )
    except ValueError:
        raise ValueError("Give networks parted by commas, such as loopback,10.1.0.0/16.") from None


def _host(host: str, *, bracketed: bool) -> str:
    if bracketed:
        try:
            address = IPv6Address(host)
        except ValueError:
            raise UrlRefused("Write an IPv6 address in full.") from None
        if address.scope_id is not None:
            raise UrlRefused("Write an IPv6 address without a zone.")
        return str(address)
    if NUMERIC.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise UrlRefused("Write an IPv4 address as four decimal numbers.") from None
    if len(host) > 253 or not NAME.fullmatch(host):
        raise UrlRefused("Give the host in ASCII letters, digits, hyphens and dots; xn-- for other scripts.")
    return host
