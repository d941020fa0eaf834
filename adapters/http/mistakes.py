"""What is wrong with a request, field by field, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel


class Mistake(BaseModel):
    """One mistake in a request: where it stands, what to do about it, and what kind it is."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str
    type: str


SAID = {
    "missing": "This is required.",
    "extra_forbidden": "This is unknown; leave it out.",
    "string_type": "Give text.",
    "string_too_short": "This may not be empty.",
    "string_unicode": "This is no valid Unicode text.",
    "string_pattern_mismatch": "This has characters or a form that are not accepted here.",
    "bool_type": "Give true or false.",
    "bool_parsing": "Give true or false.",
    "model_type": "Give an object.",
    "dict_type": "Give an object.",
    "tuple_type": "Give a list.",
    "list_type": "Give a list.",
    "uuid_parsing": "Give an id.",
    "uuid_type": "Give an id.",
}
"""What is said of a mistake, by its type; the value itself is never repeated."""
INSTANT = "Give an instant with its offset, such as 2026-05-22T14:30:00+02:00."
NO_NOTICE = (
    "Notices cannot be sent from here yet; leave this out, and say with sent_at when a letter was sent."
)


def mistakes(found: Iterable[Mapping[str, Any]]) -> list[Mistake]:
    """Return the errors of a validation as mistakes: in the body by pointer, elsewhere by parameter."""
    return [_mistake(each) for each in found]


def _mistake(error: Mapping[str, Any]) -> Mistake:
    where, *rest = error["loc"] or ("body",)
    if where == "body":
        pointer = "".join(f"/{_escaped(part)}" for part in rest)
        return Mistake(pointer=pointer, detail=_said(error, pointer), type=error["type"])
    name = str(rest[0])[:100] if rest else str(where)
    return Mistake(parameter=name, detail=f"{name}: {_said(error, '')}", type=error["type"])


def _said(error: Mapping[str, Any], pointer: str) -> str:
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "extra_forbidden" and pointer == "/notice":
        return NO_NOTICE
    if kind in SAID:
        return SAID[kind]
    match kind:
        case "value_error":
            return str(context.get("error", "This is not accepted."))
        case "literal_error" | "enum":
            return f"Give one of {context['expected']}."
        case "string_too_long" | "too_long":
            unit = "characters" if kind == "string_too_long" else "entries"
            return f"Give at most {context['max_length']} {unit}."
        case "too_short":
            return f"Give at least {context['min_length']}."
        case "greater_than_equal":
            return f"Give {context['ge']} or more."
        case "less_than_equal":
            return f"Give {context['le']} or less."
        case "int_type" | "int_parsing" | "int_from_float" | "int_parsing_size":
            return "Give a whole number."
        case _ if kind.startswith("date"):
            return INSTANT
        case _:
            return "This is not accepted."


def _escaped(part: object) -> str:
    return str(part)[:100].replace("~", "~0").replace("/", "~1")
