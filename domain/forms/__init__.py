"""Forms as data: what is asked, in which steps, and in which words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import ValidationError, model_validator

from domain.kernel import Value
from domain.privacy import Code, PublicText

Words: TypeAlias = Mapping[Code, PublicText]
"""The same text in several languages, by BCP 47 language."""
Kind: TypeAlias = Literal["line", "email", "text", "lines", "choice", "tick", "when"]

DEFAULT_LANGUAGE = "en"


class FormError(Exception):
    """A form's file cannot be used; the message names the file and what is wrong."""


class Option(Value):
    """One answer that can be chosen."""

    code: Code
    label: Words


class Field(Value):
    """One question.  *missing* and *invalid* say what to do when it is not answered well.

    A choice has its own *options*, or names a shipped list in *choices*.
    """

    kind: Kind
    label: Words
    help: Words = {}
    required: bool = False
    missing: Words = {}
    invalid: Words = {}
    choices: Code | None = None
    options: tuple[Option, ...] = ()

    @model_validator(mode="after")
    def _has_a_choice(self) -> Field:
        if (self.kind == "choice") != bool(self.options or self.choices):
            raise ValueError("a choice, and nothing else, has options")
        return self


class Step(Value):
    """A part of the form that is filled in together."""

    id: Code
    title: Words
    text: Words = {}
    fields: tuple[Code, ...] = ()


class Privacy(Value):
    """The privacy notice that is shown; a submission records its version."""

    version: Code
    text: Words


class Form(Value):
    """A form: its fields by name, and the steps in which they are met."""

    id: Code
    version: Code
    team: Code
    languages: tuple[Code, ...]
    title: Words
    never_asked: Words
    privacy: Privacy
    afterwards: tuple[Words, ...]
    steps: tuple[Step, ...]
    fields: Mapping[Code, Field]

    @model_validator(mode="after")
    def _asks_every_field_once(self) -> Form:
        asked = [name for step in self.steps for name in step.fields]
        if sorted(asked) != sorted(self.fields):
            raise ValueError("each field stands in exactly one step")
        return self

    def step(self, id: str) -> Step:
        """Return the step of that name."""
        return next(step for step in self.steps if step.id == id)


def parse(text: str, name: str = "form") -> Form:
    """Read a form from TOML; raise FormError that names the file and the first mistake."""
    try:
        return Form.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{name} is no TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the form"
        raise FormError(f"{name}: {place}: {first['msg']}.") from None


def parse_choices(text: str) -> tuple[Option, ...]:
    """Read a list of choices from TOML: a table of labels for each code."""
    return tuple(Option(code=code, label=label) for code, label in tomllib.loads(text).items())


def said(words: Words, language: str) -> str:
    """Return *words* in *language*, else in English, else nothing."""
    return words.get(language) or words.get(DEFAULT_LANGUAGE, "")
