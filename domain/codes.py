"""Codes that policies and cases share."""

from __future__ import annotations

from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["low", "normal", "high", "critical"]
Outcome: TypeAlias = Literal["upheld", "partly_upheld", "rejected", "goodwill", "settled", "no_decision"]
