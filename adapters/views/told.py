"""What is known of one case at one moment, as it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any


@dataclass(frozen=True)
class Told:
    """What is kept of one case, by name, and what was said to each question beside it, by its place."""

    rows: Sequence[tuple[str, Any]]

    def beside(self, place: int) -> str | None:
        """Return what was said to the question at that *place*."""
        return next(said for name, said in self.rows if name == str(place))

    @cached_property
    def mark(self) -> bytes:
        """What two have in common exactly when they say the same."""
        parts = (str(part) for row in self.rows for part in row)
        return blake2b("\0".join(parts).encode(), digest_size=16).digest()
