"""Forms as text: TOML in, a form out, or what to correct and where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import ValidationError

from domain.errors import DomainError
from domain.forms.model import Form, Option, Privacy, Version
from domain.forms.soundness import unsound
from domain.forms.words import Words
from domain.kernel import Value
from domain.privacy import Code

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.\"-]+)\s*\]\]?")
KEY: Final = re.compile(r"\s*([\w.\"-]+)\s*=")
Place = tuple[int | str, ...]


class FormError(DomainError):
    """The form cannot be used; correct the file as the message says."""


class Shared(Value):
    """What every form says unless it says otherwise, what is said of mistakes, and lists to choose from."""

    version: Version
    never_asked: Words
    privacy: Privacy
    mistakes: Mapping[Code, Words]
    lists: Mapping[Code, tuple[Option, ...]] = {}


def parse(text: str, name: str = "form", shared: Shared | None = None) -> Form:
    """Read a form from TOML; *shared* gives what the file leaves out.

    A `FormError` names the file, the line, the key, what is wrong, and how much more there is.
    """
    try:
        data = _completed(tomllib.loads(text), shared)
        form = Form.model_validate(data)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{name} is no TOML: {error}.") from None
    except ValidationError as error:
        raise FormError(sentence(text, name, list(told(error)))) from None
    if found := list(unsound(form)):
        raise FormError(sentence(text, name, found))
    return form


def problems(text: str, name: str, shared: Shared) -> list[str]:
    """Return everything that is wrong with the file *name*, each with its line and key."""
    try:
        form = Form.model_validate(_completed(tomllib.loads(text), shared))
    except tomllib.TOMLDecodeError as error:
        return [f"{name} is no TOML: {error}."]
    except ValidationError as error:
        return [sentence(text, name, [each]) for each in told(error)]
    return [sentence(text, name, [each]) for each in unsound(form)]


def parse_shared(text: str, lists: Mapping[str, tuple[Option, ...]], name: str = "shared.toml") -> Shared:
    """Read what all forms share; raise `FormError` that names the file and the first mistake."""
    try:
        return Shared.model_validate(tomllib.loads(text) | {"lists": lists})
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{name} is no TOML: {error}.") from None
    except ValidationError as error:
        raise FormError(sentence(text, name, list(told(error)))) from None


def parse_choices(text: str) -> tuple[Option, ...]:
    """Read a list of choices from TOML: a table of labels for each code."""
    return tuple(Option(code=code, label=label) for code, label in tomllib.loads(text).items())


def _completed(data: dict[str, Any], shared: Shared | None) -> dict[str, Any]:
    """Return what a file says, with what it leaves to be *shared*."""
    if shared is None:
        return data
    usual = {"never_asked": shared.never_asked, "privacy": shared.privacy}
    return usual | data | {"fields": _listed(data.get("fields"), shared)}


def _listed(fields: object, shared: Shared) -> object:
    """Return the *fields* of a file, each that names a shipped list with what can be chosen from it."""
    if not isinstance(fields, dict):
        return fields
    named = cast("dict[str, object]", fields)
    return {name: _with_options(field, shared) for name, field in named.items()}


def _with_options(field: object, shared: Shared) -> object:
    if not isinstance(field, dict):
        return field
    said = cast("dict[str, object]", field)
    within = {"fields": _listed(said["fields"], shared)} if "fields" in said else {}
    options = shared.lists.get(str(said.get("choices")))
    return said | within | ({"options": options} if options else {})


def told(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """Yield where each mistake stands, and what it is."""
    for each in error.errors(include_url=False):
        yield _untagged(each["loc"]), _complaint(each)


def _untagged(loc: Place) -> Place:
    """Return *loc* without the name of the rule that stands, of each rule, behind its number."""
    return tuple(part for number, part in enumerate(loc) if number < 2 or loc[number - 2] != "rules")


def _complaint(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "the key is missing; add it"
    if error["type"] == "extra_forbidden":
        return "the key is unknown; remove it, or see docs/forms.md for how it is spelt"
    if error["type"] == "value_error" and "ctx" in error:
        return str(error["ctx"]["error"])
    return error["msg"][:1].lower() + error["msg"][1:]


def sentence(text: str, name: str, found: Sequence[tuple[Place, str]]) -> str:
    """Return what is wrong first in the file *name*, with its line and key, and how much more there is."""
    loc, what = found[0]
    line = _line_of(text, loc)
    where = f"{name}, line {line}" if line else name
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    more = f" ({len(found) - 1} more to correct after that)" if len(found) > 1 else ""
    return f"{where}: {f'{key}: ' if key else ''}{what}{more}."


def _line_of(text: str, loc: Place) -> int | None:
    """Return the line of *text* that gives the value at *loc*, or of the nearest table around it."""
    table: Place = ()
    counts: dict[Place, int] = {}
    depth, nearest = 0, None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = _numbered(_names(header[2]), counts, repeated=header[1] == "[[")
            here = table
        elif key := KEY.match(line):
            here = (*table, *_names(key[1]))
        else:
            continue
        if len(here) > depth and loc[: len(here)] == here:
            depth, nearest = len(here), number
    return nearest


def _names(dotted: str) -> list[str]:
    return [part.strip('"') for part in dotted.split(".")]


def _numbered(names: list[str], counts: dict[Place, int], *, repeated: bool) -> Place:
    """Return where a table stands: its *names*, with the number of each table that is repeated."""
    place: Place = ()
    for index, name in enumerate(names, start=1):
        place = (*place, name)
        if repeated and index == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
