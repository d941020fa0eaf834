"""What a complainant sees by their link: where the case stands, what was promised, what was sent."""

from __future__ import annotations

from datetime import date
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
from adapters.http.kinds import COMPLAINTS
from adapters.http.languages import known, negotiate
from adapters.http.limits import may_try
from adapters.http.others import as_known, known_to, named_by
from adapters.http.pages import case, mine_files, mine_redress, words
from adapters.http.pages.desk import clockface
from adapters.http.pages.errors import error_page
from adapters.http.pages.guard import posted, same_origin
from adapters.http.pages.render import page
from adapters.http.sessions import GUEST, Guest, forget, keep, kept, refuse_foreign_form
from adapters.identity.guests import alive
from adapters.identity.sessions import READING, ByLink
from domain.attachments.limits import MOST_SIGNED_IN
from domain.clocks import Clock, Status
from domain.complaint import events as e
from domain.complaint.corrected import marked_in_error
from domain.errors import NotReceived
from domain.forms import DEFAULT_LANGUAGE
from domain.privacy import Erased, Sealed
from domain.tongues import Language
from projections.queue import DECIDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from adapters.bootstrap import Plaint
    from adapters.http.pages.mine_files import Refused
    from domain.access import Principal
    from domain.kernel import Event

log = structlog.get_logger()
Posted = Annotated[dict[str, list[str]], Depends(posted)]
LANGUAGES = ("en", "fr")
MONTHS = {
    "en": words.MONTHS,
    "fr": [
        "janv.",
        "févr.",
        "mars",
        "avril",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ],
}
LETTERS: dict[type[Event], str] = {
    e.Acknowledged: "sent_acknowledgement",
    e.UpdateSent: "sent_update",
    e.DelayNoticeSent: "sent_delay_notice",
    e.HoldingReplySent: "sent_holding_reply",
    e.InformationRequested: "sent_question",
}
NO_REFERRER = {"Referrer-Policy": "no-referrer"}
"""The address that a link leads to is told to nobody."""


class PromiseTold(NamedTuple):
    """One promise as its complainant reads it."""

    name: str
    text: str
    tone: str


