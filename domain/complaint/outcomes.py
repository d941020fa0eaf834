"""How an outcome is counted where a regulator knows fewer of them than the desk."""

from __future__ import annotations

from typing import Literal, TypeAlias

from domain.codes import Outcome

Counted: TypeAlias = Literal["upheld", "rejected"]

AGREED: frozenset[Outcome] = frozenset({"upheld", "partly_upheld", "goodwill", "settled"})
"""Outcomes that give the complainant something for the complaint itself."""


def counted_in_uk(outcome: Outcome, *, goodwill_paid: bool, forwarded_whole: bool = False) -> Counted | None:
    """Return how DISP 1.10 counts a complaint; None for one that is not reported.

    Upheld in part is upheld; where the information was not enough to decide, it is upheld when
    goodwill was paid, and rejected otherwise; one that was rejected stays rejected, whatever was
    paid out of goodwill.  What was forwarded whole is reported by whoever got it.
    """
    if forwarded_whole:
        return None
    if outcome in AGREED or (outcome == "no_decision" and goodwill_paid):
        return "upheld"
    return "rejected"
