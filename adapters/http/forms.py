"""The forms over HTTP: what may be sent, as JSON Schema, how it is asked, and whether it is in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import JSONResponse

from adapters.bootstrap import Plaint
from adapters.dashboard import HOUSE
from adapters.http import problems as told
from adapters.http import tongue
from adapters.http.auth import App, Somebody
from adapters.http.conditional import Body
from adapters.http.form_documents import (
    Advised,
    Asked,
    Attempt,
    Checked,
    FormDocument,
    FormList,
    Noticed,
    Spoken,
)
from adapters.http.languages import known, negotiate
from adapters.http.late import Late
from adapters.http.openapi import problems, takes
from adapters.http.problems import Kind, Mistake, Problem
from adapters.http.schemas import Nothing
from domain.complaint.form import ComplaintForm
from domain.forms import (
    DEFAULT_LANGUAGE,
    Advice,
    Field,
    Form,
    Submission,
    advice,
    check,
    language_seen,
    said,
    schema,
)
from domain.sensitive import refused, spots

AN_ATTEMPT: dict[str, Any] = {"language": "en", "fields": {"account_email": "someone@example.org"}}


def forms() -> APIRouter:
    """Return the routes of the forms; they need no token."""
    router = APIRouter(route_class=Late, prefix="/v1/forms", tags=["forms"])
    router.add_api_route("", list_forms, response_model=FormList, responses=problems(400, 422, 429))
    router.add_api_route(
        "/{form}", read_form, response_model=FormDocument, responses=problems(400, 404, 422, 429)
    )
    router.add_api_route(
        "/{form}/check",
        check_form,
        methods=["POST"],
        response_model=Checked,
        responses=problems(400, 401, 404, 413, 415, 422, 429),
        openapi_extra=takes(Attempt, AN_ATTEMPT) | {"security": [{}, {"token": []}]},
    )
    return router


def list_forms(plaint: App, request: Request, query: Annotated[Spoken, Query()]) -> Response:
    """List the forms."""
    known = plaint.forms.all()
    languages = sorted({language for form in known for language in form.languages})
    language = negotiate(request, languages, query.lang)
    return _answer({"items": [_entry(form, language) for form in known], "next": None}, language)


def read_form(plaint: App, form: str, request: Request, query: Annotated[Asked, Query()]) -> Response:
    """Read a form: its JSON Schema, and its labels in one language."""
    found = known_form(plaint, form, query.version)
    language = negotiate(request, found.languages, query.lang or language_seen(query.version))
    return _answer(_described(plaint, found, language, query.region), language)


def check_form(
    plaint: App, who: Somebody, form: str, sent: Body, _query: Annotated[Nothing, Query()]
) -> Response:
    """Say what is wrong with a form before it is sent, and what to know; nothing is stored."""
    found = known_form(plaint, form)
    attempt = sent.parsed(Attempt)
    language = spoken(found, attempt.language)
    if found.kind == "complaint":
        mistakes = _complaint_mistakes(found, attempt, language)
    else:
        judged = checked(
            plaint, found, attempt.fields, language, signed_in=who is not None, confirmed=attempt.confirmed
        )
        mistakes = [] if isinstance(judged, Submission) else judged
    mistakes += [
        tongue.mistake_in(each, language) for each in told.secrets(refused(spots({"fields": attempt.fields})))
    ]
    country = attempt.fields.get("country")
    body = Checked(
        mistakes=mistakes,
        advice=[advised(each, language) for each in advice(found, attempt.fields)],
        notices=notices(plaint, found, language, country if isinstance(country, str) else None),
    )
    return _answer(body.model_dump(mode="json", exclude_none=True), language)


def known_form(plaint: Plaint, id: str, version: str | None = None, pointer: str | None = None) -> Form:
    """Return a form that there is; refuse any other, in the body at *pointer*."""
    found = plaint.forms.get(id, version)
    if found is not None:
        return found
    detail = "There is no such form; GET /v1/forms lists those that there are."
    if pointer is not None:
        raise Problem(Kind.RULE, detail, errors=[Mistake(pointer=pointer, detail=detail, type="unknown")])
    if version is not None and plaint.forms.get(id) is not None:
        detail = "That version of the form was never in force; leave it out to read the one that is."
    raise Problem(Kind.NOT_FOUND, detail)


def checked(
    plaint: Plaint,
    form: Form,
    fields: Mapping[str, object],
    language: str,
    *,
    signed_in: bool,
    confirmed: Sequence[str],
) -> Submission | list[Mistake]:
    """Return what *fields* are by *form*, judged now and in the house's zone, or their mistakes."""
    judged = check(
        form,
        fields,
        now=plaint.now(),
        zone=plaint.desk.rules.regime(HOUSE).tz,
        language=language,
        signed_in=signed_in,
        texts=plaint.forms.shared.mistakes,
        confirmed=confirmed,
    )
    if isinstance(judged, Submission):
        return judged
    return [Mistake(pointer=each.pointer, detail=each.message, type=each.type) for each in judged]


