"""A case with links to others."""

from __future__ import annotations

from uuid import UUID

from domain.attachments import Attached


class Linked(Attached):
    """A case with links to others."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.survivor: UUID | None = None
        """The case into which this one was merged, while it is."""