class Letter(NamedTuple):
    """Something that was sent to the complainant; without a text it went by other means."""

    title: str
    day: str
    text: str


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the pages behind a link."""

    @router.get("/my/case")
    def my_case(request: Request, who: Guest) -> Response:
        return gone(request) if who is None else shown(request, plaint, who)

    @router.get(mine_files.ADDRESS)
    def back(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/my/case{query}", 303)

    @router.post(mine_files.ADDRESS, dependencies=[Depends(same_origin)])
    async def send_files(request: Request, who: Guest) -> Response:
        if who is None:
            return gone(request)
        language = await run_in_threadpool(language_of, request, plaint, who)
        wrong = await mine_files.send(plaint, request, who, language)
        if wrong is None:
            return RedirectResponse(f"/my/case?lang={language}#files", 303)
        return await run_in_threadpool(shown, request, plaint, who, refused=wrong)

    @router.get(f"{mine_files.ADDRESS}/{{file}}")
    def open_file(request: Request, file: UUID, who: Guest) -> Response:
        if who is None:
            return gone(request)
        (id,) = who.cases
        try:
            return content(plaint, Inquiry(who), str(id), file, COMPLAINTS)
        except NotReceived:
            return gone(request)
        except StoreAway as error:
            log.error("files_away", remedy=str(error))  # noqa: TRY400 - the sentence says all
            away = words.of_pages(language_of(request, plaint, who))["files_away"]
            return error_page(request, 503, away)

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


def shown(request: Request, plaint: Plaint, who: Principal, *, refused: Refused | None = None) -> Response:
    """Return the page of the case that *who* came in to; *refused* says which files were not taken."""
    (id,) = who.cases
    try:
        reading = Reading(plaint, Inquiry(who), str(id))
    except NotReceived:
        return gone(request)
    return _page(request, plaint, reading, refused)


def language_of(request: Request, plaint: Plaint, who: Principal) -> Language:
    """Return the language in which *who* reads the page of their case."""
    (id,) = who.cases
    row = case_now(plaint, id).row
    return _language(request, row.language if row else DEFAULT_LANGUAGE)


def gone(request: Request, *, status: int = 410) -> Response:
    """Answer alike whatever is wrong with a link, so that nothing can be learnt by trying."""
    language = negotiate(request, LANGUAGES)
    return _quietly(page(request, "my-gone.html", status=status, language=language, left=status == 200))


def _page(request: Request, plaint: Plaint, reading: Reading, refused: Refused | None) -> Response:
    now = reading.replayed()
    # What the API does not tell of other cases is not told here: a link opens one case.
    now = as_known(now, known_to(plaint, reading.who, named_by(now)))
    row, file = now.row, now.file
    if row is None or file is None:
        raise HTTPException(503)
    language = _language(request, row.language)
    said, time = words.of_pages(language), clockface(plaint)

    def on(at: datetime) -> str:
        return day(time.local(at).date(), language)

    wrong = marked_in_error(event for _, event in reading.events)
    events = [
        plaint.showing.event(event) for _, event in reading.events if event.originator_version not in wrong
    ]
    opened = shown_file(plaint, file)
    decision = None
    if opened.decision is not None:
        decision = {
            "outcome": said.get(f"outcome_{opened.decision.outcome}", words.human(opened.decision.outcome)),
            "reasons": words.plain(opened.decision.reasons, language),
            "day": on(opened.decision.sent_at),
        }
    answer = page(
        request,
        "my-case.html",
        status=refused.status if refused else 200,
        language=language,
        row=row,
        status_told=said.get(f"status_{row.status}", words.human(row.status)),
        received=on(row.received_at),
        category=words.category(row.category, language),
        promises=list(promises((each.clock for each in now.clocks), language, decided=row.status in DECIDED)),
        decision=decision,
        redress=mine_redress.redress(plaint, file, language, on),
        files=mine_files.told(plaint, reading, language, on),
        refused=refused,
        most_files=MOST_SIGNED_IN,
        letters=[
            Letter(title, on(event.occurred_at), text) for event, title, text in letters(events, language)
        ],
        submitted=case.written(opened, time, language),
    )
    return _quietly(answer)


def _quietly(answer: Response) -> Response:
    answer.headers.update(NO_REFERRER)
    return answer


def _language(request: Request, of_case: str) -> Language:
    """Return the language that was asked for, else that of the complaint, else the browser's."""
    own = None if "lang" in request.query_params else known(of_case, LANGUAGES)
    return "fr" if (own or negotiate(request, LANGUAGES)) == "fr" else "en"


def day(at: date, language: str) -> str:
    """Return a date as ``22 May 2026`` or ``22 mai 2026``; the first of a month is ``1er`` in French."""
    number = "1er" if language == "fr" and at.day == 1 else str(at.day)
    return f"{number} {MONTHS[language][at.month - 1]} {at.year}"


def promises(clocks: Iterable[Clock], language: str, *, decided: bool) -> Iterator[PromiseTold]:
    """Yield what was promised and what became of it, in the order in which it falls due."""
    said = words.of_pages(language)
    for clock in sorted(clocks, key=lambda each: (each.due_before, each.milestone, each.regime)):
        name = said.get(f"milestone_{clock.milestone}", words.human(clock.milestone))
        name += f" ({words.human(clock.regime)})" if clock.legal else ""
        until = day(clock.due_date, language)
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


def letters(events: Iterable[Event], language: str) -> Iterator[tuple[Event, str, str]]:
    """Yield what was sent to the complainant, the latest first, with its title and its text."""
    said = words.of_pages(language)
    for event in reversed(list(events)):
        key = LETTERS.get(type(event))
        if isinstance(event, e.Noted) and event.visibility == "customer":
            key = "sent_note"
        if key is not None:
            text: str | Sealed | Erased | None = getattr(event, "text", None)
            yield event, said[key], words.plain(text, language)
