"""When a message that failed is tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST = timedelta(seconds=5)
FACTOR = 6
LONGEST = timedelta(hours=12)
ATTEMPTS = 12
"""With the longest waits twelve attempts take three days, on average half of that."""
GIVE_UP = timedelta(days=5)
"""Nothing but failures for so long, and the webhook is disabled."""


def ceiling(attempt: int) -> timedelta:
    """Return the longest wait after *attempt*, the first being 1."""
    return min(LONGEST, FIRST * FACTOR ** (attempt - 1))


def wait(attempt: int, chance: Callable[[int], bytes], asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after *attempt*: by chance up to the ceiling, and at least as *asked*.

    Full jitter: receivers that come back are not met by everything at once.  What a
    receiver asks for is heard up to the longest wait.
    """
    share = int.from_bytes(chance(8)) / 2**64
    drawn = ceiling(attempt) * share
    return drawn if asked is None else max(drawn, min(asked, LONGEST))


def asked_for(retry_after: str | None, now: datetime) -> timedelta | None:
    """Return the wait that a Retry-After header asks for (RFC 9110, 10.2.3), None when it asks for none."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
