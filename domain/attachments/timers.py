"""Which events of a file arm its timer, and which disarm it: what is in flight has one, nothing else has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.attachments import events as e
from domain.kernel import Event


def _until(
    event: e.AttachmentQueued | e.AttachmentScanning | e.AttachmentStalled,
) -> Mapping[str, datetime | None]:
    return {f"file {event.file_id}": event.until}


FILES = "files"
"""The timer of a case that waits for a file it cannot do without."""


def _accepted(event: e.AttachmentAccepted) -> Mapping[str, datetime | None]:
    come = {FILES: None} if event.visibility == "customer" else {}
    return {**_ended(event), **come}


def _ended(event: e.AttachmentEvent) -> Mapping[str, datetime | None]:
    return {f"file {event.file_id}": None}


RULES: Mapping[type[Event], Callable[[Any], Mapping[str, datetime | None]]] = {
    e.AttachmentQueued: _until,
    e.AttachmentScanning: _until,
    e.AttachmentStalled: _until,
    e.AttachmentAccepted: _accepted,
    e.AttachmentRefused: _ended,
    e.AttachmentRemoved: _ended,
}
