"""The pages of the complaint form: fill in, review, send, keep the reference."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from adapters.http.auth import ANYBODY
from adapters.http.forms import known_form
from adapters.http.kinds import COMPLAINTS
from adapters.http.languages import negotiate
from adapters.http.limits import may_send
from adapters.http.links import to_follow
from adapters.http.pages import complaint, words
from adapters.http.pages.asking import of_requests
from adapters.http.pages.desk import clockface
from adapters.http.pages.errors import error_page
from adapters.http.pages.guard import posted, same_origin
from adapters.http.pages.render import page
from adapters.http.problems import SAFE_PATHS
from adapters.http.tongue import said as french
from adapters.vault.errors import VaultAway
from domain.forms import Form, said
from domain.sensitive import SensitiveValue

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

REVIEW = "review"
"""The step of the complaint form that heads its review."""
Posted = Annotated[dict[str, list[str]], Depends(posted)]


def add(router: APIRouter, plaint: Plaint) -> None:
    """Add the pages of the complaint form."""

    @router.get("/complain")
    def blank(request: Request) -> Response:
        form, language = _form_and_language(plaint, request)
        empty = complaint.Filled({"language": language}, plaint.chance(16).hex())
        return _blank(request, form, empty, {}, language)

    @router.post("/complain", dependencies=[Depends(same_origin), Depends(may_send)])
    def send(request: Request, data: Posted) -> Response:
        form, language = _form_and_language(plaint, request)
        given = complaint.filled(data, form)
        if given is None:
            raise HTTPException(400, words.of_pages(language)["key_missing"])
        time = clockface(plaint)
        checked, errors = complaint.check(given, form, language, time.zone, time.now)
        wish = data.get("do", ["review"])[-1]
        if checked is None:
            return _blank(request, form, given, errors, language, status=422)
        entity = plaint.settings.legal_entity
        submission = checked.submission(legal_entity_default=entity, form_version=form.seen_in(language))
        if wish == "change":
            return _blank(request, form, given, {}, language)
        try:
            # Under no key: the same form is sent again once it is corrected.
            plaint.desk.turn_away(submission, form.id, submission.channel, ANYBODY)
            if wish != "send":
                return _show(request, "review.html", form, given, language)
            answer = plaint.desk.receive(submission, ANYBODY, request=complaint.request(given, checked))
            link = to_follow(plaint, request, answer, ANYBODY, COMPLAINTS)
        except SensitiveValue as refusal:
            return _blank(request, form, given, _told(refusal, form, language), language, status=422)
        except VaultAway:
            return error_page(request, 503, words.of_pages(language)["vault_away"])
        plaint.wake()
        return _show(request, "sent.html", form, given, language, status=201, answer=answer, link=link)


def _form_and_language(plaint: Plaint, request: Request) -> tuple[Form, str]:
    """Return the form in force, the firm's own where it has one, and the language it is shown in."""
    form = known_form(plaint, "complaint")
    return form, negotiate(request, [each for each in form.languages if each in words.LANGUAGES])


def _told(refusal: SensitiveValue, form: Form, language: str) -> dict[str, str]:
    """Return what is said of each field whose text was refused."""
    texts = [(spot.field.split("/")[1], SAFE_PATHS[spot.kind]) for spot in refusal.spots]
    return {
        name: (french(text) if language == "fr" else None) or text
        for name, text in texts
        if name in form.fields
    }


def _blank(
    request: Request,
    form: Form,
    given: complaint.Filled,
    errors: dict[str, str],
    language: str,
    *,
    status: int = 200,
) -> Response:
    listed = {
        name: complaint.listed(field, language)
        for name, field in form.fields.items()
        if field.kind == "choice"
    }
    return page(
        request,
        "complain.html",
        status=status,
        language=language,
        form=form,
        given=given,
        errors=errors,
        listed=listed,
        tell=partial(said, language=language),
        **_review_of(form, language),
    )


def _review_of(form: Form, language: str) -> dict[str, object]:
    """Return how the review is headed: as a step of the form says it, else as that of any request."""
    step = next((step for step in form.steps if step.id == REVIEW), None)
    if step is not None:
        return {"review_title": said(step.title, language), "review_text": said(step.text, language)}
    texts = of_requests(language)
    return {"review_title": texts["review_title"], "review_text": texts["review_text"]}


def _show(
    request: Request,
    template: str,
    form: Form,
    given: complaint.Filled,
    language: str,
    *,
    status: int = 200,
    **more: object,
) -> Response:
    return page(
        request,
        template,
        status=status,
        language=language,
        form=form,
        given=given,
        answers=complaint.answers(given, form, language),
        tell=partial(said, language=language),
        **_review_of(form, language),
        **more,
    )
