"""Form files: those that ship and those of the firm, and the forms that the store holds."""

from __future__ import annotations

import time
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from domain.forms import (
    SEEN_IN,
    Form,
    FormError,
    Option,
    Shared,
    is_language,
    parse,
    parse_choices,
    parse_shared,
    translated,
)
from domain.forms.loading import SHARED, FormLoaded, Forms
from domain.privacy import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from adapters.eventstore.store import CaseStore

FOLDER = "forms"
"""Where in the data directory a firm keeps its own form files."""
FORMS_LAST = 5.0
"""Seconds for which a process trusts the forms it has read."""
Translations: TypeAlias = tuple[tuple[str, str], ...]
"""What says a form in more languages: the language and the text of each file."""


@lru_cache(maxsize=1)
def shipped_texts() -> dict[str, str]:
    """Return the form files that ship, by id, the shared texts among them."""
    return {id: text for id, text in _shipped().items() if "." not in id}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, str]:
    folder = files("domain.forms")
    return _texts(folder) | _texts(folder.joinpath(SHARED))


def texts_of(data: Path) -> dict[str, tuple[str, str]]:
    """Return the file and the text of every form by id: what ships, and in its place the firm's."""
    return {id: found for id, found in _files(data).items() if "." not in id}


def translations_of(data: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Return by language the file and the text of every translation, by the id of its form."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name, (file, text) in _files(data).items():
        id, dot, language = name.partition(".")
        if dot:
            found.setdefault(named_language(file, language), {})[id] = (file, text)
    return found


def named_language(file: str, language: str) -> str:
    """Return the *language* that stands in the name of a *file*; a `FormError` where it is none."""
    if not is_language(language):
        raise FormError(
            f"{file}: between its dots a file names a language, as in complaint.de.toml; rename it."
        )
    return language


def _files(data: Path) -> dict[str, tuple[str, str]]:
    shipped = {name: (f"{name}.toml", text) for name, text in _shipped().items()}
    return shipped | {path.stem: (str(path), read(path)) for path in sorted((data / FOLDER).glob("*.toml"))}


def read(path: Path) -> str:
    """Return the text of a form file; a `FormError` where it cannot be had."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise FormError(f"{path} cannot be read ({error.strerror}); name a form file or a form.") from None
    except UnicodeDecodeError:
        raise FormError(f"{path} is not UTF-8 text; write the form as TOML in UTF-8.") from None
    if len(text) > MAX_TEXT:
        raise FormError(f"{path} is longer than {MAX_TEXT} characters; shorten it, or make two forms of it.")
    return text


@lru_cache
def choices(name: str) -> tuple[Option, ...]:
    """Return a shipped list of choices, such as the countries."""
    return parse_choices(files("domain.forms").joinpath("choices", f"{name}.toml").read_text("utf-8"))


@lru_cache(maxsize=16)
def shared_of(text: str, name: str = "shared.toml", said: Translations = ()) -> Shared:
    """Return what all forms share, with the lists to choose from, *said* in more languages."""
    found = parse_shared(text, {"countries": choices("countries")}, name)
    for language, translation in said:
        found = translated(found, translation, f"shared.{language}.toml", language)
    return found


def shared() -> Shared:
    """Return what all forms share as it ships."""
    return shared_of(shipped_texts()[SHARED])


@lru_cache(maxsize=256)
def form_of(
    text: str, name: str, shared_text: str, shared_said: Translations = (), said: Translations = ()
) -> Form:
    """Return the form that *text* is, read with the shared texts of *shared_text*, both *said* in more."""
    form = parse(text, name, shared_of(shared_text, said=shared_said))
    for language, translation in said:
        form = translated(form, translation, f"{form.id}.{language}.toml", language)
    return form


@lru_cache(maxsize=1)
def shipped_forms() -> dict[str, Form]:
    """Return every form that ships, by its id."""
    texts = shipped_texts()
    ids = sorted(id for id in texts if id != SHARED)
    return {id: form_of(texts[id], f"{id}.toml", texts[SHARED]) for id in ids}


class Library:
    """The forms that the store holds, read anew every few seconds."""

    def __init__(self, store: CaseStore) -> None:
        self._store, self._lock = store, Lock()
        self._read: tuple[float, str | None, Forms] | None = None

    @property
    def _forms(self) -> Forms:
        with self._lock:
            if self._read is None or time.monotonic() - self._read[0] > FORMS_LAST:
                self._read = (time.monotonic(), *self._look())
            return self._read[2]

    def _look(self) -> tuple[str | None, Forms]:
        position = self._store.position_of(Forms.ID)
        if self._read is not None and self._read[1] == position:
            return position, self._read[2]
        return position, self._store.load(Forms, Forms.ID) or Forms()

    def ids(self) -> list[str]:
        """Return the ids of the forms in force."""
        return sorted(id for id in self._forms.current if id != SHARED)

    def all(self) -> list[Form]:
        """Return the forms in force."""
        forms = self._forms
        return [self._form(forms, forms.loaded[id, forms.current[id]]) for id in self.ids()]

    def get(self, id: str, version: str | None = None) -> Form | None:
        """Return a form as it is in force, or as it was under a *version*; None where there is none.

        A version such as ``2~de.1`` is the form as it was seen in that translation.
        """
        forms = self._forms
        own, seen, translation = (version or forms.current.get(id, "")).partition(SEEN_IN)
        loaded = forms.loaded.get((id, own))
        if loaded is None or id == SHARED:
            return None
        if not seen:
            return self._form(forms, loaded)
        language, _, number = translation.partition(".")
        known = (id, own, language, number) in forms.translations
        return self._form(forms, loaded, {language: number}) if known else None

    @property
    def shared(self) -> Shared:
        """What all forms share now."""
        forms = self._forms
        loaded = forms.loaded[SHARED, forms.current[SHARED]]
        spoken = forms.spoken.get((SHARED, loaded.version), {})
        held = (forms.translations[SHARED, loaded.version, *each] for each in sorted(spoken.items()))
        return shared_of(loaded.text, said=tuple((each.language, each.text) for each in held))

    @staticmethod
    def _form(forms: Forms, loaded: FormLoaded, spoken: Mapping[str, str] | None = None) -> Form:
        """Return the form that was *loaded* as it is *spoken*, by default in every language it is now."""
        common = forms.loaded[SHARED, loaded.shared or ""]
        if spoken is None:
            spoken = forms.spoken.get((loaded.form, loaded.version), {})
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for language, version in sorted(spoken.items()):
            said = forms.translations[loaded.form, loaded.version, language, version]
            with_it = forms.translations.get((SHARED, common.version, language, said.shared or ""))
            # Without it the shared texts have changed since, and nobody has said the new ones yet.
            if with_it is not None:
                own.append((language, said.text))
                shared.append((language, with_it.text))
        return form_of(loaded.text, f"{loaded.form}.toml", common.text, tuple(shared), tuple(own))


def _texts(folder: Traversable) -> dict[str, str]:
    return {
        each.name.removesuffix(".toml"): each.read_text("utf-8")
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".toml")
    }
