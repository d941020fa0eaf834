"""The description of the API as a page at ``/docs``: rendered here, with nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from jinja2 import Environment, StrictUndefined, Template
from starlette.responses import HTMLResponse

from adapters.http.pages.render import HEADERS, asset

router = APIRouter(include_in_schema=False)

STYLE = "plaint.css"
CACHED = {"Cache-Control": "public, max-age=300"}


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Return the page."""
    description = request.app.openapi()
    html = _template().render(
        info=description["info"],
        base=request.scope.get("root_path", ""),
        groups=_groups(description),
        schemas=description["components"]["schemas"],
    )
    return HTMLResponse(html, headers=HEADERS | CACHED)


@router.get(f"/docs/{STYLE}")
def style() -> Response:
    """Return the style sheet of the console."""
    found = asset(STYLE)
    if found is None:
        raise HTTPException(404)
    return found


def _groups(description: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by their first tag, as the page shows them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", ["other"])[0]
            groups.setdefault(tag, []).append(_shown(path, method, operation, description))
    return groups


def _shown(
    path: str, method: str, operation: Mapping[str, Any], description: Mapping[str, Any]
) -> dict[str, Any]:
    _, (asked, takes) = _example(operation.get("requestBody", {}))
    answers: list[dict[str, Any]] = []
    for status, given in operation["responses"].items():
        answer = description["components"]["responses"][status] if "$ref" in given else given
        media, (example, model) = _example(answer)
        told = {"status": status, "description": answer["description"], "media": media, "model": model}
        answers.append(told | {"example": example if int(status) < 400 else None})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation["description"],
        "open": {} in operation.get("security", [{}]),
        "parameters": [_parameter(each) for each in operation.get("parameters", ())],
        "asked": asked,
        "takes": takes,
        "answers": answers,
    }


def _parameter(given: Mapping[str, Any]) -> dict[str, Any]:
    schema = given["schema"]
    return {
        "name": given["name"],
        "where": given["in"],
        "required": given.get("required", False),
        "type": " or ".join(_types(schema)),
        "description": given.get("description", schema.get("description", "")),
    }


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words what a parameter may be."""
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _types(each)
    elif "enum" in schema:
        yield ", ".join(map(str, schema["enum"]))
    elif "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    elif schema.get("type") == "array":
        yield f"several of {' or '.join(_types(schema['items']))}"
    elif schema.get("type") != "null":
        yield str(schema.get("format", schema.get("type", "any")))


def _example(part: Mapping[str, Any]) -> tuple[str, tuple[str | None, str | None]]:
    """Return the media type of a body, its example as JSON, and the name of its schema."""
    for media, content in part.get("content", {}).items():
        example = content.get("example")
        text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
        model = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        return media, (None if example is None else text, model or None)
    return "", (None, None)


@lru_cache(maxsize=1)
def _template() -> Template:
    text = (files("adapters.http") / "docs.html").read_text("utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["marked"] = lambda value: _Marked(str(value))
    made.filters["as_json"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return made.from_string(text)


@dataclass(frozen=True)
class _Marked:
    """A text whose parts between backticks are shown as code."""

    text: str

    def __html__(self) -> str:
        return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(self.text))
