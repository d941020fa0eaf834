"""The description of the API: OpenAPI 3.1 at /openapi.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adapters.http import schemas
from adapters.http.attachments_documents import FileDocument, FileList
from adapters.http.issue_documents import CountedIssue, IssuePage
from adapters.http.problems import MEDIA_TYPE, Kind, Problem, ProblemDocument
from adapters.http.sight import may_lack
from domain.clock_view import Explanation

BODIES: dict[type[BaseModel], None] = {ProblemDocument: None}
"""The models that routes take or that no route names as its answer, in the order in which they came."""
DOCUMENTS: tuple[type[BaseModel], ...] = (
    schemas.CaseDocument,
    schemas.TicketDocument,
    schemas.CasePage,
    schemas.History,
    schemas.ClockList,
    Explanation,
    FileDocument,
    FileList,
    CountedIssue,
    IssuePage,
)
"""What tells of cases and issues: each field of these says whom it is for."""
DESCRIPTION = """\
The complaint desk's record.

Every error is a problem document (RFC 9457). A write answers the `position` that the log has
reached; a read with `after=<position>` sees it. Changes to a case need `If-Match` with the `ETag`
of the case as you read it, and are safe to repeat under an `Idempotency-Key`.
"""

OPENS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
READS = (401, 403, 404, 422, 429, 503)
WRITES = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 503)
OF_FRAME = (400, 429, 431, 500, 503)
"""What any request to the API may be answered."""
OF_BODIES = (408, 413)
TAG = {"ETag": {"description": "The version of the case.", "schema": {"type": "string"}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of the answers that are problem documents."""
    said: dict[int, list[str]] = {}
    for kind in Kind:
        said.setdefault(kind.value.status, []).append(f"{kind.value.title} (`{kind.uri}`)")
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    return {
        status: {"description": "; ".join(said[status]) + ".", "content": {MEDIA_TYPE: dict(schema)}}
        for status in statuses
    }


def takes(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a body that is a *model*."""
    BODIES[model] = None
    content = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}, "example": example}
    required = any(field.is_required() for field in model.model_fields.values())
    return {"requestBody": {"required": required, "content": {"application/json": content}}}


def either(narrow: type[BaseModel], wide: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a body that is a *narrow* model, or from those who may a *wide* one."""
    BODIES[wide] = None
    described = takes(narrow, example)
    schemas = [{"$ref": f"#/components/schemas/{each.__name__}"} for each in (narrow, wide)]
    described["requestBody"]["content"]["application/json"]["schema"] = {"anyOf": schemas}
    return described


def describes(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return a function that describes *app*, once."""

    def describe() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    return describe


def _version() -> str:
    try:
        return version("plaint")
    except PackageNotFoundError:
        return "0"


def _describe(app: FastAPI) -> dict[str, Any]:
    description = get_openapi(
        title="Plaint",
        version=_version(),
        openapi_version="3.1.0",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    _, bodies = models_json_schema(
        [(model, "validation") for model in BODIES], ref_template="#/components/schemas/{model}"
    )
    description["components"]["schemas"] |= bodies["$defs"]
    _make_optional(description["components"]["schemas"])
    description["components"]["responses"] = _failures()
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    return description


def _make_optional(described: dict[str, Any]) -> None:
    """Take what some readers do not get out of what an answer must have."""
    for name, lacking in ((name, names) for each in DOCUMENTS for name, names in may_lack(each).items()):
        schema = described.get(name, {})
        required = [field for field in schema.get("required", ()) if field not in lacking]
        if required:
            schema["required"] = required
        else:
            schema.pop("required", None)


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what holds for every operation: how it is told in one line, the frame's errors, examples."""
    operation["summary"] = operation["description"].partition("\n\n")[0].partition(": ")[0].rstrip(".")
    answers: dict[str, dict[str, Any]] = operation["responses"]
    frame = (*OF_FRAME, *(OF_BODIES if method == "post" else ())) if path.startswith("/v1/") else ()
    failed = {int(status) for status in answers if int(status) >= 400}.union(frame)
    shared: dict[str, dict[str, Any]] = {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(failed)
    }
    operation["responses"] = answers = {s: told for s, told in answers.items() if int(s) < 400} | shared
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "If-Match":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "example": '"4"'}
    for answer in answers.values():
        for content in answer.get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if name in examples():
                content["example"] = examples()[name]


@cache
def examples() -> dict[str, Any]:
    """Return an answer for each schema of answers, as a desk once gave it."""
    return json.loads((files("adapters.http") / "examples.json").read_text("utf-8"))


def _failures() -> dict[str, Any]:
    """Return every answer that is a problem document, by its status, with an example of its first kind."""
    said = {kind.value.status: kind for kind in reversed(Kind)}
    failures = {str(status): answer for status, answer in problems(*sorted(said)).items()}
    for status, kind in said.items():
        example = Problem(kind).document().model_dump(mode="json", exclude_none=True)
        failures[str(status)]["content"][MEDIA_TYPE]["example"] = example
    return failures
