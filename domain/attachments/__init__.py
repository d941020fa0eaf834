"""Attachments: files that belong to a case, each with a life of its own."""

from domain.attachments.file import File, Status
from domain.attachments.holding import Attached

__all__ = ["Attached", "File", "Status"]
