"""How often, and how much at once: budgets a minute and turns, each process for itself.

Budgets are moving windows over the last minute.  They are kept in memory: with several
processes each has its own, so what one client gets is at most the budget times their number.
"""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock
from typing import Any

import anyio
from starlette.requests import HTTPConnection

from adapters.http.problems import Kind, Problem

MINUTE = 60
KEYS = 10_000
"""Principals or addresses that a budget remembers, each until a minute after it was seen last."""
OTHERS = "others"
"""Who comes when so many are remembered shares one budget: nobody's starts anew for it."""
EVERYBODY = "everybody"
"""The one key of a budget that is the whole process's."""
PATIENCE = 5.0
"""Seconds for which a request waits until earlier ones of the same principal are answered."""
LOOK_AGAIN = 0.02
TOLD = "plaint.rate"
"""Where the frame finds in a request's scope what is to be told of its budget."""
TURN = "plaint.turn"
"""Where the frame finds whose turn the request holds, to be left when it is answered."""
AT_ONCE = "Too many of your requests are being answered at once; wait until some are."


@dataclass(frozen=True)
class Rates:
    """Requests a minute: of one principal, and without a token of one address."""

    principal: int = 6_000
    address: int = 600
    new_cases: int = 30
    """Cases sent from one address without a token."""
    refused: int = 30
    """Requests of one address whose token opens nothing."""
    sign_in: int = 30
    """Attempts of one address to sign in, or to come in by a link."""
    all_new_cases: int = 600
    """Cases sent without a token from all addresses together."""


NO_LIMITS = Rates(*[10**9] * 6)


@dataclass(frozen=True)
class Budget:
    """What is left of a budget, and for how many seconds; *wait* is 0 while there is something left."""

    name: str
    quota: int
    left: int
    resets: int
    wait: int = 0

    def headers(self) -> dict[str, str]:
        """Return the fields that tell it (draft-ietf-httpapi-ratelimit-headers-10)."""
        told = {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={MINUTE}',
            "RateLimit": f'"{self.name}";r={self.left};t={self.resets}',
        }
        return told | ({"Retry-After": str(self.wait)} if self.wait else {})


class Window:
    """A budget for each key over the last minute."""

    def __init__(self, name: str, quota: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self.quota, self.clock = name, quota, clock
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> Budget:
        """Take one of the budget of *key*, if one is left, and return what is left."""
        with self._lock:
            key = self._kept(key)
            now, taken = self._seen(key)
            spent = len(taken) >= self.quota
            if not spent:
                taken.append(now)
                self._taken[key] = taken
                self._taken.move_to_end(key)
            return self._budget(taken, now, spent=spent)

    def look(self, key: str) -> Budget:
        """Return what is left of the budget of *key*, and take nothing."""
        with self._lock:
            now, taken = self._seen(key)
            return self._budget(taken, now, spent=len(taken) >= self.quota)

    def _kept(self, key: str) -> str:
        """Return under what *key* is remembered; who was seen longest ago stands first."""
        if key in self._taken or len(self._taken) < KEYS:
            return key
        before = self.clock() - MINUTE
        while self._taken and next(iter(self._taken.values()))[-1] <= before:
            self._taken.popitem(last=False)
        return key if len(self._taken) < KEYS else OTHERS

    def _seen(self, key: str) -> tuple[float, deque[float]]:
        now, taken = self.clock(), self._taken.get(key) or deque[float]()
        while taken and taken[0] <= now - MINUTE:
            taken.popleft()
        return now, taken

    def _budget(self, taken: deque[float], now: float, *, spent: bool) -> Budget:
        resets = math.ceil(taken[0] + MINUTE - now) if taken else MINUTE
        return Budget(self.name, self.quota, self.quota - len(taken), resets, resets if spent else 0)


class Turns:
    """How many requests of one key are answered at once; later ones wait a while for their turn."""

    def __init__(self, most: int, *, patience: float = PATIENCE) -> None:
        self.most, self.patience = most, patience
        self._now: Counter[str] = Counter()
        self._lock = Lock()

    async def begin(self, key: str) -> None:
        """Wait for a turn, kept until its `end`; raise the problem of too many requests when none comes."""
        end = time.monotonic() + self.patience
        while not self._began(key):
            if time.monotonic() >= end:
                raise Problem(Kind.TOO_MANY_REQUESTS, AT_ONCE, headers={"Retry-After": "1"})
            await anyio.sleep(LOOK_AGAIN)

    def end(self, key: str) -> None:
        """Leave a turn of *key* to the next."""
        with self._lock:
            self._now[key] -= 1
            if not self._now[key]:
                del self._now[key]

    def _began(self, key: str) -> bool:
        with self._lock:
            begins = self._now[key] < self.most
            if begins:
                self._now[key] += 1
            return begins


class Limits:
    """Every budget and the turns of one application; *workers* are the threads that answer."""

    def __init__(self, rates: Rates, workers: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.principal = Window("principal", rates.principal, clock=clock)
        self.address = Window("address", rates.address, clock=clock)
        self.new_cases = Window("new-cases", rates.new_cases, clock=clock)
        self.all_new_cases = Window("all-new-cases", rates.all_new_cases, clock=clock)
        self.refused = Window("refused", rates.refused, clock=clock)
        self.sign_in = Window("sign-in", rates.sign_in, clock=clock)
        self.turns = Turns(max(1, workers // 2))
        self._proved: OrderedDict[str, None] = OrderedDict()

    def prove(self, credentials: str) -> None:
        """Remember that *credentials* have opened something lately."""
        self._proved[credentials] = None
        self._proved.move_to_end(credentials)
        if len(self._proved) > KEYS:
            self._proved.popitem(last=False)

    def guessing(self, address: str, credentials: str) -> Budget | None:
        """Return the spent budget of an address that has shown too many tokens that open nothing.

        Credentials that were good lately go on: others behind the same address share no blame.
        """
        budget = self.refused.look(address)
        return budget if budget.wait and credentials not in self._proved else None


def limits_of(request: HTTPConnection) -> Limits:
    """Return the limits of the application that *request* reached."""
    return request.app.state.limits


def spend(request: HTTPConnection, window: Window, key: str) -> None:
    """Take one of the budget of *key*; raise the problem of too many requests when none is left."""
    budget = window.take(key)
    request.scope[TOLD] = budget.headers()
    if budget.wait:
        raise Problem(Kind.TOO_MANY_REQUESTS)


def may_send(request: HTTPConnection) -> None:
    """Refuse a new case without a token from an address that has sent too many lately, or from any.

    Whoever has a network of version 6 has as many addresses as they like.
    """
    limits = limits_of(request)
    spend(request, limits.new_cases, address_of(request.scope))
    own = request.scope[TOLD]
    spend(request, limits.all_new_cases, EVERYBODY)
    request.scope[TOLD] = own


def may_try(request: HTTPConnection) -> None:
    """Refuse an attempt to come in from an address that has made too many lately."""
    spend(request, limits_of(request).sign_in, address_of(request.scope))


def may_look(request: HTTPConnection) -> None:
    """Refuse a page to an address that has asked for too many lately."""
    spend(request, limits_of(request).address, f"address {address_of(request.scope)}")


def address_of(scope: Any) -> str:
    """Return the household behind the address that a request came from: in version 6 a whole /64."""
    return _household(str((scope.get("client") or ("",))[0]))


@lru_cache(maxsize=KEYS)
def _household(address: str) -> str:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(IPv6Network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)
