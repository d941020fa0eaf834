"""Policies: regimes read from files, and the rulebook that says which of them bind a case."""

from domain.policies.model import (
    Applies,
    Bound,
    Extension,
    Notifications,
    Offset,
    OnReopen,
    Regime,
    Roll,
    Scope,
    Term,
    Unit,
)
from domain.policies.reading import PolicyError, parse, place
from domain.policies.rulebook import Rulebook

__all__ = [
    "Applies",
    "Bound",
    "Extension",
    "Notifications",
    "Offset",
    "OnReopen",
    "PolicyError",
    "Regime",
    "Roll",
    "Rulebook",
    "Scope",
    "Term",
    "Unit",
    "parse",
    "place",
]
