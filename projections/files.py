"""The files of all cases: those in flight by the instant they stall, and what became of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from domain.attachments import events as e
from domain.attachments import file as files
from domain.kernel import Event, Value
from projections.projection import Projection, topics

if TYPE_CHECKING:
    from projections.projection import CounterKey


class FileRow(Value):
    """One file and the case that it belongs to."""

    id: UUID
    case_id: UUID
    file: files.File


def evolve(row: FileRow | None, event: Event, number: int) -> FileRow | None:
    """Return the row after *event*."""
    del number
    file = files.evolve(row.file if row else None, event)
    return None if file is None else FileRow(id=file.id, case_id=event.originator_id, file=file)


def measure(row: FileRow) -> Mapping[CounterKey, int]:
    """Count a file by its status, and a refused one by the reason."""
    counted = {("files", row.file.status.value): 1}
    return counted | ({("refused", row.file.reason): 1} if row.file.reason else {})


def _by_file(event: Event) -> UUID:
    return event.file_id if isinstance(event, e.AttachmentEvent) else event.originator_id


def _begins(event: Event) -> bool:
    return isinstance(event, e.AttachmentQueued)


FILES: Projection[FileRow] = Projection(
    name="files",
    version=3,
    row=FileRow,
    topics=topics(*e.ATTACHMENT_EVENTS),
    key=_by_file,
    begins=_begins,
    evolve=evolve,
    measure=measure,
)
