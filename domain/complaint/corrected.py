"""What may be corrected, and what a history says of its own corrections."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from domain.complaint.life_events import Corrected
from domain.complaint.submission import WORDS
from domain.kernel import Event

InstantField: TypeAlias = Literal["received_at", "sent_at", "first_dissatisfaction_at", "sent_to_company_at"]
PublicField: TypeAlias = Literal["category", "channel", "service", "client_kind"]
PersonalField: TypeAlias = Literal["country", "full_name", "account_email", "account_id"]
RECEIVED_AT = "received_at"
BINDING: frozenset[str] = frozenset({"country", "channel", "service", "client_kind"})
"""The facts from which the regimes follow that bind a case."""
PERSONAL: frozenset[str] = frozenset(get_args(PersonalField))
CORRECTABLE = frozenset({*WORDS.values(), *BINDING, *PERSONAL, "category", "legal_entity"} - {RECEIVED_AT})


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
