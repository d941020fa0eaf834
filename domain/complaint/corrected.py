"""What a history says of its own corrections."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from domain.complaint.life_events import Corrected
from domain.kernel import Event


class Fact(NamedTuple):
    """Something that happened on the case, by the *word* that its policies hear, if they hear any."""

    version: int
    word: str | None
    at: datetime
    parts: frozenset[str]


class Heard(NamedTuple):
    """What policies hear: that *word* happened *at*, of a notice with its *parts*."""

    word: str
    at: datetime
    parts: frozenset[str]


def corrections(history: Iterable[Event]) -> dict[str, Any]:
    """Return what *history* corrected of the facts of a receipt, its instants aside, each as it is by now."""
    found = (event for event in history if isinstance(event, Corrected))
    facts = (event for event in found if event.event_version is None and event.new_at is None)
    return {each.what: each.new if each.new is not None else each.new_personal for each in facts}


def marked_in_error(history: Iterable[Event]) -> frozenset[int]:
    """Return the versions of those events of *history* that were recorded in error."""
    versions = (event.event_version for event in history if isinstance(event, Corrected))
    return frozenset(version for version in versions if version is not None)
