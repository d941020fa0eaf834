"""How form files enter the store: the forms, and what says them in more languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from adapters.forms import form_of, shared_of, texts_of, translations_of
from domain.forms import Form, FormError, heading, translated
from domain.forms.loading import SHARED, Forms, FormTextChanged, Translation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from domain.forms import Shared
    from domain.kernel import Context

log = structlog.get_logger()


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
    _translate_all(forms, data, by)


def _load(forms: Forms, id: str, file: str, load: Callable[[], bool]) -> None:
    try:
        load()
    except FormTextChanged:
        if file != f"{id}.toml":
            raise FormError(f"{file}: version: {FormTextChanged.__doc__}") from None
        log.warning("form_differs_from_what_ships", form=id, kept=forms.current[id])


def _translate_all(forms: Forms, data: Path, by: Context) -> None:
    """Let *forms* speak every language that files say them in.

    A translation that does not hold is left out whole, with a warning: no form is lost to it.
    """
    held = forms.loaded[SHARED, forms.current[SHARED]]
    for language, files in translations_of(data).items():
        shared = _said(shared_of(held.text), files.pop(SHARED, None), language)
        if shared is None or not _translate(forms, shared_of(held.text), shared, by):
            _leave_out(f"shared.{language}.toml", f"no form speaks {language} without it")
            continue
        for id, found in files.items():
            if id not in forms.current:
                _leave_out(found[0], f"there is no form {id}")
                continue
            text = forms.loaded[id, forms.current[id]].text
            form = form_of(text, f"{id}.toml", held.text, ((language, shared.text),))
            said = _said(form, found, language)
            if said is not None:
                _translate(forms, form, said.model_copy(update={"shared": shared.version}), by)


def _said(form: Form | Shared, found: tuple[str, str] | None, language: str) -> Translation | None:
    """Return what the file that was *found* makes of *form*; None where there is none that holds."""
    if found is None:
        return None
    file, text = found
    try:
        translated(form, text, file, language)
    except FormError as error:
        _leave_out(file, str(error))
        return None
    return Translation(language=language, version=heading(text).version, text=text)


def _translate(forms: Forms, form: Form | Shared, said: Translation, by: Context) -> bool:
    try:
        forms.translate(form, said, by)
    except FormTextChanged:
        name = form.id if isinstance(form, Form) else SHARED
        _leave_out(f"{name}.{said.language}.toml", "its version is loaded with another text; raise it")
        return False
    return True


def _leave_out(file: str, why: str) -> None:
    log.warning("translation_is_left_out", file=file, why=why)
