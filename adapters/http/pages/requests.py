"""The pages of every request: choose a form, fill it in, review, send, keep the reference, add files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from adapters import desk
from adapters.http import tongue
from adapters.http.attachments_documents import upload_of
from adapters.http.attachments_sending import Wish, uploads
from adapters.http.auth import ANYBODY
from adapters.http.forms import notices
from adapters.http.kinds import TICKETS
from adapters.http.languages import negotiate
from adapters.http.limits import may_send
from adapters.http.links import to_follow
from adapters.http.pages import sheet as sheets
from adapters.http.pages.asking import Asking, counts, labels, of_requests
from adapters.http.pages.complaint import KEY, PAGE
from adapters.http.pages.desk import clockface
from adapters.http.pages.errors import error_page
from adapters.http.pages.guard import posted, same_origin
from adapters.http.pages.render import page
from adapters.http.pages.sheet import Sheet
from adapters.http.pages.words import LANGUAGES
from adapters.http.problems import SAFE_PATHS, Problem
from adapters.http.sessions import Guest, Known
from adapters.http.tickets import AGAIN, examined, open_ticket
from adapters.vault.errors import VaultAway
from domain.access import Role
from domain.forms import Advice, Form, advice, said
from domain.sensitive import SensitiveValue
from domain.ticket import Ticket
from domain.ticket.form import TicketForm

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.access import Principal

Posted = Annotated[dict[str, list[str]], Depends(posted)]
CONTACT = "contact_email"
WHOLE = ""
"""Where a mistake stands that is about the form as a whole."""


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in, by whom, and what is wrong with it, by the path of each question."""

    form: Form
    sheet: Sheet
    contact: str
    key: str
    confirmed: tuple[str, ...]
    language: str
    version: str | None = None
    """The version that was shown; another one in force is told before anything is sent."""
    who: Principal | None = None
    errors: dict[str, str] = field(default_factory=dict[str, str])

    def body(self, plaint: Plaint) -> dict[str, Any]:
        """Return what is sent, as JSON."""
        fields = self.sheet.body(self.form.fields, self.language, clockface(plaint).zone)
        return {
            "form": self.form.id,
            "language": self.language,
            "contact_email": self.contact,
            "fields": fields,
            "confirmed": list(self.confirmed),
            "form_version": self.version,
        }


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the pages of requests."""

    @router.get("/requests")
    def index(request: Request) -> Response:
        language = negotiate(request, LANGUAGES)
        forms = [each for each in plaint.forms.all() if each.kind == "ticket"]
        named = sorted((said(each.title, language), each.id, each.sign_in) for each in forms)
        return page(request, "requests.html", language=language, texts=of_requests(language), forms=named)

    @router.get("/requests/{id}")
    def blank(request: Request, id: str, desk_reader: Known, guest: Guest) -> Response:
        form = _form(plaint, id)
        if form.kind == "complaint":
            return RedirectResponse("/complain", 303)
        filled = _filled(request, form, {}, plaint.chance(16).hex(), _sender(form, desk_reader, guest))
        return _show(request, plaint, filled)

    @router.post("/requests/{id}", dependencies=[Depends(same_origin), Depends(may_send)])
    def send(request: Request, id: str, data: Posted, desk_reader: Known, guest: Guest) -> Response:
        form, key = _form(plaint, id), "".join(data.get("key", ()))
        filled = _filled(request, form, data, key, _sender(form, desk_reader, guest))
        if form.kind == "complaint" or not KEY.fullmatch(key):
            raise HTTPException(400, of_requests(filled.language)["key_missing"])
        wish, _, where = data.get("do", ["review"])[-1].partition(" ")
        if wish in {"add", "drop"}:
            return _show(request, plaint, _changed(filled, wish, where))
        try:
            return (
                _show(request, plaint, filled) if wish == "change" else _sent(request, plaint, filled, wish)
            )
        except VaultAway:
            return error_page(request, 503, of_requests(filled.language)["kept_away"])

    @router.post("/requests/{id}/files", dependencies=[Depends(same_origin)])
    async def add_files(request: Request, id: str, token: Annotated[str, Query(alias="pass")]) -> Response:
        language = negotiate(request, LANGUAGES)
        try:
            answer = await uploads(TICKETS)(id, Wish(plaint, request, None, token, None, None))
        except Problem as problem:
            reasons = [_in(each.detail, language) for each in problem.errors] or [
                _in(problem.detail, language)
            ]
            return _files_page(request, language, problem.kind.value.status, reasons=reasons)
        taken = json.loads(bytes(answer.body))["files"]
        return _files_page(request, language, files=[(each["name"], each.get("detail")) for each in taken])


def _form(plaint: Plaint, id: str) -> Form:
    form = plaint.forms.get(id)
    if form is None:
        raise HTTPException(404)
    return form


def _files_page(
    request: Request,
    language: str,
    status: int = 200,
    files: Sequence[tuple[str, str | None]] = (),
    reasons: Sequence[str] = (),
) -> Response:
    texts = of_requests(language)
    shown = {"files": files, "reasons": reasons, "texts": texts}
    return page(request, "request-files.html", status=status, language=language, **shown)


def _sender(form: Form, desk_reader: Principal | None, guest: Principal | None) -> Principal | None:
    """Return in whose name *form* is sent: who is signed in at the desk sends only what asks for that."""
    return guest or (desk_reader if form.sign_in else None)


def _filled(
    request: Request, form: Form, data: dict[str, list[str]], key: str, who: Principal | None
) -> Filled:
    language = negotiate(request, [each for each in form.languages if each in LANGUAGES])
    contact = "".join(data.get(CONTACT, ())[-1:]).strip()
    confirmed = tuple(data.get("confirmed", ()))[:20]
    seen = (data.get("version") or [None])[-1] or None
    return Filled(form, sheets.read(data, form), contact, key, confirmed, language, seen, who)


def _changed(filled: Filled, wish: str, where: str) -> Filled:
    """Return the form with one record more at *where*, or without that one."""
    path, _, number = where.rpartition(".") if wish == "drop" else (where, "", "")
    asked = sheets.found(filled.form, path)
    if asked is None or asked.kind != "records":
        raise HTTPException(400)
    if wish == "add":
        return replace(filled, sheet=filled.sheet.grown(path, asked))
    return replace(
        filled, sheet=filled.sheet.shrunk(path, asked, int(number) if sheets.FEW.fullmatch(number) else -1)
    )


def _sent(request: Request, plaint: Plaint, filled: Filled, wish: str) -> Response:
    """Review what was filled in, or send it once it is in order."""
    filled = replace(filled, sheet=filled.sheet.tidied(filled.form.fields))
    body = filled.body(plaint)
    try:
        asked = TicketForm.model_validate(body)
    except ValidationError as error:
        if any(each["loc"][:1] != (CONTACT,) for each in error.errors()):
            raise HTTPException(400, of_requests(filled.language)["key_missing"]) from None
        told = {CONTACT: of_requests(filled.language)["contact_missing"]}
        return _show(request, plaint, replace(filled, errors=told | _wrong(plaint, filled, body)), 422)
    again = _again(filled, body)
    try:
        answer = plaint.desk.first_answer(again, kind=Ticket, said=lambda: asked) if wish == "send" else None
        if answer is None:
            examined(plaint, asked, filled.who)
            if wish != "send":
                # Under no key: the same form is sent again once it is corrected.
                plaint.desk.turn_away(asked, asked.form, asked.channel, ANYBODY)
                return _review(request, plaint, filled, body)
            answer = open_ticket(plaint, asked, filled.who, again)
    except SensitiveValue as refusal:
        return _show(request, plaint, replace(filled, errors=_secrets(filled, refusal)), 422)
    except Problem as problem:
        errors = _told(filled, problem)
        if errors:
            return _show(request, plaint, replace(filled, errors=errors), 422)
        return _review(request, plaint, filled, body, problem, pressed=wish == "send")
    return _done(request, plaint, filled, answer)


def _wrong(plaint: Plaint, filled: Filled, body: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with the fields of a form whose address to answer to is none."""
    try:
        examined(plaint, TicketForm.model_validate(body | {CONTACT: "somebody@example.org"}), filled.who)
    except Problem as problem:
        return _told(filled, problem)
    except ValidationError:
        return {}
    return {}


