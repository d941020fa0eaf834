"""The forms over HTTP: what may be sent, as JSON Schema, and how it is asked in each language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described
from starlette.responses import JSONResponse

from adapters.forms import shipped_forms
from adapters.http.openapi import problems
from adapters.http.problems import Kind, Problem
from domain.complaint.form import ComplaintForm
from domain.forms import DEFAULT_LANGUAGE, Field, Form, said

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS = {"complaint": ComplaintForm}


def forms() -> APIRouter:
    """Return the routes of the forms; they need no token."""
    router = APIRouter(prefix="/v1/forms", tags=["forms"])
    router.add_api_route("", list_forms, response_model=FormList, responses=problems(400, 422, 429))
    router.add_api_route(
        "/{form}", read_form, response_model=FormDocument, responses=problems(400, 404, 422, 429)
    )
    return router


class Spoken(BaseModel):
    """The language of an answer."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = Described(
        None, max_length=100, description="A language tag; default: the best of Accept-Language, else `en`."
    )


class FormEntry(BaseModel):
    """A form as the list shows it."""

    id: str
    version: str
    title: str
    languages: list[str]
    url: str


class FormList(BaseModel):
    """The forms that there are."""

    items: list[FormEntry]
    next: None = None


class Step(BaseModel):
    """One step of a form: the fields that are asked together."""

    id: str
    title: str
    text: str
    fields: list[str]


class FormDocument(FormEntry):
    """A form in one language: what may be sent (``schema``), and how it is asked."""

    language: str
    never_asked: str
    privacy_notice: dict[str, str]
    afterwards: list[str]
    steps: list[Step]
    labels: dict[str, dict[str, Any]]
    schema_: dict[str, Any] = Described(alias="schema")


def list_forms(request: Request, query: Annotated[Spoken, Query()]) -> Response:
    """List the forms."""
    known = shipped_forms().values()
    languages = sorted({language for form in known for language in form.languages})
    language = negotiate(request, languages, query.lang)
    return _answer({"items": [_entry(form, language) for form in known], "next": None}, language)


def read_form(form: str, request: Request, query: Annotated[Spoken, Query()]) -> Response:
    """Read a form: its JSON Schema, and its labels in one language."""
    found = shipped_forms().get(form)
    if found is None:
        raise Problem(Kind.NOT_FOUND, f"There is no such form; use one of: {', '.join(shipped_forms())}.")
    language = negotiate(request, found.languages, query.lang)
    return _answer(_described(found, language), language)


def negotiate(request: Request, languages: Sequence[str], lang: str | None = None) -> str:
    """Return the language to answer in: ``lang``, else the best of Accept-Language, else English."""
    asked = lang or request.query_params.get("lang")
    if asked is not None:
        return _known(asked, languages) or DEFAULT_LANGUAGE
    return wished(request.headers.get("accept-language", ""), languages)


def wished(header: str, languages: Sequence[str]) -> str:
    """Return the best of the Accept-Language *header* that is among *languages*, else English."""
    weighed = (_weighed(part) for part in header.split(","))
    for weight, tag in sorted(weighed, key=lambda each: -each[0]):
        if weight > 0 and (found := _known(tag, languages)):
            return found
    return DEFAULT_LANGUAGE


def _known(tag: str, languages: Sequence[str]) -> str | None:
    primary = tag.strip().lower().partition("-")[0]
    return primary if primary in languages else None


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    try:
        return float(weight.strip().removeprefix("q=") or 1), tag
    except ValueError:
        return 0, tag


def _entry(form: Form, language: str) -> dict[str, object]:
    return {
        "id": form.id,
        "version": form.version,
        "title": said(form.title, language),
        "languages": form.languages,
        "url": f"/v1/forms/{form.id}",
    }


def _described(form: Form, language: str) -> dict[str, object]:
    return _entry(form, language) | {
        "language": language,
        "never_asked": said(form.never_asked, language),
        "privacy_notice": {"version": form.privacy.version, "text": said(form.privacy.text, language)},
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
    if field.kind == "choice":
        labels["options"] = [
            {"code": option.code, "label": said(option.label, language)} for option in field.options
        ]
    return labels


def _schema(form: Form, language: str) -> dict[str, object]:
    schema = SCHEMAS[form.id].model_json_schema()
    for name, field in form.fields.items():
        schema["properties"][name]["title"] = said(field.label, language)
        if field.help:
            schema["properties"][name]["description"] = said(field.help, language)
    return {"$schema": DIALECT, **schema, "title": said(form.title, language)}


def _answer(body: dict[str, object], language: str) -> JSONResponse:
    return JSONResponse(body, headers={"Content-Language": language, "Vary": "Accept-Language"})