def spoken(form: Form, tag: str) -> str:
    """Return the language of *form* that is nearest to *tag*, else English."""
    return known(tag, form.languages) or DEFAULT_LANGUAGE


def advised(each: Advice, language: str) -> Advised:
    """Return one piece of advice as it is said."""
    when = each.when.model_dump(mode="json", by_alias=True, exclude_none=True) if each.when else None
    facts = each.model_dump(include={"id", "confirm", "stops", "form"})
    return Advised(text=said(each.text, language), when=when, **facts)


def notices(plaint: Plaint, form: Form, language: str, region: str | None) -> list[Noticed]:
    """Return the service notices that hold today for somebody of *region*."""
    today = plaint.now().astimezone(plaint.desk.rules.regime(HOUSE).tz).date()
    shown = [each for each in form.notices if each.shows(today, region)]
    return [Noticed(id=each.id, text=said(each.text, language)) for each in shown]


def _complaint_mistakes(form: Form, attempt: Attempt, language: str) -> list[Mistake]:
    """Return what is wrong with a complaint, in the words of its form."""
    try:
        ComplaintForm.model_validate(attempt.fields)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        wrong = told.mistakes({**each, "loc": ("body", "fields", *each["loc"])} for each in found)
        return [_in_words(form, mistake, language) for mistake in wrong]
    return []


def _in_words(form: Form, mistake: Mistake, language: str) -> Mistake:
    field = form.fields.get((mistake.pointer or "").split("/")[2])
    if field is None:
        return mistake
    words = field.missing if mistake.type == "missing" else field.invalid
    return mistake.model_copy(update={"detail": said(words, language) or mistake.detail})


def _entry(form: Form, language: str) -> dict[str, object]:
    return {
        "id": form.id,
        "version": form.version,
        "kind": form.kind,
        "title": said(form.title, language),
        "languages": form.languages,
        "sign_in": form.sign_in,
        "url": f"/v1/forms/{form.id}",
    }


def _described(plaint: Plaint, form: Form, language: str, region: str | None) -> dict[str, object]:
    most = {signed_in: form.attachments.limit(signed_in=signed_in) for signed_in in (False, True)}
    return _entry(form, language) | {
        "language": language,
        "seen": form.seen_in(language),
        "never_asked": said(form.never_asked, language),
        "privacy_notice": {"version": form.privacy.version, "text": said(form.privacy.text, language)},
        "advice": [advised(each, language).model_dump(exclude_none=True) for each in form.advice],
        "notices": [each.model_dump() for each in notices(plaint, form, language, region)],
        "attachments": {
            "most": most[False],
            "most_signed_in": most[True],
            "required": form.attachments.required,
        },
        "afterwards": [said(each, language) for each in form.afterwards],
        "steps": [
            {
                "id": step.id,
                "title": said(step.title, language),
                "text": said(step.text, language),
                "fields": step.fields,
            }
            for step in form.steps
        ],
        "labels": {name: _labels(field, language) for name, field in form.fields.items()},
        "schema": _schema(form, language),
    }


def _labels(field: Field, language: str) -> dict[str, object]:
    labels: dict[str, object] = {"kind": field.kind, "label": said(field.label, language)}
    if field.help:
        labels["help"] = said(field.help, language)
    if field.options:
        labels["options"] = [
            {"code": option.code, "label": said(option.label, language)} for option in field.options
        ]
    if field.fields:
        labels["fields"] = {name: _labels(each, language) for name, each in field.fields.items()}
    for key in ("show_when", "require_when"):
        condition = getattr(field, key)
        if condition is not None:
            labels[key] = condition.model_dump(mode="json", by_alias=True, exclude_none=True)
    return labels


def _schema(form: Form, language: str) -> dict[str, Any]:
    """Return the schema of what is sent: of a complaint the whole body, of a ticket its ``fields``."""
    if form.kind == "ticket":
        return schema.schema(form, language)
    found = ComplaintForm.model_json_schema()
    for name, field in form.fields.items():
        found["properties"][name]["title"] = said(field.label, language)
        if field.help:
            found["properties"][name]["description"] = said(field.help, language)
    return {"$schema": schema.DIALECT, **found, "title": said(form.title, language)}


def _answer(body: dict[str, Any], language: str) -> JSONResponse:
    return JSONResponse(body, headers={"Content-Language": language, "Vary": "Accept-Language"})
