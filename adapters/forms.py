"""The forms that ship, read from package data."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from domain.forms import Field, Form, Option, Shared, parse, parse_choices, parse_shared


@lru_cache(maxsize=1)
def shared() -> Shared:
    """Return what all forms share: texts, and the lists to choose from."""
    text = files("domain.forms").joinpath("shared", "shared.toml").read_text("utf-8")
    return parse_shared(text, {"countries": choices("countries")})


@lru_cache(maxsize=1)
def shipped_texts() -> dict[str, str]:
    """Return the form files that ship, by name."""
    folder = files("domain.forms")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    return {name: folder.joinpath(name).read_text("utf-8") for name in names}


@lru_cache(maxsize=1)
def shipped_forms() -> dict[str, Form]:
    """Return every form that ships, by its id."""
    forms = [parse(text, name, shared()) for name, text in shipped_texts().items()]
    return {form.id: form for form in forms}


@lru_cache
def choices(name: str) -> tuple[Option, ...]:
    """Return a shipped list of choices, such as the countries."""
    return parse_choices(files("domain.forms").joinpath("choices", f"{name}.toml").read_text("utf-8"))


def options(field: Field) -> tuple[Option, ...]:
    """Return what can be chosen in *field*."""
    return field.options
