"""Files of cases as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from adapters.files.passes import pass_for
from adapters.files.reasons import said
from adapters.http import schemas
from adapters.http.schemas import Shown
from domain.access import Sight
from domain.attachments import File, Status
from domain.attachments.events import Kind, Origin, Visibility
from domain.forms import Form
from domain.privacy import shown
from domain.tongues import Language

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

A_FILE: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
MEDIA_TYPES: dict[Kind, str] = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}


class FileDocument(BaseModel):
    """A file of a case, and what became of it; who removed one, and why, stays when it is gone."""

    id: Annotated[UUID, Sight.PUBLIC]
    name: Annotated[Shown, Sight.SHARED]
    status: Annotated[Status, Sight.PUBLIC]
    size: Annotated[int, Sight.PUBLIC] = Field(description="Bytes, as it was sent.")
    sha256: Annotated[Shown, Sight.SHARED] = Field(description="Of the file as it was sent.")
    declared: Annotated[str | None, Sight.PUBLIC] = Field(description="The type that its sender named.")
    media_type: Annotated[str | None, Sight.PUBLIC] = Field(
        description="The type that it has by its content, once it is accepted."
    )
    reason: Annotated[str | None, Sight.PUBLIC] = Field(description="Why it was refused.")
    detail: Annotated[str | None, Sight.PUBLIC] = Field(description="The same, and what to do, in words.")
    received_at: Annotated[datetime, Sight.PUBLIC]
    settled_at: Annotated[datetime | None, Sight.PUBLIC] = Field(description="Accepted or refused then.")
    removed_at: Annotated[datetime | None, Sight.PUBLIC]
    visibility: Annotated[Visibility, Sight.WORK]
    origin: Annotated[Origin, Sight.WORK]
    by: Annotated[str, Sight.WORK]
    attempts: Annotated[int, Sight.WORK] = Field(description="How often it was looked at.")
    stalls: Annotated[int, Sight.WORK] = Field(description="How often an alarm was raised for it.")
    removed_by: Annotated[str | None, Sight.WORK]
    removal: Annotated[Shown | None, Sight.PERSONAL] = Field(description="Why it was removed.")


class FileList(BaseModel):
    """The files of a case, in the order in which they came."""

    items: Annotated[list[FileDocument], Sight.PUBLIC]
    next: Annotated[None, Sight.PUBLIC] = None


class TakenFile(BaseModel):
    """What became of one file that was sent: kept under an id, or refused for a reason."""

    id: UUID | None = None
    name: str
    status: Status
    reason: str | None = None
    detail: str | None = None


class Attached(schemas.Written):
    """What an upload answers: the case that has the files now, and what became of each."""

    files: list[TakenFile]


class Upload(BaseModel):
    """How files are added to what was just sent, without signing in."""

    url: str
    token: str = Field(description="Send it as the header `Upload-Token`; it opens nothing else.")
    expires_at: datetime
    most: int = Field(description="How many files may be added so.")
    required: bool = Field(description="Whether the form is of little use without a file.")


def upload_of(plaint: Plaint, case: UUID, place: str, form: Form) -> dict[str, Any]:
    """Return how files are added to *case*, which stands at *place* and came by *form*.

    It is the same whenever it is asked, and nothing where the form takes no files.
    """
    if form.attachments.none:
        return {}
    opens = pass_for(case)
    upload = Upload(
        url=f"{place}/attachments",
        token=plaint.attachments.passes.written(opens),
        expires_at=opens.expires_at,
        most=form.attachments.limit(signed_in=False),
        required=form.attachments.required,
    )
    return {"upload": upload.model_dump(mode="json")}


def file_document(file: File, language: Language) -> FileDocument:
    """Return *file*, its personal values opened as far as they can be, as its readers get it."""
    return FileDocument(
        id=file.id,
        name=shown(file.name),
        status=file.status,
        size=file.size,
        sha256=shown(file.sha256),
        declared=file.declared,
        media_type=MEDIA_TYPES[file.kind] if file.kind else None,
        reason=file.reason,
        detail=said(file.reason, language) if file.reason else None,
        received_at=file.queued_at,
        settled_at=file.settled_at,
        removed_at=file.removed_at,
        visibility=file.visibility,
        origin=file.origin,
        by=file.by,
        attempts=file.attempts,
        stalls=file.stalls,
        removed_by=file.removed_by,
        removal=shown(file.removal),
    )
