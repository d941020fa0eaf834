"""Files sent to complaints and tickets over HTTP: by the desk, by a link, or by whoever sent the case."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends, Query, Request, Response, Security
from fastapi.security import APIKeyHeader
from starlette.concurrency import run_in_threadpool

from adapters import desk
from adapters.bootstrap import Plaint
from adapters.files.files import Sent
from adapters.files.incoming import Incoming
from adapters.files.reasons import said
from adapters.http import cases, reading, schemas
from adapters.http.attachments_documents import A_FILE, Attached, TakenFile
from adapters.http.attachments_reading import ALONE, MULTIPART, language_of, received
from adapters.http.auth import ANYBODY, App, Somebody, unauthenticated
from adapters.http.conditional import KEY, IdempotencyKey, etag
from adapters.http.kinds import KindOfCase
from adapters.http.openapi import TAG
from adapters.http.others import elsewhere, refuse_unless_workable
from adapters.http.problems import Kind, Mistake, Problem
from domain.access import Principal, Right, Role
from domain.attachments import Status
from domain.attachments.events import Visibility
from domain.attachments.holding import Batch, Reason
from domain.attachments.limits import MOST_SIGNED_IN, MOST_WITHOUT_SIGN_IN
from domain.case import Case
from domain.ids import derived, log_of, new_id
from domain.sensitive import SensitiveValue, refused, spots
from domain.sensitive.screening import RefuseValues
from domain.ticket import Ticket
from domain.tongues import Language

Judged: TypeAlias = Mapping[UUID, UUID | Reason]
"""What the case says of each file: the one that it is, or why not."""
Receives: TypeAlias = Callable[[Request, Callable[[], Incoming], int], Awaitable[list[Sent]]]
"""Reads the files of a request, each into one that begins to come, at most so many whole."""
ALL_HERE = "All the files that may come so are here already; ask the desk how to send more."
TOO_LARGE = "A file may have at most 50 MB; send a smaller one or several."
SPENT = "The Upload-Token opens nothing, or no longer; add files by the link of the case, or sign in."

upload_token = APIKeyHeader(
    name="Upload-Token",
    auto_error=False,
    scheme_name="upload",
    description="In place of a token: the `upload.token` that the sending of the case was answered with.",
)
UploadToken: TypeAlias = Annotated[str | None, Security(upload_token)]


class Uploading(schemas.Nothing):
    """How files are added."""

    visibility: Visibility | None = None
    """Whether the complainant sees what the desk adds; `internal` by default. They see all they add."""


@dataclass(frozen=True)
class Wish:
    """Who wants to add files: by a token, a link, or the pass of whoever sent the case; and how."""

    plaint: Plaint
    request: Request
    who: Principal | None
    token: str | None
    key: str | None
    visibility: Visibility | None


async def wish(
    plaint: App,
    request: Request,
    who: Somebody,
    query: Annotated[Uploading, Query()],
    *,
    token: UploadToken,
    key: IdempotencyKey = None,
) -> Wish:
    """Return what the headers say, before anything of the body is read."""
    match = None if key is None else KEY.fullmatch(key.strip())
    if key is not None and match is None:
        detail = "Write the Idempotency-Key in 1 to 200 printable ASCII characters."
        raise Problem(Kind.MALFORMED_HEADER, detail)
    return Wish(plaint, request, who, token, match[1] if match else None, query.visibility)


@dataclass(frozen=True)
class Sender:
    """Who adds files to which case, and what they come with."""

    case: Case
    actor: str
    name: str
    batch: Batch
    asked: UUID
    """The case that the files were sent to, which may have been merged into the other."""

    @property
    def of_the_desk(self) -> bool:
        """Whether they may know where a case goes on; whoever is outside knows of the one that they sent."""
        return self.batch.origin == "desk"


def sender_of(asked: Wish, kind: KindOfCase, text: str) -> Sender:
    """Return who adds files to the case that *text* names; it may have been merged into another one."""
    if asked.who is None:
        return _by_pass(asked, kind, text)
    plaint, who = asked.plaint, asked.who
    if not who.may(Right.ATTACH_FILES):
        raise Problem(Kind.FORBIDDEN)
    id, own = cases.case_id(plaint, text, kind.name), who.role is Role.COMPLAINANT
    if own:
        cases.visible(plaint, who, id, kind.name)
    else:
        case = cases.workable(plaint, who, id, kind.name)
        refuse_unless_workable(plaint, who, case, to_the_end=True)
    if asked.key is None:
        together = new_id(plaint.now(), plaint.chance(10), log=log_of(id))
    else:
        together = derived(id, f"files {who.sender} {asked.key}")
    seen: Visibility = "customer" if own else asked.visibility or "internal"
    batch = Batch(together, "complainant" if own else "desk", seen, MOST_SIGNED_IN)
    return Sender(plaint.attachments.files.home(id), who.actor, who.sender, batch, id)


def _by_pass(asked: Wish, kind: KindOfCase, text: str) -> Sender:
    """Return whoever sent the case, who has its pass and nothing else; all they add is one submission."""
    plaint = asked.plaint
    id = None if asked.token is None else plaint.attachments.passes.opens(asked.token)
    if id is None:
        raise unauthenticated(SPENT if asked.token else None)
    row = cases.case_now(plaint, id).row
    if row is None or row.kind != kind.name or cases.case_id(plaint, text, kind.name) != id:
        raise cases.missing(kind.name)
    batch = Batch(derived(id, "submission"), "submission", "customer", _most(plaint, id))
    return Sender(plaint.attachments.files.home(id), ANYBODY, f"sender of {id}", batch, id)


def _most(plaint: Plaint, id: UUID) -> int:
    """Return how many files may come with the form that began the case *id*."""
    case = plaint.store.load_cases([id], opened=False)[id]
    form = plaint.forms.get(case.form) if isinstance(case, Ticket) and case.form else None
    return form.attachments.limit(signed_in=False) if form else MOST_WITHOUT_SIGN_IN


def uploads(kind: KindOfCase) -> Callable[..., Any]:
    """Return the route by which files are added to cases of *kind*."""

    async def upload(id: str, asked: Annotated[Wish, Depends(wish)]) -> Response:
        sender, answer, body = await taken_in(asked, kind, id, language_of(asked.request))
        there, headers = elsewhere(answer, sender.asked), {"ETag": etag(answer.version)}
        if there:
            headers["Location"] = f"{reading.base(asked.plaint)}{there['location']}"
        return Response(body.model_dump_json(exclude_none=True), 201, headers, "application/json")

    upload.__name__ = kind.named("attach", "files")
    upload.__doc__ = kind.told(
        "Add files to a {one}: JPEG, PNG or PDF, at most 50 MB each, each looked at before it is handed out."
        "\n\nOne that is refused is named with the reason, and the others are kept. Whoever sent the case "
        "without signing in shows the token that the answer held."
    )
    return upload


async def taken_in(
    asked: Wish, kind: KindOfCase, text: str, language: Language, *, receive: Receives | None = None
) -> tuple[Sender, desk.Answer, Attached]:
    """Take in the files of a request for the case of *kind* that *text* names.

    Return who sent them, what was recorded, and in *language* what became of each file.  A page's
    form, which holds more than files, is read by *receive*.
    """
    sender = await run_in_threadpool(sender_of, asked, kind, text)

    def begin() -> Incoming:
        return asked.plaint.attachments.files.begin(sender.case.id)

    with asked.request.app.state.in_flight.alone(_one_at_a_time(sender)):
        await run_in_threadpool(_refuse_unread, asked, sender, language)
        sent = await (receive or received)(asked.request, begin, sender.batch.most)
        try:
            answer, body = await run_in_threadpool(_attached, asked, sender, sent, language)
        finally:
            for each in sent:
                each.file.close()
    return sender, answer, body


def _one_at_a_time(sender: Sender) -> desk.Request | None:
    """Return what a pass has one of at a time: anybody can get one, and what comes takes room."""
    if sender.batch.origin != "submission":
        return None
    return desk.Request(sender.name, "", b"", "uploads by pass")


def _refuse_unread(asked: Wish, sender: Sender, language: Language) -> None:
    """Refuse what would be refused in the end, before anything of it is read.

    What comes under a key is read: it may be a repeat.
    """
    asked.plaint.attachments.files.refuse_without_room()
    reason = sender.case.closed_to(sender.batch) if asked.key is None else None
    if reason is not None:
        detail = ALL_HERE if reason == "too_many" else said(reason, language)
        raise Problem(Kind.RULE, detail, errors=[Mistake(pointer="/files", detail=detail, type=reason)])


def _answer(plaint: Plaint, sender: Sender, answer: desk.Answer) -> desk.Answer:
    """Return what *sender* is answered: whoever is outside, with the case that they sent the files to."""
    if sender.of_the_desk or answer.id == sender.asked:
        return answer
    case = plaint.store.load_cases([sender.asked], opened=False)[sender.asked]
    if not isinstance(case, Case):
        raise case
    place = plaint.store.position_of(case.id) or answer.position
    return desk.Answer(case.id, case.version, place, answer.status, desk.PREFIXES[type(case)])


def _attached(
    asked: Wish, sender: Sender, sent: Sequence[Sent], language: Language
) -> tuple[desk.Answer, Attached]:
    """Put what was *sent* on the case, once; return what became of each file."""
    files = asked.plaint.attachments.files
    if not sent:
        raise Problem(Kind.INVALID, "Send at least one file.")
    request = None if asked.key is None else _request(asked.request, sender, sent, asked.key)
    with asked.request.app.state.in_flight.alone(request):
        _refuse_telling_names(asked.plaint, sender, sent, request)
        if all(each.file.refusal for each in sent):
            raise _all_refused(sent, {}, language)
        answer, judged = files.attach(
            sender.case, sent, sender.batch, sender.actor, request, asked=sender.asked
        )
        asked.plaint.wake()
    if not any(isinstance(became, UUID) for became in judged.values()):
        raise _all_refused(sent, judged, language)
    hidden = not sender.of_the_desk and answer.id != sender.asked
    case, answer = None if hidden else files.holder(answer.id), _answer(asked.plaint, sender, answer)
    body = Attached(
        id=answer.id,
        reference=answer.reference,
        version=answer.version,
        position=answer.position,
        merged_into=None if answer.id == sender.asked else answer.id,
        files=[_taken(each, judged, case, language) for each in sent],
    )
    return answer, body


def _refuse_telling_names(
    plaint: Plaint, sender: Sender, sent: Sequence[Sent], request: desk.Request | None
) -> None:
    """Refuse files with a secret in a name, which would be shown and searched for; that is on record."""
    found = refused(spots({"files": [{"name": each.name} for each in sent]}))
    if found:
        order = RefuseValues(found)
        answer = plaint.desk.command(
            sender.case.id, order, sender.actor, kind=type(sender.case), request=request
        )
        raise SensitiveValue(found, answer.version)


def _request(request: Request, sender: Sender, sent: Sequence[Sent], key: str) -> desk.Request:
    """Return the upload as one that may be repeated: the same names and contents are the same request."""
    files = [[each.name, each.file.as_new(each.name, None).sha256] for each in sent]
    asks = json.dumps([sender.batch.visibility, files]).encode()
    return desk.Request(sender.name, key, asks, request.url.path)


def _became(each: Sent, judged: Judged) -> UUID | Reason | str:
    return each.file.refusal.value if each.file.refusal else judged[each.file.id]


def _taken(each: Sent, judged: Judged, case: Case | None, language: Language) -> TakenFile:
    """Return what became of a file on *case*, None where its sender is told nothing of that one."""
    became = _became(each, judged)
    if isinstance(became, UUID):
        if case is None:
            return TakenFile(name=each.name, status=Status.QUEUED)
        file = case.files.get(became)
        status = file.status if file else Status.QUEUED
        return TakenFile(id=became, name=each.name, status=status)
    return TakenFile(name=each.name, status=Status.REFUSED, reason=became, detail=said(became, language))


def _all_refused(sent: Sequence[Sent], judged: Judged, language: Language) -> Problem:
    """Return the answer where no file was kept: the reason of each."""
    reasons = [str(_became(each, judged)) for each in sent]
    wrong = [
        Mistake(pointer=f"/files/{n}", detail=f"{each.name}: {said(reason, language)}", type=reason)
        for n, (each, reason) in enumerate(zip(sent, reasons, strict=True))
    ]
    if set(reasons) == {"too_large"}:
        return Problem(Kind.TOO_LARGE, TOO_LARGE, errors=wrong)
    return Problem(Kind.RULE, "No file was kept; `errors` says of each why.", errors=wrong)


FILES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": A_FILE, "minItems": 1}},
                }
            },
            **{each: {"schema": A_FILE} for each in ALONE},
        },
    },
}
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "What became of each file.", "headers": TAG}}