def _told(filled: Filled, problem: Problem) -> dict[str, str]:
    """Return what is wrong by the path of each question that is shown, without what is to be confirmed."""
    known = {*sheets.paths(filled.sheet, filled.form.fields)}
    errors: dict[str, str] = {}
    for each in problem.errors:
        first, *rest = (each.pointer or "").removeprefix("/").split("/")
        if first == "confirmed":
            continue
        path = ".".join(rest) if first == "fields" else WHOLE
        while path and path not in known:
            path = path.rpartition(".")[0]
        errors.setdefault(path, _in(each.detail, filled.language))
    return errors if problem.errors else {WHOLE: _in(problem.detail, filled.language)}


def _in(text: str, language: str) -> str:
    return (tongue.said(text) if language == "fr" else None) or text


def _secrets(filled: Filled, refusal: SensitiveValue) -> dict[str, str]:
    """Return what is said of each field whose text was refused."""
    found: dict[str, str] = {}
    for spot in refusal.spots:
        parts = [part for part in spot.field.split("/") if part and part != "fields"]
        path = ".".join(parts)
        known = {*sheets.paths(filled.sheet, filled.form.fields), CONTACT}
        while path and path not in known:
            path = path.rpartition(".")[0]
        found.setdefault(path, _in(SAFE_PATHS[spot.kind], filled.language))
    return found


