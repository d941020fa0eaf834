"""Files of complaints and tickets over HTTP: sent, listed, opened, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from adapters.bootstrap import Plaint
from adapters.http import cases, schemas
from adapters.http.attachments_documents import (
    A_FILE,
    MEDIA_TYPES,
    Attached,
    FileDocument,
    FileList,
    file_document,
)
from adapters.http.attachments_reading import language_of
from adapters.http.attachments_sending import CREATED, FILES, uploads
from adapters.http.auth import App, Inquirer, Inquiry, Worker
from adapters.http.conditional import Body, answered
from adapters.http.kinds import COMPLAINTS, TICKETS, KindOfCase
from adapters.http.late import Late
from adapters.http.openapi import TAG, WRITES, problems, takes
from adapters.http.problems import Kind, Problem
from adapters.vault.errors import SealBroken
from domain.access import Sight
from domain.attachments import File
from domain.attachments import file as files
from domain.attachments.errors import FileGone, FileNotReady, NoSuchFile
from domain.attachments.names import NAMELESS, handed_out
from domain.attachments.orders import RemoveFile
from domain.case import Case
from domain.reading import Part

router = APIRouter(route_class=Late, tags=["attachments"])
log = structlog.get_logger()

REFUSALS = sorted(set(WRITES) - {412, 428} | {507})
"""A file overwrites nothing: what anybody has read of the case stays true, and If-Match is not asked for."""
CAGE = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
"""A browser that shows a file runs nothing of it and takes it for nothing else."""


class InWords(schemas.Parameters):
    """A read of files."""

    lang: str | None = None


def files_of(plaint: Plaint, reading: cases.Reading, *, opened: bool = True) -> list[File]:
    """Return the files of the case that its reader may know of; *opened* with what is personal."""
    found: dict[UUID, File] = {}
    for _, event in reading.events:
        id = getattr(event, "file_id", None)
        file = files.evolve(found.get(id), event) if isinstance(id, UUID) else None
        if file is not None:
            found[file.id] = file
    desk_ = Sight.WORK in reading.sights
    seen = [each for each in found.values() if desk_ or each.visibility == "customer"]
    return [plaint.showing.row(each, reading.id) for each in seen] if opened else seen


def _lists(kind: KindOfCase) -> Callable[..., Response]:
    def show(
        plaint: App, by: Inquirer, request: Request, id: str, query: Annotated[InWords, Query()]
    ) -> Response:
        cases.wait_for_log(plaint, query.after)
        reading, language = cases.Reading(plaint, by, id, kind.name), language_of(request, query.lang)
        items = [file_document(each, language) for each in files_of(plaint, reading)]
        return cases.written(FileList(items=items), reading.sights)

    show.__name__ = kind.named("list", "files")
    show.__doc__ = kind.told("List the files of one {one}, with what became of each.")
    return show


def _one(plaint: Plaint, reading: cases.Reading, id: UUID) -> File:
    for file in files_of(plaint, reading):
        if file.id == id:
            return file
    raise NoSuchFile


def _shows(kind: KindOfCase) -> Callable[..., Response]:
    def show(
        plaint: App,
        by: Inquirer,
        request: Request,
        *,
        id: str,
        file: UUID,
        query: Annotated[InWords, Query()],
    ) -> Response:
        cases.wait_for_log(plaint, query.after)
        reading, language = cases.Reading(plaint, by, id, kind.name), language_of(request, query.lang)
        return cases.written(file_document(_one(plaint, reading, file), language), reading.sights)

    show.__name__ = kind.named("show", "file")
    show.__doc__ = kind.told("Read what is known of one file of a {one}, and what became of it.")
    return show


def _opens(kind: KindOfCase) -> Callable[..., Response]:
    def show(
        plaint: App, by: Inquirer, *, id: str, file: UUID, _query: Annotated[schemas.Nothing, Query()]
    ) -> Response:
        return content(plaint, by, id, file, kind)

    show.__name__ = kind.named("open", "file")
    show.__doc__ = kind.told(
        "Take out what one file of a {one} holds, once it is accepted; that it was opened is recorded."
    )
    return show


def content(plaint: Plaint, by: Inquiry, text: str, id: UUID, kind: KindOfCase) -> Response:
    """Answer with what one file holds, once it is accepted; that it was opened is recorded."""
    if Sight.SHARED not in by.sights:
        raise Problem(Kind.PURPOSE_REQUIRED)
    reading = cases.Reading(plaint, by, text, kind.name, part=Part.FILE)
    file = _one(plaint, reading, id)
    if not file.held:
        raise FileGone
    if file.kind is None:
        raise FileNotReady
    try:
        chunks = plaint.attachments.files.content(reading.id, file)
    except SealBroken:
        log.error("sealed_file_broken", file_id=str(file.id))  # noqa: TRY400 - a traceback may quote it
        said_ = "The file is damaged where it is kept; the operator restores it from a backup."
        raise Problem(Kind.INTERNAL, said_) from None
    name = handed_out(file.name if isinstance(file.name, str) else NAMELESS, file.kind)
    # What follows a % would be taken for an escape by some (RFC 6266, appendix D).
    plain = "".join(c if c.isascii() and c != "%" else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = CAGE | {"Content-Disposition": disposition, "Content-Length": str(file.size)}
    return StreamingResponse(chunks, 200, headers, MEDIA_TYPES[file.kind])


def _removes(kind: KindOfCase) -> Callable[..., Response]:
    def remove(
        plaint: App,
        who: Worker,
        sent: Body,
        *,
        id: str,
        file: UUID,
        _query: Annotated[schemas.Nothing, Query()],
    ) -> Response:
        row = cases.workable(plaint, who, cases.case_id(plaint, id, kind.name), kind.name)
        asked = sent.parsed(RemoveFile)
        found = plaint.store.load(kind.aggregate, row.id, opened=False)
        if not isinstance(found, Case) or file not in found.files:
            raise NoSuchFile
        answer = plaint.attachments.files.remove(found, file, asked.reason, who.actor)
        plaint.wake()
        return answered(answer)

    remove.__name__ = kind.named("remove", "file")
    remove.__doc__ = kind.told(
        "Take one file off a {one} for good: what it held is destroyed; who did it, why and when stays."
    )
    return remove


HELD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {each: {"schema": A_FILE} for each in MEDIA_TYPES.values()},
    }
}
DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is removed.", "headers": TAG}}
READS = (400, 401, 403, 404, 422, 429, 503)

for each in (COMPLAINTS, TICKETS):
    many, one = f"{each.path}/{{id}}/attachments", f"{each.path}/{{id}}/attachments/{{file}}"
    router.add_api_route(
        many,
        uploads(each),
        methods=["POST"],
        status_code=201,
        response_model=Attached,
        responses=CREATED | problems(*REFUSALS),
        openapi_extra=FILES,
    )
    router.add_api_route(many, _lists(each), response_model=FileList, responses=problems(*READS))
    router.add_api_route(one, _shows(each), response_model=FileDocument, responses=problems(*READS))
    router.add_api_route(
        f"{one}/content",
        _opens(each),
        response_class=StreamingResponse,
        responses=HELD | problems(*READS, 409, 410),
    )
    router.add_api_route(
        one,
        _removes(each),
        methods=["DELETE"],
        response_model=schemas.Written,
        responses=DONE | problems(*REFUSALS),
        openapi_extra=takes(RemoveFile, {"reason": "It shows somebody else's passport."}),
    )
