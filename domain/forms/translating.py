"""A form in one more language, from a file that stands beside it: its texts by the names of its parts.

A language is spoken whole or not at all: a form half in one language and half in another tells
nobody what they agree to.  What a translation lacks, and what it says of nothing, is told by key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ValidationError

from domain.forms.model import Field, Form, Step, Version
from domain.forms.reading import FormError, Place, Shared, sentence, told
from domain.forms.soundness import LANGUAGE_KEYS, unsound
from domain.forms.words import DEFAULT_LANGUAGE, Words, said
from domain.kernel import Value

LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
"""How a language is named in the name of its file: ISO 639, as in ``complaint.de.toml``."""
SHOWN = 80
"""Characters of the English text that are shown where a text is missing."""
Texts: TypeAlias = Mapping[Place, str]
Found: TypeAlias = list[tuple[Place, str]]
Visit: TypeAlias = Callable[[Place, Words], Words]
S = TypeVar("S", bound=Form | Shared)
M = TypeVar("M", bound=BaseModel)


class Heading(Value):
    """What a translation says of itself: its own version, and which one of the form it is of."""

    version: Version
    translates: Version


def translated(form: S, text: str, name: str, language: str) -> S:
    """Return *form* with its texts in *language* too, as the file *name* says them.

    A `FormError` names the file, the line, the key, what is wrong, and how much more there is.
    """
    spoken, found = _read(form, text, name, language)
    if found or spoken is None:
        raise FormError(sentence(text, name, found))
    return spoken


def translation_problems(form: Form | Shared, text: str, name: str, language: str) -> list[str]:
    """Return everything that is wrong with the translation *name* of *form*, each with its line and key."""
    try:
        _, found = _read(form, text, name, language)
    except FormError as error:
        return [str(error)]
    return [sentence(text, name, [each]) for each in found]


def is_language(name: str) -> bool:
    """Whether *name* is that of a language, as the name of a file gives it."""
    return LANGUAGE.fullmatch(name) is not None


def heading(text: str) -> Heading:
    """Return what a translation that holds says of itself."""
    data = tomllib.loads(text)
    return Heading.model_validate({key: data.get(key) for key in Heading.model_fields})


def template(form: Form | Shared, language: str) -> str:
    """Return a translation of *form* to be filled in: every text is empty, under its English."""
    lines = ['version = "1"', f'translates = "{form.version}"']
    table: Place = ()
    texts = list(_lacking(form, language).items())
    for place, words in sorted(texts, key=lambda each: len(each[0]) > 1):
        if place[:-1] != table and not isinstance(place[-1], int):
            table = place[:-1]
            lines += ["", f"[{'.'.join(map(str, table))}]"]
        shown = [f"# {line}" for line in said(words, DEFAULT_LANGUAGE).splitlines()]
        lines += [*shown, *([] if isinstance(place[-1], int) else [f'{place[-1]} = ""'])]
    listed = sum(isinstance(place[-1], int) for place, _ in texts)
    if listed:
        empty = ", ".join(['""'] * listed)
        lines.insert(2, f"afterwards = [{empty}]")
    return "\n".join(lines) + "\n"


def _read(form: S, text: str, name: str, language: str) -> tuple[S | None, Found]:
    try:
        data = tomllib.loads(text)
        heading = {key: data.pop(key) for key in Heading.model_fields if key in data}
        version, translates = (read := Heading.model_validate(heading)).version, read.translates
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{name} is no TOML: {error}.") from None
    except ValidationError as error:
        return None, list(told(error))
    if translates != form.version:
        what = f"the form is at version {form.version}; look at what has changed, then say so here"
        return None, [(("translates",), what)]
    found = list(_misfits(form, data, language))
    if found:
        return None, found
    spoken = _with(form, dict(_flat((), data)), version, language)
    return spoken, [] if isinstance(spoken, Shared) else list(unsound(spoken))


def _misfits(form: Form | Shared, data: Mapping[str, Any], language: str) -> Iterator[tuple[Place, str]]:
    """Yield each text that is missing or empty, and each that nothing of *form* is said by."""
    given, wanted = dict(_flat((), data)), _lacking(form, language)
    begun = {place[:2] for place in given}
    for place, words in wanted.items():
        # A list such as the countries is for the forms that choose from it: it may be left out whole.
        if place[0] == "lists" and place[:2] not in begun:
            continue
        if not given.get(place):
            english = said(words, DEFAULT_LANGUAGE)
            shown = english if len(english) <= SHOWN else f"{english[:SHOWN]}…"
            yield place, f"the text is missing in {language}; say there: “{shown}”"
    for place, text in given.items():
        if text is None:
            yield place, "this is no text; write it in quotation marks"
        elif place not in wanted:
            yield (
                place,
                "the form itself says no text of that name; remove it, or see how it is spelt",
            )
    if isinstance(form, Form):
        yield from _unlisted(form, language)


def _unlisted(form: Form, language: str) -> Iterator[tuple[Place, str]]:
    for path, field in form.every_field():
        if field.choices and any(language not in option.label for option in field.options):
            file = f"shared.{language}.toml"
            yield (
                ("fields", path, "options"),
                f"what is chosen from lacks {language}; add [lists.{field.choices}] to {file}",
            )


def _flat(place: Place, data: Mapping[str, Any]) -> Iterator[tuple[Place, str | None]]:
    """Yield every text of *data* by its place, and None where something else stands."""
    for name, value in data.items():
        here = (*place, name)
        if isinstance(value, dict):
            yield from _flat(here, cast("dict[str, Any]", value))
        elif isinstance(value, list):
            entries = enumerate(cast("list[object]", value))
            yield from (((*here, n), each if isinstance(each, str) else None) for n, each in entries)
        else:
            yield here, value if isinstance(value, str) else None


def _lacking(form: Form | Shared, language: str) -> dict[Place, Words]:
    """Return the texts of *form* that nothing says in *language* yet, by the name a translator knows."""
    found: dict[Place, Words] = {}

    def note(place: Place, words: Words) -> Words:
        if language not in words:
            found[place] = words
        return words

    _walk(form, (), note)
    return found


def _with(form: S, texts: Mapping[Place, str | None], version: str, language: str) -> S:
    def add(place: Place, words: Words) -> Words:
        text = texts.get(place)
        return {**words, language: text} if text else words

    spoken = _walk(form, (), add)
    return cast("S", spoken.speaking(language, version)) if isinstance(spoken, Form) else spoken


def _walk(part: M, place: Place, visit: Visit) -> M:
    """Return *part* with each of its texts as *visit* returns it.

    The place of a text is how its file names it: parts of a list by their id or code, and what
    has no other text than one, such as advice or an option, by itself.
    """
    changed: dict[str, object] = {}
    has_several = isinstance(part, Form | Shared | Field | Step)
    for name in type(part).model_fields:
        value, here = getattr(part, name), (*place, name)
        if name in LANGUAGE_KEYS and value:
            changed[name] = visit(here if has_several else place, value)
        elif name == "afterwards":
            changed[name] = tuple(visit((*here, n), words) for n, words in enumerate(value))
        elif name == "mistakes":
            changed[name] = {key: visit((*here, key), words) for key, words in value.items()}
        elif name == "options" and isinstance(part, Field) and part.choices:
            continue
        elif isinstance(value, tuple):
            changed[name] = _walk_each(cast("tuple[object, ...]", value), here, visit)
        elif name in ("fields", "lists"):
            changed[name] = {
                key: _walk_each(cast("tuple[object, ...]", each), (*here, key), visit)
                if isinstance(each, tuple)
                else _walk(each, (*here, key), visit)
                for key, each in value.items()
            }
        elif isinstance(value, BaseModel):
            changed[name] = _walk(value, here, visit)
    return part.model_copy(update=changed)


def _walk_each(parts: tuple[object, ...], place: Place, visit: Visit) -> tuple[object, ...]:
    return tuple(
        _walk(each, (*place, name), visit)
        if isinstance(each, BaseModel) and (name := getattr(each, "id", getattr(each, "code", None)))
        else each
        for each in parts
    )
