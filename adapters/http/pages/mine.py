"""What is seen by the link of a case: where it stands, what was promised and written, what can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from adapters.files.ports import StoreAway
from adapters.http.attachments import content
from adapters.http.auth import Inquiry
from adapters.http.cases import Reading, case_now, shown_file
from adapters.http.kinds import KINDS, TICKETS, KindOfCase
from adapters.http.languages import known, negotiate
from adapters.http.limits import may_try
from adapters.http.others import as_known, known_to, named_by
from adapters.http.pages import mine_complaint, mine_files, mine_ticket, mine_writing, words
from adapters.http.pages.errors import error_page
from adapters.http.pages.guard import posted, same_origin
from adapters.http.pages.mine_view import View, day
from adapters.http.pages.render import page
from adapters.http.sessions import GUEST, Guest, forget, keep, kept, refuse_foreign_form
from adapters.identity.guests import alive
from adapters.identity.sessions import READING, ByLink
from domain.attachments.limits import MOST_SIGNED_IN
from domain.clocks import Clock, Status
from domain.complaint.corrected import marked_in_error
from domain.errors import NotOpened, NotReceived
from domain.tongues import Language
from projections.queue import DECIDED, CaseKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from adapters.bootstrap import Plaint
    from adapters.http.pages.mine_files import Refused
    from adapters.http.pages.mine_view import Parts
    from adapters.http.pages.mine_writing import Draft
    from domain.access import Principal

log = structlog.get_logger()
Posted = Annotated[dict[str, list[str]], Depends(posted)]
LANGUAGES = ("en", "fr")
PARTS: Mapping[CaseKind, Callable[[View], Parts]] = {
    "complaint": mine_complaint.parts,
    "ticket": mine_ticket.parts,
}
"""What each kind of case tells beyond what the page tells of every case."""
NO_REFERRER = {"Referrer-Policy": "no-referrer"}
"""The address that a link leads to is told to nobody."""


class PromiseTold(NamedTuple):
    """One promise as its complainant reads it."""

    name: str
    text: str
    tone: str


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the pages behind a link."""

    @router.get("/my/case")
    def my_case(request: Request, who: Guest) -> Response:
        return gone(request) if who is None else shown(request, plaint, who)

    @router.get(mine_files.ADDRESS)
    @router.get(mine_writing.ANSWERS)
    @router.get(mine_writing.RATING)
    def back(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/my/case{query}", 303)

    @router.post(mine_files.ADDRESS, dependencies=[Depends(same_origin)])
    async def send_files(request: Request, who: Guest) -> Response:
        if who is None:
            return gone(request)
        kind, language = await run_in_threadpool(told_in, request, plaint, who)
        wrong = await mine_files.send(plaint, request, who, kind, language)
        if wrong is None:
            return RedirectResponse(f"/my/case?lang={language}#files", 303)
        return await run_in_threadpool(shown, request, plaint, who, refused=wrong)

    @router.post(mine_writing.ANSWERS, dependencies=[Depends(same_origin)])
    def send_answers(request: Request, who: Guest, fields: Posted) -> Response:
        return written(request, plaint, who, fields, mine_writing.answer)

    @router.post(mine_writing.RATING, dependencies=[Depends(same_origin)])
    def send_rating(request: Request, who: Guest, fields: Posted) -> Response:
        return written(request, plaint, who, fields, mine_writing.rate)

    @router.get(f"{mine_files.ADDRESS}/{{file}}")
    def open_file(request: Request, file: UUID, who: Guest) -> Response:
        if who is None:
            return gone(request)
        (id,) = who.cases
        kind, language = told_in(request, plaint, who)
        try:
            return content(plaint, Inquiry(who), str(id), file, kind)
        except (NotReceived, NotOpened):
            return gone(request)
        except StoreAway as error:
            log.error("files_away", remedy=str(error))  # noqa: TRY400 - the sentence says all
            return error_page(request, 503, words.of_pages(language)["files_away"])

    @router.post("/my/leave", dependencies=[Depends(same_origin)])
    def leave(request: Request, who: Guest, fields: Posted) -> Response:
        if who is not None:
            refuse_foreign_form(request, fields)
            plaint.sessions.end(kept(request, plaint, GUEST))
        answer = gone(request, status=200)
        forget(answer, plaint, GUEST)
        return answer

    @router.get("/my/{link}", dependencies=[Depends(may_try)])
    def open_link(request: Request, link: str) -> Response:
        found = plaint.links.read(link)
        if found is None or not alive(plaint, found):
            return gone(request)
        proof = ByLink(case=found.case, expires_at=found.expires_at, generation=found.generation)
        answer = RedirectResponse("/my/case", 303, NO_REFERRER | {"Cache-Control": "no-store"})
        keep(answer, plaint, GUEST, plaint.sessions.begin(proof, READING).secret, READING)
        return answer


def shown(
    request: Request,
    plaint: Plaint,
    who: Principal,
    *,
    refused: Refused | None = None,
    draft: Draft | None = None,
) -> Response:
    """Return the page of the case that *who* came in to.

    *refused* says which files were not taken, and *draft* what was written and not taken.
    """
    kind, language = told_in(request, plaint, who)
    (id,) = who.cases
    try:
        reading = Reading(plaint, Inquiry(who), str(id), kind.name)
    except (NotReceived, NotOpened):
        return gone(request)
    return _page(request, reading, language, refused, draft)


def written(
    request: Request,
    plaint: Plaint,
    who: Principal | None,
    fields: dict[str, list[str]],
    take: Callable[[mine_writing.Filled], Draft | None],
) -> Response:
    """Take what was written into a form of the page of a ticket, and lead back to it."""
    if who is None:
        return gone(request)
    refuse_foreign_form(request, fields)
    kind, language = told_in(request, plaint, who)
    if kind is not TICKETS:
        raise HTTPException(404)
    draft = take(mine_writing.Filled(plaint, request, who, fields, language))
    if draft is not None:
        return shown(request, plaint, who, draft=draft)
    return RedirectResponse(f"/my/case?lang={language}#letters", 303)


def told_in(request: Request, plaint: Plaint, who: Principal) -> tuple[KindOfCase, Language]:
    """Return of what kind the case of *who* is, and the language in which they read its page."""
    (id,) = who.cases
    row = case_now(plaint, id).row
    if row is None:
        raise HTTPException(503)
    return KINDS[row.kind], _language(request, row.language)


def gone(request: Request, *, status: int = 410) -> Response:
    """Answer alike whatever is wrong with a link, so that nothing can be learnt by trying."""
    language = negotiate(request, LANGUAGES)
    return _quietly(page(request, "my-gone.html", status=status, language=language, left=status == 200))


def _page(
    request: Request, reading: Reading, language: Language, refused: Refused | None, draft: Draft | None
) -> Response:
    plaint, now = reading.plaint, reading.replayed()
    # What the API does not tell of other cases is not told here: a link opens one case.
    now = as_known(now, known_to(plaint, reading.who, named_by(now)))
    row, file = now.row, now.file
    if row is None or file is None:
        raise HTTPException(503)
    wrong = marked_in_error(event for _, event in reading.events)
    events = [
        plaint.showing.event(event) for _, event in reading.events if event.originator_version not in wrong
    ]
    view = View(plaint, row, shown_file(plaint, file), events, language)
    not_taken = refused or (draft and draft.refused)
    answer = page(
        request,
        "my-case.html",
        status=not_taken.status if not_taken else 200,
        language=language,
        texts=view.texts,
        row=row,
        parts=PARTS[row.kind](view),
        received=view.on(row.received_at),
        promises=list(promises((each.clock for each in now.clocks), view, decided=row.status in DECIDED)),
        files=mine_files.told(plaint, reading, language, view.on),
        refused=refused,
        draft=draft,
        key=plaint.chance(16).hex(),
        most_files=MOST_SIGNED_IN,
    )
    return _quietly(answer)


def _quietly(answer: Response) -> Response:
    answer.headers.update(NO_REFERRER)
    return answer


def _language(request: Request, of_case: str) -> Language:
    """Return the language that was asked for, else that of the case, else the browser's."""
    own = None if "lang" in request.query_params else known(of_case, LANGUAGES)
    return "fr" if (own or negotiate(request, LANGUAGES)) == "fr" else "en"


def promises(clocks: Iterable[Clock], view: View, *, decided: bool) -> Iterator[PromiseTold]:
    """Yield what was promised and what became of it, in the order in which it falls due."""
    said = view.texts
    for clock in sorted(clocks, key=lambda each: (each.due_before, each.milestone, each.regime)):
        name = said.get(f"milestone_{clock.milestone}", words.human(clock.milestone))
        name += f" ({words.human(clock.regime)})" if clock.legal else ""
        until = day(clock.due_date, view.language)
        match clock.status:
            case Status.RUNNING | Status.PAUSED:
                yield PromiseTold(name, said["promise_by"].format(day=until), "live")
            case Status.MET:
                yield PromiseTold(name, said["promise_kept"].format(day=until), "good")
            case Status.MISSED:
                key = "promise_late" if clock.stopped_at or decided else "promise_overdue"
                yield PromiseTold(name, said[key].format(day=until), "bad")
            case Status.CANCELLED:
                continue
