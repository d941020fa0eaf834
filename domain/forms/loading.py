"""The forms that were ever loaded, each under its version, and which of them is in force."""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

from domain.errors import DomainError
from domain.forms.model import Form
from domain.forms.reading import Shared
from domain.ids import EPOCH, imported
from domain.kernel import Aggregate, Context, Event, Value
from domain.privacy import Code, PublicText

SHARED = "shared"
"""Under which name the texts are loaded that all forms share."""
Part: TypeAlias = Literal["complaint", "ticket", "shared"]


class FormLoaded(Event):
    """A form came into force, or the texts that all forms share; submissions pin the version."""

    TOPIC: ClassVar[str] = "form.loaded"

    form: Code
    version: Code
    kind: Part
    languages: tuple[Code, ...] = ()
    privacy_notice: Code
    shared: Code | None = None
    """The version of the shared texts that the form was read with."""
    text: PublicText
    sha256: Code


class FormTranslated(Event):
    """A form, or the texts that all share, came to be said in one more language, or in other words."""

    TOPIC: ClassVar[str] = "form.translated"

    form: Code
    form_version: Code
    language: Code
    version: Code
    shared: Code | None = None
    """The version of the translation of the shared texts, without which no form speaks the language."""
    text: PublicText
    sha256: Code


FORM_EVENTS: tuple[type[Event], ...] = (FormLoaded, FormTranslated)


class Translation(Value):
    """What says a form in one more language, read with that version of what says the *shared* texts."""

    language: Code
    version: Code
    text: PublicText
    shared: Code | None = None


class FormTextChanged(DomainError):
    """That version of the form is loaded with another text; give the file a new version."""


class Forms(Aggregate):
    """Every form that was ever loaded; the one that was loaded last is in force."""

    ID: ClassVar[UUID] = imported("configuration", "forms", EPOCH)

    def __init__(self, id: UUID = ID) -> None:
        super().__init__(id)
        self.loaded: dict[tuple[str, str], FormLoaded] = {}
        self.current: dict[str, str] = {}
        self.translations: dict[tuple[str, str, str, str], FormTranslated] = {}
        self.spoken: dict[tuple[str, str], dict[str, str]] = {}
        """Of each version of a form the translation in force, by language."""

    def load_shared(self, shared: Shared, text: str, by: Context) -> bool:
        """Record the texts that all forms share; say whether it is news."""
        if not self._is_news(SHARED, shared.version, text, None):
            return False
        self.record(
            FormLoaded,
            by,
            form=SHARED,
            version=shared.version,
            kind="shared",
            privacy_notice=shared.privacy.version,
            text=text,
            sha256=_digest(text),
        )
        return True

    def load(self, form: Form, text: str, shared: str, by: Context) -> bool:
        """Put *form*, read with that version of the *shared* texts, in force; say whether it is news.

        What is in force is no news; another text under a version that was loaded is refused.
        """
        if not self._is_news(form.id, form.version, text, shared):
            return False
        self.record(
            FormLoaded,
            by,
            form=form.id,
            version=form.version,
            kind=form.kind,
            languages=form.languages,
            privacy_notice=form.privacy.version,
            shared=shared,
            text=text,
            sha256=_digest(text),
        )
        return True

    def translate(self, form: Form | Shared, said: Translation, by: Context) -> bool:
        """Let *form* be *said* in one more language; say whether it is news.

        As with forms, another text under a version that was loaded is refused.
        """
        name = form.id if isinstance(form, Form) else SHARED
        held = self.translations.get((name, form.version, said.language, said.version))
        if held is not None and held.sha256 != _digest(said.text):
            raise FormTextChanged
        in_force = self.spoken.get((name, form.version), {}).get(said.language)
        if held is not None and held.shared == said.shared and in_force == said.version:
            return False
        self.record(
            FormTranslated,
            by,
            form=name,
            form_version=form.version,
            language=said.language,
            version=said.version,
            shared=said.shared,
            text=said.text,
            sha256=_digest(said.text),
        )
        return True

    def _is_news(self, form: str, version: str, text: str, shared: str | None) -> bool:
        loaded = self.loaded.get((form, version))
        if loaded is not None and loaded.sha256 != _digest(text):
            raise FormTextChanged
        return loaded is None or loaded.shared != shared or self.current.get(form) != version

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        if isinstance(event, FormLoaded):
            self.loaded[event.form, event.version] = event
            self.current[event.form] = event.version
        elif isinstance(event, FormTranslated):
            of = (event.form, event.form_version)
            self.translations[*of, event.language, event.version] = event
            self.spoken.setdefault(of, {})[event.language] = event.version


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
