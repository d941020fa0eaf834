"""A case with files: which it has, and which are still being looked at."""

from __future__ import annotations

from uuid import UUID

from domain.clocks import Promises


class Attached(Promises):
    """A case with files."""

    @property
    def in_flight(self) -> frozenset[UUID]:
        """The files that are neither accepted nor refused yet."""
        return frozenset()