def _again(filled: Filled, body: dict[str, Any]) -> desk.Request:
    """Return the request that the same form with the same content is, however often it is sent."""
    asks = json.dumps({**body, "confirmed": []}, sort_keys=True).encode()
    return desk.Request(principal=PAGE, key=f"{filled.key}-{sha256(asks).hexdigest()}", asks=asks)


def _shown(plaint: Plaint, filled: Filled) -> dict[str, Any]:
    """Return what every page of one form shows."""
    form, language = filled.form, filled.language
    asking = Asking(form, filled.sheet, language, filled.errors)
    steps = asking.steps()
    questions = [each for step in steps for each in step[3]]
    country = filled.sheet.text("country")
    return {
        "form": form,
        "filled": filled,
        "steps": steps,
        "counts": counts(questions),
        "labels": labels(questions) | {CONTACT: of_requests(language)["contact_email"]},
        "texts": of_requests(language),
        "tell": partial(said, language=language),
        "notices": notices(plaint, form, language, country or None),
        "most": form.attachments.limit(signed_in=False),
    }


def _show(request: Request, plaint: Plaint, filled: Filled, status: int = 200) -> Response:
    given = filled.body(plaint)["fields"]
    shown = [_advised(plaint, filled, each) for each in advice(filled.form, given)]
    return page(
        request,
        "request.html",
        status=status,
        language=filled.language,
        errors=filled.errors,
        advice=shown,
        unknown=filled.form.sign_in and filled.who is None,
        **_shown(plaint, filled),
    )


def _advised(plaint: Plaint, filled: Filled, each: Advice) -> dict[str, Any]:
    other = plaint.forms.get(each.form) if each.form else None
    title = said(other.title, filled.language) if other else None
    return {"id": each.id, "text": said(each.text, filled.language), "form": each.form, "title": title}


def _review(
    request: Request,
    plaint: Plaint,
    filled: Filled,
    body: dict[str, Any],
    problem: Problem | None = None,
    *,
    pressed: bool = False,
) -> Response:
    """Show everything once more, with what has to be confirmed; *pressed* is whether it was to be sent."""
    confirm = [_advised(plaint, filled, each) for each in advice(filled.form, body["fields"]) if each.confirm]
    if problem is not None and any(each.type == AGAIN for each in problem.errors):
        confirm.append({"id": AGAIN, "text": problem.detail, "form": None, "title": None})
    elif AGAIN in filled.confirmed and filled.form.confirm_again is not None:
        told = said(filled.form.confirm_again.text, filled.language)
        confirm.append({"id": AGAIN, "text": told, "form": None, "title": None})
    return page(
        request,
        "request-review.html",
        status=422 if pressed else 200,
        language=filled.language,
        confirm=confirm,
        pressed=pressed,
        **_shown(plaint, filled),
    )


def _done(request: Request, plaint: Plaint, filled: Filled, answer: desk.Answer) -> Response:
    place = f"/requests/{answer.id}"
    upload = upload_of(plaint, answer.id, place, filled.form).get("upload")
    outside = filled.who is None or filled.who.role is Role.COMPLAINANT
    actor = filled.who.actor if filled.who else ANYBODY
    return page(
        request,
        "request-sent.html",
        status=201,
        language=filled.language,
        answer=answer,
        link=to_follow(plaint, request, answer, actor, TICKETS) if outside else None,
        files=upload and f"{place}/files?pass={upload['token']}",
        **_shown(plaint, filled),
    )
