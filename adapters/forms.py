"""The forms that ship, read from package data."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from domain.forms import Field, Form, Option, parse, parse_choices


@lru_cache(maxsize=1)
def shipped_forms() -> dict[str, Form]:
    """Return every form, by its id."""
    folder = files("domain.forms")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    forms = [parse(folder.joinpath(name).read_text("utf-8"), name) for name in names]
    return {form.id: form for form in forms}


@lru_cache
def choices(name: str) -> tuple[Option, ...]:
    """Return a shipped list of choices, such as the countries."""
    return parse_choices(files("domain.forms").joinpath("choices", f"{name}.toml").read_text("utf-8"))


def options(field: Field) -> tuple[Option, ...]:
    """Return what can be chosen in *field*."""
    return choices(field.choices) if field.choices else field.options
