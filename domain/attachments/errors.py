"""Every rule of files that a command can break, by name."""

from __future__ import annotations

from domain.errors import DomainError


class NoSuchFile(DomainError):
    """The case has no such file."""


class FileNotReady(DomainError):
    """Nobody has looked at the file yet; it can be opened once it is accepted."""


class OnHold(DomainError):
    """The case is on hold, and nothing of it is destroyed; have the hold lifted first."""


class FileGone(DomainError):
    """The file was refused or removed; what it held is destroyed."""
