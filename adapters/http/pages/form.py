"""The pages of the complaint form: fill in, review, send, keep the reference."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from adapters.forms import shipped_forms
from adapters.http.auth import ANYBODY
from adapters.http.forms import negotiate
from adapters.http.limits import may_send
from adapters.http.pages import complaint, words
from adapters.http.pages.desk import clockface
from adapters.http.pages.errors import error_page
from adapters.http.pages.guard import posted, same_origin
from adapters.http.pages.render import page
from adapters.vault.errors import VaultAway
from domain.forms import Form, said

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

Posted = Annotated[dict[str, list[str]], Depends(posted)]


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the pages of the complaint form."""
    form = shipped_forms()["complaint"]

    @router.get("/complain")
    def blank(request: Request) -> Response:
        language = negotiate(request, form.languages)
        empty = complaint.Filled({"language": language}, plaint.chance(16).hex())
        return _form(form, empty, {}, language)

    @router.post("/complain", dependencies=[Depends(same_origin), Depends(may_send)])
    def send(request: Request, data: Posted) -> Response:
        language = negotiate(request, form.languages)
        given = complaint.filled(data, form)
        if given is None:
            raise HTTPException(400, words.of_pages(language)["key_missing"])
        time = clockface(plaint)
        checked, errors = complaint.check(given, form, language, time.zone, time.now)
        wish = data.get("do", ["review"])[-1]
        if checked is None:
            return _form(form, given, errors, language, status=422)
        if wish == "change":
            return _form(form, given, {}, language)
        if wish != "send":
            return _show("review.html", form, given, language)
        entity = plaint.settings.legal_entity
        submission = checked.submission(legal_entity_default=entity, form_version=form.version)
        try:
            answer = plaint.desk.receive(submission, ANYBODY, request=complaint.request(given, checked))
        except VaultAway:
            return error_page(503, words.of_pages(language)["vault_away"])
        plaint.wake()
        return _show("sent.html", form, given, language, status=201, answer=answer)


def _form(
    form: Form, given: complaint.Filled, errors: dict[str, str], language: str, *, status: int = 200
) -> Response:
    listed = {
        name: complaint.listed(field, language)
        for name, field in form.fields.items()
        if field.kind == "choice"
    }
    return page(
        "complain.html",
        status=status,
        language=language,
        form=form,
        given=given,
        errors=errors,
        listed=listed,
        tell=partial(said, language=language),
    )


def _show(
    template: str,
    form: Form,
    given: complaint.Filled,
    language: str,
    *,
    status: int = 200,
    **more: object,
) -> Response:
    return page(
        template,
        status=status,
        language=language,
        form=form,
        given=given,
        answers=complaint.answers(given, form, language),
        tell=partial(said, language=language),
        **more,
    )
