"""How often one address may write without a token."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock

PER_MINUTE = 30
"""Complaints that one address may send in a minute; as many may come at once."""
ADDRESSES = 10_000
"""Addresses that are remembered; the one seen longest ago is forgotten first."""


class Bucket:
    """A token bucket for each address, in this process."""

    def __init__(self, per_minute: int = PER_MINUTE, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.rate, self.clock = per_minute, per_minute / 60, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str) -> int:
        """Take one request of *address*; return 0, or the seconds to wait when there is none left."""
        key, now = _network(address), self.clock()
        with self._lock:
            left, since = self._left.pop(key, (float(self.burst), now))
            left = min(self.burst, left + (now - since) * self.rate)
            allowed = left >= 1
            self._left[key] = (left - 1 if allowed else left, now)
            if len(self._left) > ADDRESSES:
                self._left.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / self.rate)


def _network(address: str) -> str:
    """Return the household behind *address*: an IPv6 customer has a whole /64."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(IPv6Network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)
