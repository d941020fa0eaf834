"""Form files: those that ship, those of the firm, and how they enter the store and are read from it."""

from __future__ import annotations

import time
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from domain.forms import Form, FormError, Option, Shared, parse, parse_choices, parse_shared
from domain.forms.loading import SHARED, FormLoaded, Forms, FormTextChanged
from domain.privacy import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from adapters.eventstore.store import CaseStore
    from domain.kernel import Context

log = structlog.get_logger()

FOLDER = "forms"
"""Where in the data directory a firm keeps its own form files."""
FORMS_LAST = 5.0
"""Seconds for which a process trusts the forms it has read."""


@lru_cache(maxsize=1)
def shipped_texts() -> dict[str, str]:
    """Return the form files that ship, by id, the shared texts among them."""
    folder = files("domain.forms")
    return _texts(folder) | {SHARED: folder.joinpath("shared", "shared.toml").read_text("utf-8")}


def texts_of(data: Path) -> dict[str, tuple[str, str]]:
    """Return the file and the text of every form by id: what ships, and in its place the firm's."""
    shipped = {id: (f"{id}.toml", text) for id, text in shipped_texts().items()}
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


@lru_cache(maxsize=8)
def shared_of(text: str, name: str = "shared.toml") -> Shared:
    """Return what all forms share, with the lists to choose from."""
    return parse_shared(text, {"countries": choices("countries")}, name)


def shared() -> Shared:
    """Return what all forms share as it ships."""
    return shared_of(shipped_texts()[SHARED])


@lru_cache(maxsize=256)
def form_of(text: str, name: str, shared_text: str) -> Form:
    """Return the form that *text* is, read with the shared texts of *shared_text*."""
    return parse(text, name, shared_of(shared_text))


@lru_cache(maxsize=1)
def shipped_forms() -> dict[str, Form]:
    """Return every form that ships, by its id."""
    texts = shipped_texts()
    ids = sorted(id for id in texts if id != SHARED)
    return {id: form_of(texts[id], f"{id}.toml", texts[SHARED]) for id in ids}


def load_every_form(forms: Forms, data: Path, by: Context) -> None:
    """Let *forms* know what ships, and in its place the firm's own files in the data directory.

    A shipped file whose text differs from the one that is loaded under its version changes
    nothing: submissions are pinned to what is loaded.  A firm's own is refused then.
    """
    texts = texts_of(data)
    name, text = texts.pop(SHARED)
    common = shared_of(text, name)
    _load(forms, SHARED, name, lambda: forms.load_shared(common, text, by))
    held = forms.loaded[SHARED, common.version].text
    for id, (file, body) in texts.items():
        form = form_of(body, file, held)
        if form.id != id:
            raise FormError(
                f"{file}: id: the form is called {form.id}; give the file that name, or the form this one."
            )
        _load(forms, id, file, lambda form=form, body=body: forms.load(form, body, common.version, by))


def _load(forms: Forms, id: str, file: str, load: Callable[[], bool]) -> None:
    try:
        load()
    except FormTextChanged:
        if file != f"{id}.toml":
            raise FormError(f"{file}: version: {FormTextChanged.__doc__}") from None
        log.warning("form_differs_from_what_ships", form=id, kept=forms.current[id])


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
        """Return a form as it is in force, or as it was under a *version*; None where there is none."""
        forms = self._forms
        loaded = forms.loaded.get((id, version or forms.current.get(id, "")))
        return None if loaded is None or id == SHARED else self._form(forms, loaded)

    @property
    def shared(self) -> Shared:
        """What all forms share now."""
        forms = self._forms
        return shared_of(forms.loaded[SHARED, forms.current[SHARED]].text)

    @staticmethod
    def _form(forms: Forms, loaded: FormLoaded) -> Form:
        common = forms.loaded[SHARED, loaded.shared or ""]
        return form_of(loaded.text, f"{loaded.form}.toml", common.text)


def _texts(folder: Traversable) -> dict[str, str]:
    return {
        each.name.removesuffix(".toml"): each.read_text("utf-8")
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".toml")
    }
