"""A form that was filled in: in order, or everything that is wrong with it, in words."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from domain.forms.conditions import Answers, is_filled
from domain.forms.judging import broken
from domain.forms.kinds import Place, Wrong, listed, read
from domain.forms.words import Words, said

if TYPE_CHECKING:
    from domain.forms.model import Advice, Field, Form
    from domain.forms.rules import Rule

MOST_KB: Final = 200
"""How long a whole submission may be, as JSON in UTF-8."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong: where as a JSON pointer, of what type, and what to do about it in the sender's words."""

    pointer: str
    type: str
    message: str


@dataclass(frozen=True)
class Submission:
    """A form in order: what was answered, as it is kept, under the version it was made with."""

    form: Form
    language: str
    answers: dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """The fields that are filled in together: those of the form, or of one record of it."""

    fields: Mapping[str, Field]
    rules: tuple[Rule, ...]
    pointer: str
    above: Answers = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Reader:
    """Reads sheets: by what clock, in what language, with what words for mistakes."""

    place: Place
    language: str
    texts: Mapping[str, Words]

    def read(self, sheet: Sheet, given: Mapping[str, object]) -> tuple[dict[str, Any], list[Mistake]]:
        """Return the answers of *sheet* as they are kept, and everything that is wrong with them."""
        filled = {name: answer for name, answer in given.items() if is_filled(answer)}
        known = {**sheet.above, **filled}
        mistakes = [
            self._mistake(f"{sheet.pointer}/{_escaped(name)}", "unknown")
            for name in given
            if name not in sheet.fields
        ]
        answers: dict[str, Any] = {}
        for name, question in sheet.fields.items():
            kept, wrong = self._answer(f"{sheet.pointer}/{name}", question, filled.get(name), known)
            mistakes += wrong
            if is_filled(kept):
                answers[name] = kept
        return answers, mistakes or list(self._broken(sheet, answers))

    def _answer(
        self, where: str, question: Field, answer: object, known: Answers
    ) -> tuple[object, list[Mistake]]:
        """Return one answer as it is kept, None where there is none, and what is wrong with it."""
        if not _asked(question, known):
            return None, [self._mistake(where, "not_asked")] if is_filled(answer) else []
        kept: object = None
        try:
            if is_filled(answer) and question.kind == "records":
                return self._records(question, answer, where, known)
            kept = read(question, answer, self.place) if is_filled(answer) else None
        except Wrong as wrong:
            return None, [self._mistake(where, wrong.type, question.invalid, **wrong.bounds)]
        missing = not is_filled(kept) and _required(question, known)
        return kept, [self._mistake(where, "missing", question.missing)] if missing else []

    def _records(
        self, question: Field, answer: object, where: str, known: Answers
    ) -> tuple[list[dict[str, Any]], list[Mistake]]:
        records: list[dict[str, Any]] = []
        mistakes: list[Mistake] = []
        for number, record in enumerate(listed(question, answer)):
            here = f"{where}/{number}"
            if not isinstance(record, dict):
                mistakes.append(self._mistake(here, "record"))
                continue
            sheet = Sheet(question.fields, question.rules, here, known)
            kept, wrong = self.read(sheet, cast("dict[str, object]", record))
            records.append(kept)
            mistakes += wrong
        return records, mistakes

    def _broken(self, sheet: Sheet, answers: dict[str, Any]) -> Iterator[Mistake]:
        for rule in sheet.rules:
            where = broken(rule, answers, sheet.above, self.place)
            if where is not None:
                yield Mistake(f"{sheet.pointer}/{where}", rule.rule, said(rule.message, self.language))

    def _mistake(self, pointer: str, type: str, own: Words | None = None, **bounds: object) -> Mistake:
        """Return a mistake in the field's *own* words, else in those that are usual for its *type*."""
        return Mistake(pointer, type, self.say(type, own, **bounds))

    def say(self, type: str, own: Words | None = None, **bounds: object) -> str:
        """Return what is said of a mistake of *type*."""
        if own:
            return said(own, self.language)
        return said(self.texts.get(type, {}), self.language).format_map(bounds)


def check(
    form: Form,
    fields: Mapping[str, object],
    *,
    now: datetime,
    zone: ZoneInfo,
    language: str,
    signed_in: bool,
    texts: Mapping[str, Words],
    confirmed: Collection[str] = (),
) -> Submission | list[Mistake]:
    """Return the submission that *fields* are, or all their mistakes.

    Unknown fields are refused by name, and so is what was answered without being asked:
    nothing of what somebody wrote is dropped unseen.  An empty answer is none.  The rules
    across fields are judged once every field by itself is in order.
    """
    reader = Reader(Place(now, zone), language, texts)
    if _bytes(fields) > MOST_KB * 1_000:
        return [Mistake("/fields", "too_big", reader.say("too_big", max=MOST_KB))]
    answers, mistakes = reader.read(Sheet(form.fields, form.rules, "/fields"), fields)
    if form.sign_in and not signed_in:
        mistakes.insert(0, Mistake("/form", "sign_in", reader.say("sign_in")))
    for each in advice(form, fields):
        if each.stops:
            mistakes.append(Mistake("/fields", "stopped", said(each.text, language)))
        elif each.confirm and each.id not in confirmed:
            mistakes.append(Mistake("/confirmed", "unconfirmed", said(each.text, language)))
    return mistakes or Submission(form, language, answers)


def advice(form: Form, fields: Answers) -> list[Advice]:
    """Return the advice that fits what was answered."""
    return [each for each in form.advice if each.when is None or each.when.holds(fields)]


def _asked(question: Field, known: Answers) -> bool:
    return question.show_when is None or question.show_when.holds(known)


def _required(question: Field, known: Answers) -> bool:
    return question.required or (question.require_when is not None and question.require_when.holds(known))


def _bytes(fields: Mapping[str, object]) -> int:
    return len(json.dumps(fields, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass"))


def _escaped(name: str) -> str:
    return name[:100].replace("~", "~0").replace("/", "~1")
