"""Impersonation: recorded on the user's stream before anything is done in their name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.desk import Desk
from domain.directory import User, user_id
from domain.directory.orders import Impersonate
from domain.directory.user import SITTING


class Sittings:
    """Knows which impersonations stand recorded; the user's own stream has the last word."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk, self._now = desk, now
        self._since: dict[tuple[str, str], datetime] = {}

    def begin(self, real: str, login: str, reason: str | None) -> None:
        """Record that *real* acts as the user, unless that is recorded of this sitting."""
        now, key = self._now(), (real, login)
        since = self._since.get(key)
        if since is not None and now - since < SITTING:
            return
        self._desk.command(user_id(login), Impersonate(reason=reason), real, kind=User)
        self._since[key] = now
