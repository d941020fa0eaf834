"""The description of the API: OpenAPI 3.1 at /openapi.json."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adapters.http.problems import MEDIA_TYPE, Kind, ProblemDocument
from domain.commands import COMMANDS
from domain.complaint.form import ComplaintForm
from domain.webhook_commands import Change, NewWebhook, RotateSecret

BODIES: tuple[type[BaseModel], ...] = (
    ProblemDocument,
    ComplaintForm,
    *COMMANDS,
    NewWebhook,
    Change,
    RotateSecret,
)
DESCRIPTION = """\
The complaint desk's record.

Every error is a problem document (RFC 9457). A write answers the `position` that the log has
reached; a read with `after=<position>` sees it. Changes to a case need `If-Match` with the `ETag`
of the case as you read it, and are safe to repeat under an `Idempotency-Key`.
"""

READS = (401, 403, 404, 422, 503)
WRITES = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 503)
TAG = {"ETag": {"description": "The version of the case.", "schema": {"type": "string"}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of the answers that are problem documents."""
    said: dict[int, list[str]] = {}
    for kind in Kind:
        said.setdefault(kind.value.status, []).append(f"{kind.value.title} (`{kind.uri}`)")
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    return {
        status: {"description": "; ".join(said[status]) + ".", "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def takes(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a body that is a *model*."""
    content = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}, "example": example}
    required = any(field.is_required() for field in model.model_fields.values())
    return {"requestBody": {"required": required, "content": {"application/json": content}}}


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
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "If-Match":
                    parameter["required"] = True
                    parameter["schema"] = {"type": "string", "example": '"4"'}
    return description
