"""Which events of a ticket arm a timer, and which disarm it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.kernel import Event
from domain.ticket import events as e

AUTO_CLOSE = "auto_close"


def _solved(event: e.Solved) -> Mapping[str, datetime | None]:
    return {AUTO_CLOSE: event.closes_at}


def _ended_or_reopened(_event: Event) -> Mapping[str, datetime | None]:
    return {AUTO_CLOSE: None}


RULES: Mapping[type[Event], Callable[[Any], Mapping[str, datetime | None]]] = {
    e.Solved: _solved,
    e.Closed: _ended_or_reopened,
    e.Reopened: _ended_or_reopened,
}
