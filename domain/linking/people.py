"""Whether two cases are of different people, as far as they say who they are of."""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """Whom a case is of: their account, and the addresses they write from; None and empty where unknown."""

    account_id: str | None = None
    emails: frozenset[str] = frozenset()


def person(account_id: object, *emails: object) -> Person:
    """Return whom a case is of that says so; what is sealed or erased says nothing."""
    known = frozenset(_folded(each) for each in emails if isinstance(each, str))
    return Person(_folded(account_id) if isinstance(account_id, str) else None, known)


def differ(one: Person, other: Person) -> bool:
    """Whether account and address are known of both, and nothing of either is the same."""
    if one.account_id is None or other.account_id is None or not (one.emails and other.emails):
        return False
    return one.account_id != other.account_id and one.emails.isdisjoint(other.emails)


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()
