"""A form as JSON Schema 2020-12: what may be sent under ``fields``, labelled in one language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from domain.complaint.form import MOMENT_SCHEMA
from domain.countries import COUNTRIES
from domain.forms.conditions import Condition
from domain.forms.kinds import LINE, TEXT
from domain.forms.model import MOST_ENTRIES, Field, Form
from domain.forms.rules import Rule
from domain.forms.words import said

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DECIMAL: Final = {"type": ["number", "string"], "pattern": r"^\s*[+-]?[0-9]*\.?[0-9]+\s*$"}
FIXED: Final[Mapping[str, dict[str, Any]]] = {
    "email": {"type": "string", "format": "email", "maxLength": LINE},
    "phone": {"type": "string", "pattern": r"^\s*\+[0-9 .()-]+\s*$", "maxLength": LINE},
    "date": {"type": "string", "format": "date"},
    "datetime": {
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$",
    },
    "zone": {"type": "string", "examples": ["Europe/Paris"]},
    "country": {"type": "string", "enum": sorted(COUNTRIES)},
    "parent": {"type": "string", "pattern": "^[ctCT]-", "maxLength": LINE},
    "file": {"type": "string", "pattern": r"^[^/\\]+\.([Jj][Pp][Ee]?[Gg]|[Pp][Nn][Gg]|[Pp][Dd][Ff])$"},
    "when": {
        "anyOf": [
            MOMENT_SCHEMA,
            {
                "type": "object",
                "properties": {"from": MOMENT_SCHEMA, "to": MOMENT_SCHEMA},
                "required": ["from"],
                "additionalProperties": False,
            },
        ]
    },
}


def schema(form: Form, language: str) -> dict[str, Any]:
    """Return the schema of *form* with its labels in *language*.

    What a schema cannot say stands under ``x-rules``: the rules across fields, with their texts.
    """
    described = _sheet(form.fields, form.rules, language)
    return {"$schema": DIALECT, "title": said(form.title, language), **described}


def _sheet(fields: Mapping[str, Field], rules: tuple[Rule, ...], language: str) -> dict[str, Any]:
    required = [name for name, field in fields.items() if field.required and field.show_when is None]
    found: dict[str, Any] = {
        "type": "object",
        "properties": {name: _property(field, language) for name, field in fields.items()},
        "additionalProperties": False,
    }
    if required:
        found["required"] = required
    if conditional := [part for name, field in fields.items() for part in _conditional(name, field, fields)]:
        found["allOf"] = conditional
    if rules:
        found["x-rules"] = [_rule(rule, language) for rule in rules]
    return found


def _rule(rule: Rule, language: str) -> dict[str, Any]:
    told = rule.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"message"})
    return told | {"message": said(rule.message, language)}


def _property(field: Field, language: str) -> dict[str, Any]:
    told: dict[str, Any] = {"title": said(field.label, language)}
    if field.help:
        told["description"] = said(field.help, language)
    return told | _typed(field, language)


def _typed(field: Field, language: str) -> dict[str, Any]:
    match field.kind:
        case "line":
            own = {} if field.pattern is None else {"pattern": f"^(?:{field.pattern})$"}
            return {"type": "string", "maxLength": field.length or LINE, **own}
        case "text":
            return {"type": "string", "maxLength": field.length or TEXT}
        case "lines":
            return _list(field, {"type": "string", "maxLength": field.length or LINE})
        case "choice":
            return _options(field, language)
        case "choices":
            return _list(field, _options(field, language)) | {"uniqueItems": True}
        case "checklist":
            every = {"minItems": len(field.options), "maxItems": len(field.options), "uniqueItems": True}
            return {"type": "array", "items": _options(field, language), **every}
        case "tick":
            return {"const": True} if field.required else {"type": "boolean"}
        case "records":
            return _list(field, _sheet(field.fields, field.rules, language))
        case "number" | "amount":
            return {**DECIMAL, **_bounds(field.min, field.max)}
        case "integer":
            return {"type": "integer", **_bounds(field.min, field.max)}
        case "rating":
            return {"type": "integer", **_bounds(field.min or Decimal(1), field.max or Decimal(5))}
        case _:
            return dict(FIXED[field.kind])


def _options(field: Field, language: str) -> dict[str, Any]:
    return {
        "oneOf": [{"const": each.code, "title": said(each.label, language)} for each in field.options],
    }


def _list(field: Field, items: dict[str, Any]) -> dict[str, Any]:
    most = MOST_ENTRIES if field.max is None else int(field.max)
    bounds = {"maxItems": max(most, len(field.options))}
    least = int(field.min or (1 if field.required else 0))
    return {"type": "array", "items": items, **bounds, **({"minItems": least} if least else {})}


def _bounds(least: Decimal | None, most: Decimal | None) -> dict[str, Any]:
    told = {"minimum": least, "maximum": most}
    return {key: _plain(value) for key, value in told.items() if value is not None}


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _conditional(name: str, field: Field, fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    """Return when *field* may be answered, and when it must; of what lies within reach of a schema."""
    parts: list[dict[str, Any]] = []
    if field.show_when is not None and _within_reach(field.show_when, fields):
        shown = {"required": [name]} if field.required else {}
        parts.append(
            {"if": _so(field.show_when, fields), "then": shown, "else": {"properties": {name: False}}}
        )
    if field.require_when is not None and _within_reach(field.require_when, fields):
        parts.append({"if": _so(field.require_when, fields), "then": {"required": [name]}})
    return parts


def _within_reach(condition: Condition, fields: Mapping[str, Field]) -> bool:
    """Whether a schema can judge *condition*.

    That of a record sees no fields but its own, and none can compare a number that is sent as text.
    """
    measured = condition.below is not None or condition.at_least is not None
    named = set(condition.named())
    if measured and not all(fields[name].kind in ("integer", "rating") for name in named & set(fields)):
        return False
    joined = (*(condition.all or ()), *(condition.any or ()), *([condition.not_] if condition.not_ else []))
    return named <= set(fields) and all(_within_reach(each, fields) for each in joined)


def _so(condition: Condition, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the schema that an object fits when *condition* holds."""
    if condition.all is not None:
        return {"allOf": [_so(each, fields) for each in condition.all]}
    if condition.any is not None:
        return {"anyOf": [_so(each, fields) for each in condition.any]}
    if condition.not_ is not None:
        return {"not": _so(condition.not_, fields)}
    name = str(condition.field)
    filled: dict[str, Any] = {
        "required": [name],
        "properties": {name: {"not": {"enum": ["", False, None, []]}}},
    }
    if condition.filled is not None:
        return filled if condition.filled else {"not": filled}
    return {"required": [name], "properties": {name: _test(condition, fields[name])}}


def _test(condition: Condition, field: Field) -> dict[str, Any]:
    if condition.below is not None:
        return {"type": "number", "exclusiveMaximum": _plain(condition.below)}
    if condition.at_least is not None:
        return {"type": "number", "minimum": _plain(condition.at_least)}
    codes = condition.one_of if condition.one_of is not None else (condition.is_,)
    one = {"enum": list(codes)}
    return {"contains": one} if field.kind in ("choices", "checklist") else one
