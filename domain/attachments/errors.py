"""Every rule of files that a command can break, by name."""

from __future__ import annotations

from domain.errors import DomainError


class NoSuchFile(DomainError):
    """The case has no such file."""


class FileNotReady(DomainError):
    """Nobody has looked at the file yet; it can be opened once it is accepted."""


class FileGone(DomainError):
    """The file was refused or removed; what it held is destroyed."""
