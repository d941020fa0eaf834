"""Acts that need two people: who stands behind an act, and whether two acts are of one hand."""

from __future__ import annotations

BEHIND = " by "
"""Stands between whom somebody acts as and who really acts (`Principal.actor`)."""


def people_of(actor: str) -> frozenset[str]:
    """Return everybody who stands behind an act of *actor*: whoever acts as another is one of two."""
    return frozenset(actor.split(BEHIND))


def same_hand(one: str, other: str) -> bool:
    """Whether somebody stands behind both: then the two acts are no second pair of eyes."""
    return not people_of(one).isdisjoint(people_of(other))
