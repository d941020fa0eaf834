"""The questions of any form as a page asks them: labels, hints, what was typed, and what is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from adapters.forms import choices
from adapters.http.pages import words
from adapters.http.pages.complaint import listed
from adapters.http.pages.sheet import COUNT, SPANS, Sheet, most_of
from domain.forms import DEFAULT_LANGUAGE, Condition, Field, Form, said

CHOSEN = frozenset({"choice", "country", "rating"})
"""Kinds of which one is chosen from a list."""
SEVERAL = frozenset({"choices", "checklist"})
INPUTS = {"email": "email", "date": "date", "datetime": "datetime-local", "phone": "tel"}
"""The type of input of a kind; a line of text for every other."""


COUNTRIES = Field(kind="choice", label={}, choices="countries", options=choices("countries"))
"""What a country is chosen from, as a question of its own."""


@lru_cache
def of_requests(language: str) -> dict[str, str]:
    """Return what the pages of requests say, in *language*, with what all forms have in common."""
    texts = tomllib.loads((files("adapters.http.pages") / "request_words.toml").read_text("utf-8"))
    return words.of_pages(language) | texts.get(language, texts[DEFAULT_LANGUAGE])


@dataclass(frozen=True)
class Question:
    """One question of a page; *entries* are the records of it, each with its questions."""

    path: str
    kind: str
    label: str
    help: str
    hints: tuple[str, ...]
    required: bool
    error: str
    text: str
    values: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()
    until: str = ""
    entries: tuple[tuple[Question, ...], ...] = ()
    more: bool = False
    shown: str = ""
    """The answer as the review shows it."""

    @property
    def id(self) -> str:
        """What the input is called within the page."""
        return self.path.replace(".", "-")

    @property
    def input(self) -> str:
        """The type of the input, of those that are one line."""
        return INPUTS.get(self.kind, "text")

    @property
    def numbered(self) -> bool:
        """Whether its records bear a number: there may be more than one."""
        return len(self.entries) > 1 or self.more


@dataclass(frozen=True)
class Asking:
    """Makes the questions of *form* for what was typed into it."""

    form: Form
    sheet: Sheet
    language: str
    errors: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def texts(self) -> dict[str, str]:
        """What the pages say."""
        return of_requests(self.language)

    def steps(self) -> list[tuple[str, str, str, list[Question]]]:
        """Return of every step its id, title, text and questions."""
        fields = self.form.fields
        return [
            (
                step.id,
                said(step.title, self.language),
                said(step.text, self.language),
                [self._question(name, fields[name], fields, "") for name in step.fields],
            )
            for step in self.form.steps
        ]

    def _question(self, name: str, field: Field, beside: Mapping[str, Field], within: str) -> Question:
        path = within + name
        kind, text = field.kind, self.sheet.text(path)
        entries: tuple[tuple[Question, ...], ...] = ()
        if kind == "records":
            known = {**beside, **field.fields}
            entries = tuple(
                tuple(
                    self._question(each, inner, known, f"{path}.{n}.") for each, inner in field.fields.items()
                )
                for n in range(self.sheet.count(path, field))
            )
        options = self._options(field)
        if kind == "when":
            text = self.sheet.text(path + SPANS["from"])
        return Question(
            path=path,
            kind=kind,
            label=said(field.label, self.language),
            help=said(field.help, self.language),
            hints=tuple(self._hints(field, beside)),
            required=field.required and field.show_when is None,
            error=self.errors.get(path, ""),
            text=text,
            values=self.sheet.values.get(path, ()),
            options=options,
            until=self.sheet.text(path + SPANS["to"]),
            entries=entries,
            more=kind == "records" and len(entries) < most_of(field),
            shown=self._shown(path, field, dict(options)),
        )

    def _shown(self, path: str, field: Field, labels: Mapping[str, str]) -> str:
        if field.kind == "tick":
            return self.texts["yes"] if self.sheet.text(path) else ""
        if field.kind == "when":
            return " – ".join(text for part in SPANS.values() if (text := self.sheet.text(path + part)))
        return "\n".join(labels.get(each, each) for each in self.sheet.values.get(path, ()) if each)

    def _options(self, field: Field) -> tuple[tuple[str, str], ...]:
        if field.kind == "country":
            return tuple(listed(COUNTRIES, self.language))
        if field.kind == "rating":
            least, most = int(field.min or 1), int(field.max or 5)
            return tuple((str(each), str(each)) for each in range(least, most + 1))
        return tuple(listed(field, self.language))

    def _hints(self, field: Field, beside: Mapping[str, Field]) -> list[str]:
        hints = [
            self.texts[key].format(condition=self._told(condition, beside))
            for key, condition in (("only_if", field.show_when), ("needed_if", field.require_when))
            if condition is not None
        ]
        if field.kind == "file":
            return [*hints, self.texts["file_name"]]
        usual = {"lines": "one_a_line", "zone": "time_zone"}.get(field.kind)
        return [*hints, self.texts[usual]] if usual and not field.help else hints

    def _told(self, condition: Condition, fields: Mapping[str, Field]) -> str:
        """Return *condition* as a clause."""
        texts = self.texts
        if condition.all is not None:
            return texts["and"].join(self._told(each, fields) for each in condition.all)
        if condition.any is not None:
            return texts["or"].join(self._told(each, fields) for each in condition.any)
        if condition.not_ is not None:
            return texts["not"].format(condition=self._told(condition.not_, fields))
        asked = fields[str(condition.field)]
        label = said(asked.label, self.language)
        if condition.filled is not None:
            return texts["answered" if condition.filled else "not_answered"].format(field=label)
        for key, number in (("below", condition.below), ("at_least", condition.at_least)):
            if number is not None:
                return texts[key].format(field=label, number=number)
        if condition.is_ is True:
            return texts["ticked"].format(field=label)
        labels = dict(self._options(asked))
        codes = condition.one_of or (str(condition.is_),)
        options = texts["or"].join(f"“{labels.get(code, code)}”" for code in codes)
        return texts["is_one"].format(field=label, options=options)


def labels(questions: Iterable[Question]) -> dict[str, str]:
    """Return the label of every question, and of every record, by its path."""
    found: dict[str, str] = {}
    for each in questions:
        found[each.path] = each.label
        for number, entry in enumerate(each.entries):
            found[f"{each.path}.{number}"] = f"{each.label} {number + 1}"
            found |= labels(entry)
    return found


def counts(questions: list[Question]) -> dict[str, int]:
    """Return the inputs that say how many records there are, by their names."""
    found: dict[str, int] = {}
    for each in questions:
        if each.kind == "records":
            found[each.path + COUNT] = len(each.entries)
            for entry in each.entries:
                found |= counts(list(entry))
    return found
